/*
 * What the services used, in total (scope "") and per role, from the accounting in
 * process_account.c.
 *
 * PSS holds up the page faults of its process while the kernel sums it up, so it is read in the
 * first interval and then every 5 s, and not at all when the samples are closer than a second.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "util/clock.h"

enum {
	/* 5 s and 1 s, as timers keep them */
	SLOW_INTERVAL_MS = 4900,
	PSS_INTERVAL_MIN_MS = 900,
};

struct process_monitor {
	struct process_account *services;
	struct monitor_usage last[MONITOR_USAGE_MAX];
	uint32_t last_count; /* 0 = no sample yet */
	uint64_t last_ns;
	uint64_t descriptors_ns, pss_ns; /* when they were read the slow way; 0 = not yet */
};

static void *start(struct monitor_context *context)
{
	struct process_monitor *monitor;

	if (process_account_get_target_count(context->services) == 0)
		return NULL; /* the whole machine is watched */
	monitor = alloc_new(struct process_monitor);
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

/* The busiest thread of a role: at most one CPU, whatever an older thread brought along. */
static double get_thread_ratio(const struct role_gauges *gauges, uint64_t elapsed_ns)
{
	double ratio = (double)gauges->thread_max_ns / (double)elapsed_ns;

	return ratio < 1 ? ratio : 1;
}

static void add_gauges(const struct monitor_usage *last, const struct monitor_usage *usage,
		       const struct role_gauges *gauges, uint64_t elapsed_ns, uint64_t now_ns,
		       struct series_list *series)
{
	series_list_add(series, "process.thread_max_ratio", usage->role, SERIES_RATIO, now_ns,
			get_thread_ratio(gauges, elapsed_ns));
	if (usage->has_storage) {
		series_list_add(series, "process.read_bytes", usage->role, SERIES_PER_SECOND,
				now_ns,
				monitor_rate(last->read_bytes, usage->read_bytes, elapsed_ns));
		series_list_add(series, "process.write_bytes", usage->role, SERIES_PER_SECOND,
				now_ns,
				monitor_rate(last->write_bytes, usage->write_bytes, elapsed_ns));
	}
	if (gauges->has_descriptors)
		series_list_add(series, "process.descriptors", usage->role, SERIES_COUNT, now_ns,
				(double)gauges->descriptor_count);
	if (gauges->has_pss)
		series_list_add(series, "process.pss", usage->role, SERIES_BYTES, now_ns,
				(double)gauges->pss_bytes);
}

static bool is_due(uint64_t last_ns, uint64_t now_ns)
{
	return last_ns == 0 ||
	       monitor_growth(last_ns, now_ns) >= SLOW_INTERVAL_MS * (uint64_t)NS_PER_MS;
}

static void read_gauges(struct process_monitor *monitor, uint64_t elapsed_ns, uint64_t now_ns,
			struct role_gauges gauges[static MONITOR_USAGE_MAX])
{
	bool is_slow_allowed = is_due(monitor->descriptors_ns, now_ns);
	bool has_pss = elapsed_ns >= PSS_INTERVAL_MIN_MS * (uint64_t)NS_PER_MS &&
		       is_due(monitor->pss_ns, now_ns);

	process_account_read_gauges(monitor->services, has_pss, is_slow_allowed, gauges);
	if (is_slow_allowed)
		monitor->descriptors_ns = now_ns;
	if (has_pss)
		monitor->pss_ns = now_ns;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct process_monitor *monitor = state;
	struct monitor_usage usage[MONITOR_USAGE_MAX];
	struct role_gauges gauges[MONITOR_USAGE_MAX];
	uint64_t elapsed_ns =
		monitor->last_count > 0 ? monitor_growth(monitor->last_ns, now_ns) : 0;
	uint32_t count;

	process_account_update(monitor->services);
	count = process_account_get_usage(monitor->services, usage);
	read_gauges(monitor, elapsed_ns, now_ns, gauges);
	/*
	 * A role that is new this time began at nothing: `last` is zeroed there. Its time is of
	 * this interval.
	 */
	for (uint32_t i = 0; i < count && elapsed_ns > 0; i++) {
		add_points(&monitor->last[i], &usage[i], elapsed_ns, now_ns, series);
		add_gauges(&monitor->last[i], &usage[i], &gauges[i], elapsed_ns, now_ns, series);
	}
	memcpy(monitor->last, usage, count * sizeof(usage[0]));
	monitor->last_count = count;
	monitor->last_ns = now_ns;
}

const struct monitor_ops process_monitor_ops = {.start = start, .sample = sample, .stop = free};
