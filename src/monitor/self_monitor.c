/*
 * The load generator itself, scope "sonde": a generator that is short of CPU measures its own
 * waiting as the service's. Its run-queue wait is what tells.
 */
#include <stdlib.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_meter.h"

struct self_monitor {
	struct process_reader reader;
	struct process_meter meter;
	uint64_t last_cpu_ns, last_wait_ns;
	uint64_t last_ns; /* 0 = no sample yet */
};

static void *start(struct monitor_context *context)
{
	struct self_monitor *monitor;

	if (context->self <= 0)
		return NULL;
	monitor = alloc_new(struct self_monitor);
	process_reader_init(&monitor->reader, &context->fs, context->missing);
	monitor->meter.pid = context->self;
	return monitor;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct self_monitor *monitor = state;
	const struct process_meter *meter = &monitor->meter;
	struct process_task_sums sums = {0};

	if (process_meter_read(&monitor->meter, &monitor->reader) < 0) {
		monitor_add_missing(monitor->reader.missing,
				    "sonde itself: /proc/%d/stat cannot be read", (int)meter->pid);
		return;
	}
	process_tasks_add_sums(&meter->tasks, &sums);
	if (monitor->last_ns > 0 && now_ns > monitor->last_ns) {
		uint64_t elapsed_ns = now_ns - monitor->last_ns;

		series_list_add(series, "process.cpu_ratio", "sonde", SERIES_RATIO, now_ns,
				monitor_ratio(monitor->last_cpu_ns, meter->own.cpu_ns, elapsed_ns));
		series_list_add(series, "process.wait_ratio", "sonde", SERIES_RATIO, now_ns,
				monitor_ratio(monitor->last_wait_ns, sums.wait_ns, elapsed_ns));
		series_list_add(series, "process.rss", "sonde", SERIES_BYTES, now_ns,
				(double)meter->rss_bytes);
	}
	monitor->last_cpu_ns = meter->own.cpu_ns;
	monitor->last_wait_ns = sums.wait_ns;
	monitor->last_ns = now_ns;
}

static void stop(void *state)
{
	struct self_monitor *monitor = state;

	process_meter_release(&monitor->meter, &monitor->reader);
	process_reader_release(&monitor->reader);
	free(monitor);
}

const struct monitor_ops self_monitor_ops = {.start = start, .sample = sample, .stop = stop};
