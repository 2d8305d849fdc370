/*
 * The control group of each service: how much CPU and memory it may use, how much all in it do, and
 * what it was held back for. A service that is throttled is slow with CPUs idle, and no figure of
 * the process itself shows why.
 *
 * The group is that of the service's first process; other processes may be in it too, and a service
 * may have moved some of its own elsewhere. Limits are the smallest of the group and all above it.
 * Throttling is counted by the kernel where the limit is: it is that of the group with the smallest
 * one. Like CPU time it is summed over CPUs: 2 = two CPUs' worth of it was withheld all the time.
 *
 * Both versions of control groups (control_group.h). A process in the root group has no series.
 *
 * A sample reads some ten files for each service, 5 us each.
 */
#include <stdio.h>
#include <stdlib.h>

#include "monitor/control_group.h"
#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"

struct watched_group {
	struct control_group control;
	struct control_group_reading last;
	uint64_t last_ns; /* 0 = not read yet */
};

struct cgroup_monitor {
	struct control_group_reader reader;
	struct watched_group *groups;
	uint32_t count;
};

static void *start(struct monitor_context *context)
{
	uint32_t count = process_account_get_target_count(context->services);
	struct cgroup_monitor *monitor;

	if (count == 0)
		return NULL;
	monitor = alloc_new(struct cgroup_monitor);
	control_group_reader_init(&monitor->reader, &context->fs, context->missing);
	monitor->count = count;
	monitor->groups = alloc_array(count, sizeof(*monitor->groups));
	for (uint32_t i = 0; i < count; i++) {
		const struct monitor_target *target =
			process_account_get_target(context->services, i);

		control_group_init(&monitor->groups[i].control, target->pid, target->role);
	}
	return monitor;
}

static void add_cpu(const struct watched_group *group, const struct control_group_reading *now,
		    uint64_t elapsed_ns, uint64_t now_ns, struct series_list *series)
{
	const struct control_group_reading *last = &group->last;
	uint64_t periods = monitor_growth(last->periods, now->periods);

	if (last->has_usage && now->has_usage)
		series_list_add(series, "cgroup.cpu_ratio", group->control.role, SERIES_RATIO,
				now_ns, monitor_ratio(last->usage_ns, now->usage_ns, elapsed_ns));
	if (now->cpu_limit > 0)
		series_list_add(series, "cgroup.cpu_limit", group->control.role, SERIES_COUNT,
				now_ns, now->cpu_limit);
	if (!last->has_throttling || !now->has_throttling ||
	    last->cpu_limit_length != now->cpu_limit_length)
		return;
	series_list_add(series, "cgroup.throttled_ratio", group->control.role, SERIES_RATIO, now_ns,
			monitor_ratio(last->throttled_ns, now->throttled_ns, elapsed_ns));
	series_list_add(series, "cgroup.throttled_periods_ratio", group->control.role, SERIES_RATIO,
			now_ns,
			periods > 0 ? monitor_ratio(last->throttled_periods, now->throttled_periods,
						    periods)
				    : 0);
}

static void add_memory(const struct watched_group *group, const struct control_group_reading *now,
		       uint64_t elapsed_ns, uint64_t now_ns, struct series_list *series)
{
	const struct control_group_reading *last = &group->last;

	if (!now->has_memory)
		return;
	series_list_add(series, "cgroup.memory", group->control.role, SERIES_BYTES, now_ns,
			(double)now->memory_bytes);
	if (now->memory_limit != PROC_CGROUP_NO_LIMIT)
		series_list_add(series, "cgroup.memory_limit", group->control.role, SERIES_BYTES,
				now_ns, (double)now->memory_limit);
	if (last->has_oom_kills && now->has_oom_kills)
		series_list_add(series, "cgroup.oom_kills", group->control.role, SERIES_PER_SECOND,
				now_ns, monitor_rate(last->oom_kills, now->oom_kills, elapsed_ns));
}

static void add_pressures(const struct watched_group *group,
			  const struct control_group_reading *now, uint64_t elapsed_ns,
			  uint64_t now_ns, struct series_list *series)
{
	for (int i = 0; i < CONTROL_GROUP_RESOURCE_COUNT; i++) {
		char name[48];

		if (!group->last.has_pressure[i] || !now->has_pressure[i])
			continue;
		snprintf(name, sizeof(name), "cgroup.%s_some_ratio", control_group_resources[i]);
		series_list_add(series, name, group->control.role, SERIES_RATIO, now_ns,
				monitor_ratio(group->last.some_ns[i], now->some_ns[i], elapsed_ns));
	}
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct cgroup_monitor *monitor = state;

	for (uint32_t i = 0; i < monitor->count; i++) {
		struct watched_group *group = &monitor->groups[i];
		struct control_group_reading now;
		uint64_t elapsed_ns;

		if (control_group_follow(&group->control, &monitor->reader))
			group->last_ns = 0;
		control_group_read(&group->control, &monitor->reader, &now);
		elapsed_ns = group->last_ns > 0 ? monitor_growth(group->last_ns, now_ns) : 0;
		if (elapsed_ns > 0) {
			add_cpu(group, &now, elapsed_ns, now_ns, series);
			add_memory(group, &now, elapsed_ns, now_ns, series);
			add_pressures(group, &now, elapsed_ns, now_ns, series);
		}
		group->last = now;
		group->last_ns = now_ns;
	}
}

static void stop(void *state)
{
	struct cgroup_monitor *monitor = state;

	for (uint32_t i = 0; i < monitor->count; i++)
		control_group_release(&monitor->groups[i].control);
	free(monitor->groups);
	control_group_reader_release(&monitor->reader);
	free(monitor);
}

const struct monitor_ops cgroup_monitor_ops = {.start = start, .sample = sample, .stop = stop};
