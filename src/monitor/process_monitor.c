/*
 * What the services used, in total (scope "") and per role, from the accounting in
 * process_account.c.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"

struct process_monitor {
	struct process_account *services;
	struct monitor_usage last[MONITOR_USAGE_MAX];
	uint32_t last_count; /* 0 = no sample yet */
	uint64_t last_ns;
};

static void *start(struct monitor_context *context)
{
	struct process_monitor *monitor = alloc_new(struct process_monitor);

	monitor->services = context->services;
	return monitor;
}

static void add_points(const struct monitor_usage *last, const struct monitor_usage *usage,
		       uint64_t elapsed_ns, uint64_t now_ns, struct series_list *series)
{
	const struct {
		const char *name;
		uint64_t before, after;
	} ratios[] =
		{
			{"process.cpu_ratio", last->cpu_ns, usage->cpu_ns},
			{"process.cpu_user_ratio", last->user_ns, usage->user_ns},
			{"process.cpu_system_ratio", last->system_ns, usage->system_ns},
			{"process.wait_ratio", last->wait_ns, usage->wait_ns},
		},
	  rates[] = {
		  {"process.switches_voluntary", last->switches_voluntary,
		   usage->switches_voluntary},
		  {"process.switches_involuntary", last->switches_involuntary,
		   usage->switches_involuntary},
		  {"process.faults_minor", last->faults_minor, usage->faults_minor},
		  {"process.faults_major", last->faults_major, usage->faults_major},
	  };

	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
		series_list_add(series, ratios[i].name, usage->role, SERIES_RATIO, now_ns,
				monitor_ratio(ratios[i].before, ratios[i].after, elapsed_ns));
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		series_list_add(series, rates[i].name, usage->role, SERIES_PER_SECOND, now_ns,
				monitor_rate(rates[i].before, rates[i].after, elapsed_ns));
	series_list_add(series, "process.rss", usage->role, SERIES_BYTES, now_ns,
			(double)usage->rss_bytes);
	series_list_add(series, "process.processes", usage->role, SERIES_COUNT, now_ns,
			(double)usage->process_count);
	series_list_add(series, "process.threads", usage->role, SERIES_COUNT, now_ns,
			(double)usage->thread_count);
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct process_monitor *monitor = state;
	struct monitor_usage usage[MONITOR_USAGE_MAX];
	uint32_t count;

	process_account_update(monitor->services);
	count = process_account_get_usage(monitor->services, usage);
	/*
	 * A role that is new this time began at nothing: `last` is zeroed there. Its time is of
	 * this interval.
	 */
	for (uint32_t i = 0; i < count && monitor->last_count > 0 && now_ns > monitor->last_ns; i++)
		add_points(&monitor->last[i], &usage[i], now_ns - monitor->last_ns, now_ns, series);
	memcpy(monitor->last, usage, count * sizeof(usage[0]));
	monitor->last_count = count;
	monitor->last_ns = now_ns;
}

const struct monitor_ops process_monitor_ops = {start, sample, free};
