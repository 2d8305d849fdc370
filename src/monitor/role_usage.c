#include "monitor/role_usage.h"

#include <stdio.h>
#include <string.h>

#include "monitor/monitor_ops.h"

struct role_usage *role_usage_get(struct role_usages *usages, const char *role)
{
	struct role_usage *fresh;

	for (uint32_t i = 1; i < usages->count; i++)
		if (strcmp(usages->items[i].usage.role, role) == 0)
			return &usages->items[i];
	if (usages->count == MONITOR_USAGE_MAX)
		return &usages->items[0];
	fresh = &usages->items[usages->count++];
	snprintf(fresh->usage.role, sizeof(fresh->usage.role), "%s", role);
	return fresh;
}

void role_usage_begin(struct role_usages *usages)
{
	for (uint32_t i = 0; i < MONITOR_USAGE_MAX; i++) {
		struct role_usage *role = &usages->items[i];

		role->sum = role->kept;
		role->task_sum = role->kept_tasks;
		role->storage_sum = role->kept_storage;
		role->usage.has_storage = true;
		role->usage.rss_bytes = 0;
		role->usage.process_count = role->usage.thread_count = 0;
	}
}

/*
 * Splits the exact CPU time as the ticks are split. The kernel's ticks are cut off and jump by
 * 10 ms, so the split is held within what keeps both parts from falling.
 */
static void publish_cpu(struct monitor_usage *usage, const struct process_times *sum)
{
	uint64_t growth = monitor_growth(usage->cpu_ns, sum->cpu_ns);
	double ticks = (double)sum->user_ns + (double)sum->system_ns;
	double user_share = ticks > 0 ? (double)sum->user_ns / ticks : 1;
	uint64_t user_growth =
		monitor_growth(usage->user_ns, (uint64_t)((double)sum->cpu_ns * user_share));

	if (user_growth > growth)
		user_growth = growth;
	usage->cpu_ns += growth;
	usage->user_ns += user_growth;
	usage->system_ns += growth - user_growth;
}

static void raise(uint64_t *value, uint64_t floor)
{
	if (*value < floor)
		*value = floor;
}

void role_usage_publish(struct role_usages *usages)
{
	for (uint32_t i = 0; i < usages->count; i++) {
		const struct role_usage *role = &usages->items[i];
		struct monitor_usage *usage = &usages->items[i].usage;

		publish_cpu(usage, &role->sum);
		raise(&usage->faults_minor, role->sum.faults_minor);
		raise(&usage->faults_major, role->sum.faults_major);
		raise(&usage->wait_ns, role->task_sum.wait_ns);
		raise(&usage->switches_voluntary, role->task_sum.switches_voluntary);
		raise(&usage->switches_involuntary, role->task_sum.switches_involuntary);
		raise(&usage->read_bytes, role->storage_sum.read_bytes);
		raise(&usage->write_bytes, role->storage_sum.write_bytes);
	}
}

static void add_usage(struct monitor_usage *total, const struct monitor_usage *more)
{
	total->cpu_ns += more->cpu_ns;
	total->user_ns += more->user_ns;
	total->system_ns += more->system_ns;
	total->wait_ns += more->wait_ns;
	total->switches_voluntary += more->switches_voluntary;
	total->switches_involuntary += more->switches_involuntary;
	total->faults_minor += more->faults_minor;
	total->faults_major += more->faults_major;
	total->has_storage &= more->has_storage;
	total->read_bytes += more->read_bytes;
	total->write_bytes += more->write_bytes;
	total->rss_bytes += more->rss_bytes;
	total->process_count += more->process_count;
	total->thread_count += more->thread_count;
}

uint32_t role_usage_report(const struct role_usages *usages,
			   struct monitor_usage usage[static MONITOR_USAGE_MAX])
{
	struct monitor_usage total = {.has_storage = true};

	for (uint32_t i = 0; i < usages->count; i++) {
		usage[i] = usages->items[i].usage;
		add_usage(&total, &usage[i]);
	}
	usage[0] = total;
	return usages->count;
}
