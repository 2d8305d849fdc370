/*
 * The scheduler of the whole machine, from /proc/stat as vmstat tells it: context switches and
 * forks (threads included), and how many tasks were running or runnable, and how many were blocked
 * by I/O, at the moment of the sample. The one that samples always runs then, and is not counted.
 */
#include <stdlib.h>

#include "monitor/monitor_ops.h"
#include "monitor/system_reading.h"

struct system_monitor {
	const struct system_reading *system;
};

static void *start(struct monitor_context *context)
{
	struct system_monitor *monitor = alloc_new(struct system_monitor);

	monitor->system = context->system;
	return monitor;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	const struct system_monitor *monitor = state;
	const struct proc_system_stat *last = system_reading_get_last(monitor->system);
	const struct proc_system_stat *now = system_reading_get_now(monitor->system);
	uint64_t elapsed_ns = system_reading_get_elapsed_ns(monitor->system);

	if (last == NULL || now == NULL)
		return;
	series_list_add(series, "system.switches", "host", SERIES_PER_SECOND, now_ns,
			monitor_rate(last->switch_count, now->switch_count, elapsed_ns));
	series_list_add(series, "system.forks", "host", SERIES_PER_SECOND, now_ns,
			monitor_rate(last->process_count, now->process_count, elapsed_ns));
	series_list_add(series, "system.running", "host", SERIES_COUNT, now_ns,
			(double)monitor_growth(1, now->running_count));
	series_list_add(series, "system.blocked", "host", SERIES_COUNT, now_ns,
			(double)now->blocked_count);
}

const struct monitor_ops system_monitor_ops = {.start = start, .sample = sample, .stop = free};
