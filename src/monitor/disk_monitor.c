/*
 * The disks, as iostat -x tells them: requests and bytes per second, how long a request took from
 * its start to its end, queue included (await), how many were under way on average (queue), and the
 * share of time with at least one under way (busy_ratio; a disk that serves many at once is not at
 * its end at 1). Formulas: sysstat, rd_stats.c; a sector is 512 bytes, whatever the disk.
 *
 * Whole devices, each for itself: a volume's requests are seen again at the disks below it.
 * Partitions have no series, nor has a device that nothing went through so far (a host of loop
 * devices has hundreds). await is told of intervals in which a request of the kind has ended.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_disk.h"
#include "util/clock.h"

enum { SECTOR_BYTES = 512 };

struct disk_monitor {
	struct kept_file file;
	struct strbuf *missing;
	struct strbuf buffer;
	struct proc_disks last, now;
	uint64_t last_ns; /* 0 = not read yet */
};

static void *start(struct monitor_context *context)
{
	struct disk_monitor *monitor = alloc_new(struct disk_monitor);

	kept_file_init(&monitor->file, &context->fs, "/proc/diskstats");
	monitor->missing = context->missing;
	strbuf_init(&monitor->buffer, 1 << 20);
	return monitor;
}

/* Another device of the same name, or the same one after it was away: it counts from 0. */
static bool has_restarted(const struct disk_sample *last, const struct disk_sample *now)
{
	return now->reads < last->reads || now->writes < last->writes ||
	       now->read_sectors < last->read_sectors || now->write_sectors < last->write_sectors ||
	       now->discards < last->discards || now->flushes < last->flushes;
}

static bool has_moved(const struct disk_sample *last, const struct disk_sample *now)
{
	return now->reads != last->reads || now->writes != last->writes ||
	       now->discards != last->discards || now->flushes != last->flushes ||
	       now->busy_ms != last->busy_ms;
}

static void add_rates(const struct disk_sample *last, const struct disk_sample *now,
		      uint64_t elapsed_ns, uint64_t now_ns, struct series_list *series)
{
	const struct {
		const char *name;
		uint64_t last, now;
		double factor;
		bool is_known;
	} rates[] = {
		{"disk.reads", last->reads, now->reads, 1, true},
		{"disk.writes", last->writes, now->writes, 1, true},
		{"disk.discards", last->discards, now->discards, 1, now->discards > 0},
		{"disk.flushes", last->flushes, now->flushes, 1, now->flushes > 0},
		{"disk.read_bytes", last->read_sectors, now->read_sectors, SECTOR_BYTES, true},
		{"disk.write_bytes", last->write_sectors, now->write_sectors, SECTOR_BYTES, true},
	};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rates[i].is_known)
			series_list_add(series, rates[i].name, now->name, SERIES_PER_SECOND, now_ns,
					rates[i].factor * monitor_rate(rates[i].last, rates[i].now,
								       elapsed_ns));
}

static void add_await(const char *name, const char *disk, uint64_t count, uint64_t ms,
		      uint64_t now_ns, struct series_list *series)
{
	if (count > 0)
		series_list_add(series, name, disk, SERIES_NS, now_ns,
				(double)ms * (double)NS_PER_MS / (double)count);
}

static void add_disk(const struct disk_sample *last, const struct disk_sample *now,
		     uint64_t elapsed_ns, uint64_t now_ns, struct series_list *series)
{
	double elapsed_ms = (double)elapsed_ns / (double)NS_PER_MS;
	double busy = (double)disk_sample_get_growth_ms(last->busy_ms, now->busy_ms) / elapsed_ms;

	if (!has_moved(last, now) && series_list_find(series, "disk.reads", now->name) == NULL)
		return;
	add_rates(last, now, elapsed_ns, now_ns, series);
	add_await("disk.read_await", now->name, now->reads - last->reads,
		  disk_sample_get_growth_ms(last->read_ms, now->read_ms), now_ns, series);
	add_await("disk.write_await", now->name, now->writes - last->writes,
		  disk_sample_get_growth_ms(last->write_ms, now->write_ms), now_ns, series);
	series_list_add(series, "disk.queue", now->name, SERIES_COUNT, now_ns,
			(double)disk_sample_get_growth_ms(last->weighted_ms, now->weighted_ms) /
				elapsed_ms);
	/* it counts in jiffies of up to 10 ms: a short interval may end with more than there was */
	series_list_add(series, "disk.busy_ratio", now->name, SERIES_RATIO, now_ns,
			busy < 1 ? busy : 1);
}

/* Where it was last time, unless devices have come or gone; else wherever it is. */
static const struct disk_sample *find_last(const struct proc_disks *last, size_t place,
					   const struct disk_sample *now)
{
	if (place < last->count && strcmp(last->items[place].name, now->name) == 0)
		return &last->items[place];
	for (size_t i = 0; i < last->count; i++)
		if (strcmp(last->items[i].name, now->name) == 0)
			return &last->items[i];
	return NULL;
}

/* A device that was not there last time waits for its second reading. */
static void add_disks(const struct disk_monitor *monitor, uint64_t elapsed_ns, uint64_t now_ns,
		      struct series_list *series)
{
	for (size_t i = 0; i < monitor->now.count; i++) {
		const struct disk_sample *now = &monitor->now.items[i];
		const struct disk_sample *last = find_last(&monitor->last, i, now);

		if (!now->is_partition && last != NULL && !has_restarted(last, now))
			add_disk(last, now, elapsed_ns, now_ns, series);
	}
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct disk_monitor *monitor = state;
	uint64_t elapsed_ns = monitor_growth(monitor->last_ns, now_ns);
	struct proc_disks swap = monitor->last;
	int r = kept_file_read(&monitor->file, &monitor->buffer);

	if (r == 0)
		r = proc_disk_parse(strbuf_text(&monitor->buffer), monitor->buffer.length,
				    &monitor->now);
	if (r < 0) {
		monitor_add_missing(monitor->missing, "disks: /proc/diskstats cannot be read: %s",
				    strerror(-r));
		return;
	}
	if (monitor->last_ns > 0 && elapsed_ns > 0)
		add_disks(monitor, elapsed_ns, now_ns, series);
	monitor->last = monitor->now;
	monitor->now = swap;
	monitor->last_ns = now_ns;
}

static void stop(void *state)
{
	struct disk_monitor *monitor = state;

	kept_file_release(&monitor->file);
	vec_release(&monitor->last);
	vec_release(&monitor->now);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops disk_monitor_ops = {.start = start, .sample = sample, .stop = stop};
