/*
 * The memory of the whole machine: how much there is left of it (meminfo), and what its lack has
 * cost (vmstat): pages that went to swap and came back, and faults that had to read a disk, which
 * reading a file by mmap() for the first time does as well.
 *
 * available is the kernel's own estimate of what programs could still get without swapping; free
 * alone says little, as the page cache takes it. A machine without swap has no series of it.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_memory.h"
#include "procfs/proc_system.h"

struct memory_monitor {
	struct kept_file meminfo, vmstat;
	struct strbuf *missing;
	struct strbuf buffer;
	bool has_started;
	struct proc_memory_events last;
	uint64_t last_ns; /* of vmstat; 0 = not read yet */
};

static void *start(struct monitor_context *context)
{
	struct memory_monitor *monitor = alloc_new(struct memory_monitor);

	kept_file_init(&monitor->meminfo, &context->fs, "/proc/meminfo");
	kept_file_init(&monitor->vmstat, &context->fs, "/proc/vmstat");
	monitor->missing = context->missing;
	strbuf_init(&monitor->buffer, 1 << 18);
	return monitor;
}

static void say_missing(struct memory_monitor *monitor, const struct kept_file *file, int error)
{
	monitor_add_missing(monitor->missing, "memory: %s cannot be read: %s", file->path,
			    strerror(-error));
}

static void add_bytes(const char *name, uint64_t bytes, uint64_t now_ns, struct series_list *series)
{
	series_list_add(series, name, "host", SERIES_BYTES, now_ns, (double)bytes);
}

static void add_rate(const char *name, uint64_t last, uint64_t now, uint64_t elapsed_ns,
		     uint64_t now_ns, struct series_list *series)
{
	if (last != SAMPLE_UNKNOWN && now != SAMPLE_UNKNOWN)
		series_list_add(series, name, "host", SERIES_PER_SECOND, now_ns,
				monitor_rate(last, now, elapsed_ns));
}

/* Returns whether there is any swap. */
static bool sample_amounts(struct memory_monitor *monitor, uint64_t now_ns,
			   struct series_list *series)
{
	struct proc_meminfo meminfo;
	int r = kept_file_read(&monitor->meminfo, &monitor->buffer);

	if (r == 0)
		r = proc_system_parse_meminfo(strbuf_text(&monitor->buffer), monitor->buffer.length,
					      &meminfo);
	if (r < 0) {
		say_missing(monitor, &monitor->meminfo, r);
		return false;
	}
	if (monitor->has_started) {
		if (meminfo.available_bytes > 0) /* since Linux 3.14 */
			add_bytes("memory.available", meminfo.available_bytes, now_ns, series);
		add_bytes("memory.free", meminfo.free_bytes, now_ns, series);
		add_bytes("memory.dirty", meminfo.dirty_bytes, now_ns, series);
		if (meminfo.swap_total_bytes > 0)
			add_bytes("memory.swap_used",
				  monitor_growth(meminfo.swap_free_bytes, meminfo.swap_total_bytes),
				  now_ns, series);
	}
	return meminfo.swap_total_bytes > 0;
}

static void sample_events(struct memory_monitor *monitor, bool has_swap, uint64_t now_ns,
			  struct series_list *series)
{
	uint64_t elapsed_ns = monitor_growth(monitor->last_ns, now_ns);
	const struct proc_memory_events *last = &monitor->last;
	struct proc_memory_events now;
	int r = kept_file_read(&monitor->vmstat, &monitor->buffer);

	if (r == 0)
		r = proc_memory_parse_events(strbuf_text(&monitor->buffer), monitor->buffer.length,
					     &now);
	if (r < 0) {
		say_missing(monitor, &monitor->vmstat, r);
		return;
	}
	if (monitor->last_ns > 0 && elapsed_ns > 0) {
		if (has_swap) {
			add_rate("memory.swap_in", last->swap_in_pages, now.swap_in_pages,
				 elapsed_ns, now_ns, series);
			add_rate("memory.swap_out", last->swap_out_pages, now.swap_out_pages,
				 elapsed_ns, now_ns, series);
		}
		add_rate("memory.faults_major", last->faults_major, now.faults_major, elapsed_ns,
			 now_ns, series);
	}
	monitor->last = now;
	monitor->last_ns = now_ns;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct memory_monitor *monitor = state;
	bool has_swap = sample_amounts(monitor, now_ns, series);

	sample_events(monitor, has_swap, now_ns, series);
	monitor->has_started = true;
}

static void stop(void *state)
{
	struct memory_monitor *monitor = state;

	kept_file_release(&monitor->meminfo);
	kept_file_release(&monitor->vmstat);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops memory_monitor_ops = {.start = start, .sample = sample, .stop = stop};
