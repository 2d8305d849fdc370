#include "monitor/system_reading.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"

struct system_reading {
	struct kept_file file;
	struct strbuf *missing;
	struct strbuf buffer;
	struct proc_system_stat last, now;
	uint64_t last_ns, now_ns; /* 0 = none */
};

struct system_reading *system_reading_new(const struct procfs *fs, struct strbuf *missing)
{
	struct system_reading *reading = alloc_new(struct system_reading);

	kept_file_init(&reading->file, fs, "/proc/stat");
	reading->missing = missing;
	/* thousands of CPUs, and interrupts by the ten thousand */
	strbuf_init(&reading->buffer, 4 << 20);
	return reading;
}

void system_reading_free(struct system_reading *reading)
{
	if (reading == NULL)
		return;
	kept_file_release(&reading->file);
	proc_system_stat_release(&reading->last);
	proc_system_stat_release(&reading->now);
	strbuf_release(&reading->buffer);
	free(reading);
}

void system_reading_update(struct system_reading *reading, uint64_t now_ns)
{
	struct proc_system_stat swap = reading->last;
	int r = kept_file_read(&reading->file, &reading->buffer);

	reading->last = reading->now;
	reading->last_ns = reading->now_ns;
	reading->now = swap;
	if (r == 0)
		r = proc_system_parse_stat(strbuf_text(&reading->buffer), reading->buffer.length,
					   &reading->now);
	if (r < 0)
		monitor_add_missing(reading->missing, "CPUs: /proc/stat cannot be read: %s",
				    strerror(-r));
	reading->now_ns = r < 0 ? 0 : now_ns;
}

const struct proc_system_stat *system_reading_get_now(const struct system_reading *reading)
{
	return reading->now_ns > 0 ? &reading->now : NULL;
}

const struct proc_system_stat *system_reading_get_last(const struct system_reading *reading)
{
	return system_reading_get_elapsed_ns(reading) > 0 ? &reading->last : NULL;
}

uint64_t system_reading_get_elapsed_ns(const struct system_reading *reading)
{
	return reading->last_ns > 0 ? monitor_growth(reading->last_ns, reading->now_ns) : 0;
}

const struct cpu_sample *system_reading_find_cpu(const struct proc_system_stat *stat, uint32_t cpu)
{
	size_t low = 0, high = stat->cpus.count;

	/* in the kernel's order, which is ascending */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stat->cpus.items[middle].cpu < cpu)
			low = middle + 1;
		else
			high = middle;
	}
	return low < stat->cpus.count && stat->cpus.items[low].cpu == cpu ? &stat->cpus.items[low]
									  : NULL;
}
