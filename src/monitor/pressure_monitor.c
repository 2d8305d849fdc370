/*
 * Pressure of the machine (kernel: accounting/psi.rst): the share of time in which some, or all,
 * tasks that had work waited for a resource. From the exact totals; the averages that the kernel
 * also shows lag behind. irq is time that interrupts took from a task that was running, which only
 * kernels that account for it have.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_system.h"

static const struct {
	const char *name;
	bool has_some, has_full;
	bool is_optional;
} resources[] = {
	{"cpu", true, false, false}, /* full is by definition nothing: whoever runs does not wait */
	{"io", true, true, false},
	{"memory", true, true, false},
	{"irq", false, true, true},
};

enum { RESOURCE_COUNT = sizeof(resources) / sizeof(resources[0]) };

struct pressure_monitor {
	struct strbuf *missing;
	struct strbuf buffer;
	struct {
		struct kept_file file;
		struct proc_pressure last;
		uint64_t last_ns; /* 0 = not read yet */
	} readings[RESOURCE_COUNT];
};

static void *start(struct monitor_context *context)
{
	struct pressure_monitor *monitor = alloc_new(struct pressure_monitor);

	monitor->missing = context->missing;
	strbuf_init(&monitor->buffer, 4096);
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		kept_file_init(&monitor->readings[i].file, &context->fs, "/proc/pressure/%s",
			       resources[i].name);
	return monitor;
}

static int read_pressure(struct pressure_monitor *monitor, size_t resource,
			 struct proc_pressure *ret_pressure)
{
	struct kept_file *file = &monitor->readings[resource].file;
	int r = kept_file_read(file, &monitor->buffer);

	if (r == 0)
		r = proc_system_parse_pressure(strbuf_text(&monitor->buffer),
					       monitor->buffer.length, ret_pressure);
	if ((r == -ENOENT || r == -EOPNOTSUPP) && !resources[resource].is_optional)
		monitor_add_missing(monitor->missing,
				    "pressure: the kernel does not keep it (boot with psi=1)");
	else if (r < 0 && r != -ENOENT && r != -EOPNOTSUPP)
		monitor_add_missing(monitor->missing, "pressure: %s cannot be read: %s", file->path,
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
		const struct proc_pressure *last = &monitor->readings[i].last;
		uint64_t last_ns = monitor->readings[i].last_ns;
		uint64_t elapsed_ns = monitor_growth(last_ns, now_ns);
		struct proc_pressure now = {0};

		if (read_pressure(monitor, i, &now) < 0)
			continue;
		if (last_ns > 0 && elapsed_ns > 0 && resources[i].has_some)
			add_point(resources[i].name, "some",
				  monitor_ratio(last->some_ns, now.some_ns, elapsed_ns), now_ns,
				  series);
		if (last_ns > 0 && elapsed_ns > 0 && resources[i].has_full)
			add_point(resources[i].name, "full",
				  monitor_ratio(last->full_ns, now.full_ns, elapsed_ns), now_ns,
				  series);
		monitor->readings[i].last = now;
		monitor->readings[i].last_ns = now_ns;
	}
}

static void stop(void *state)
{
	struct pressure_monitor *monitor = state;

	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		kept_file_release(&monitor->readings[i].file);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops pressure_monitor_ops = {.start = start, .sample = sample, .stop = stop};
