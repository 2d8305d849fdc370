/*
 * Pressure of the machine (kernel: accounting/psi.rst): the share of time in which some, or all,
 * tasks that had work waited for a resource. From the exact totals; the averages that the kernel
 * also shows lag behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "procfs/proc_system.h"

static const char *const resources[] = {"cpu", "io", "memory"};

enum { RESOURCE_COUNT = sizeof(resources) / sizeof(resources[0]), RESOURCE_CPU = 0 };

struct pressure_monitor {
	struct procfs fs;
	struct strbuf *missing;
	struct strbuf buffer;
	struct proc_pressure last[RESOURCE_COUNT];
	uint64_t last_ns[RESOURCE_COUNT]; /* 0 = not read yet */
};

static void *start(struct monitor_context *context)
{
	struct pressure_monitor *monitor = alloc_new(struct pressure_monitor);

	monitor->fs = context->fs;
	monitor->missing = context->missing;
	strbuf_init(&monitor->buffer, 4096);
	return monitor;
}

static int read_pressure(struct pressure_monitor *monitor, const char *resource,
			 struct proc_pressure *ret_pressure)
{
	int r = proc_file_read(&monitor->fs, &monitor->buffer, "/proc/pressure/%s", resource);

	if (r == 0)
		r = proc_system_parse_pressure(strbuf_text(&monitor->buffer),
					       monitor->buffer.length, ret_pressure);
	if (r == -ENOENT || r == -EOPNOTSUPP)
		monitor_add_missing(monitor->missing,
				    "pressure: the kernel does not keep it (boot with psi=1)");
	else if (r < 0)
		monitor_add_missing(monitor->missing,
				    "pressure: /proc/pressure/%s cannot be read: %s", resource,
				    strerror(-r));
	return r;
}

static void add_point(const char *resource, const char *kind, double ratio, uint64_t now_ns,
		      struct series_list *series)
{
	char name[48];

	snprintf(name, sizeof(name), "pressure.%s_%s_ratio", resource, kind);
	series_list_add(series, name, "host", SERIES_RATIO, now_ns, ratio);
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct pressure_monitor *monitor = state;

	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		const struct proc_pressure *last = &monitor->last[i];
		uint64_t elapsed_ns = monitor_growth(monitor->last_ns[i], now_ns);
		struct proc_pressure now = {0};

		if (read_pressure(monitor, resources[i], &now) < 0)
			continue;
		if (monitor->last_ns[i] > 0 && elapsed_ns > 0) {
			add_point(resources[i], "some",
				  monitor_ratio(last->some_ns, now.some_ns, elapsed_ns), now_ns,
				  series);
			/* by definition nothing: whoever runs does not wait */
			if (i != RESOURCE_CPU)
				add_point(resources[i], "full",
					  monitor_ratio(last->full_ns, now.full_ns, elapsed_ns),
					  now_ns, series);
		}
		monitor->last[i] = now;
		monitor->last_ns[i] = now_ns;
	}
}

static void stop(void *state)
{
	struct pressure_monitor *monitor = state;

	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops pressure_monitor_ops = {start, sample, stop};
