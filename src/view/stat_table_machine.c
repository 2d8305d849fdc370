/* The rows of mpstat and iostat (sysstat 12.6.1: mpstat.c, iostat.c, rd_stats.c). */
#include <stdlib.h>
#include <string.h>

#include "view/stat_table_parts.h"

/* Ticks of one CPU, or of several added up; signed, for user without guest. */
struct cpu_ticks {
	int64_t user, nice; /* without guest time */
	int64_t state[CPU_STATE_COUNT];
};

/* One CPU over the window, or all of them. */
struct cpu_change {
	struct cpu_ticks last, now;
	int64_t ticks; /* that it had */
};

static struct cpu_ticks count_ticks(const struct cpu_sample *cpu)
{
	struct cpu_ticks ticks = {0};

	if (cpu == NULL)
		return ticks;
	for (int i = 0; i < CPU_STATE_COUNT; i++)
		ticks.state[i] = (int64_t)stat_ticks(cpu->state_ns[i]);
	ticks.user = ticks.state[CPU_USER] - ticks.state[CPU_GUEST];
	ticks.nice = ticks.state[CPU_NICE] - ticks.state[CPU_GUEST_NICE];
	return ticks;
}

/* Guest time is in user and nice already. */
static int64_t sum_ticks(const struct cpu_ticks *ticks)
{
	int64_t sum = 0;

	for (int i = 0; i < CPU_GUEST; i++)
		sum += ticks->state[i];
	return sum;
}

/*
 * The window of one CPU by its own clock. Of counters that went back, iowait alone (the kernel
 * takes some of it for idle later) is no growth; idle, or both, is a CPU that was offline meanwhile
 * and counts those two from zero again.
 */
static struct cpu_change find_change(const struct cpu_sample *before,
				     const struct cpu_sample *after)
{
	struct cpu_change change = {.last = count_ticks(before), .now = count_ticks(after)};
	int64_t *last = change.last.state, *now = change.now.state;

	if (now[CPU_IOWAIT] < last[CPU_IOWAIT])
		last[CPU_IOWAIT] = now[CPU_IDLE] > last[CPU_IDLE] ? now[CPU_IOWAIT] : 0;
	if (now[CPU_IDLE] < last[CPU_IDLE])
		last[CPU_IDLE] = 0;
	change.ticks = sum_ticks(&change.now) - sum_ticks(&change.last);
	/* guest time ahead of the user time it is in: what is taken as 0 below was no time */
	if (change.now.user < change.last.user)
		change.ticks += change.last.user - change.now.user;
	if (change.now.nice < change.last.nice)
		change.ticks += change.last.nice - change.now.nice;
	return change;
}

static void add_ticks(struct cpu_ticks *sum, const struct cpu_ticks *more)
{
	sum->user += more->user;
	sum->nice += more->nice;
	for (int i = 0; i < CPU_STATE_COUNT; i++)
		sum->state[i] += more->state[i];
}

static void add_change(struct cpu_change *sum, const struct cpu_change *more)
{
	add_ticks(&sum->last, &more->last);
	add_ticks(&sum->now, &more->now);
	sum->ticks += more->ticks;
}

static double find_share(int64_t last, int64_t now, int64_t ticks)
{
	return now > last && ticks > 0 ? (double)(now - last) / (double)ticks * 100 : 0;
}

static double find_state_share(const struct cpu_change *change, enum cpu_state state)
{
	return find_share(change->last.state[state], change->now.state[state], change->ticks);
}

static void put_change(struct stat_cell *cell, const struct cpu_change *change)
{
	static const enum cpu_state states[] = {CPU_SYSTEM, CPU_IOWAIT, CPU_IRQ,       CPU_SOFTIRQ,
						CPU_STEAL,  CPU_GUEST,	CPU_GUEST_NICE};

	stat_cell_put(&cell, find_share(change->last.user, change->now.user, change->ticks));
	stat_cell_put(&cell, find_share(change->last.nice, change->now.nice, change->ticks));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		stat_cell_put(&cell, find_state_share(change, states[i]));
	/*
	 * a CPU without a tick stands still: the kernel stops its clock when it has nothing to do
	 */
	stat_cell_put(&cell, change->ticks > 0 ? find_state_share(change, CPU_IDLE) : 100);
}

static const struct cpu_sample *find_cpu(const struct machine_sample *sample, uint32_t cpu)
{
	for (size_t i = 0; i < sample->cpus.count; i++)
		if (sample->cpus.items[i].cpu == cpu)
			return &sample->cpus.items[i];
	return NULL;
}

/* Numbers may not ascend in a damaged copy, hence the search from the start. */
static const struct cpu_sample *find_last_cpu(const struct stat_window *window, size_t at)
{
	uint32_t cpu = window->now->cpus.items[at].cpu;

	if (at < window->last->cpus.count && window->last->cpus.items[at].cpu == cpu)
		return &window->last->cpus.items[at];
	return find_cpu(window->last, cpu);
}

void stat_table_add_cpus(struct stat_table *table, const struct stat_window *window)
{
	const struct machine_sample *now = window->now;
	uint32_t cpu_count = window->options->cpu_count;
	struct stat_cell *all, *cell;
	struct cpu_change sum = {0};

	if (cpu_count == 0)
		cpu_count = (uint32_t)now->cpus.count;
	stat_table_reserve(table, window->arena, now->cpus.count + 1);
	all = stat_table_begin_row(table);
	stat_cell_put_text(&all, "all");
	for (size_t i = 0; i < now->cpus.count; i++) {
		const struct cpu_sample *last = NULL;
		struct cpu_change change;

		/* one that came online has nothing to be compared with */
		if (window->last != NULL && (last = find_last_cpu(window, i)) == NULL)
			continue;
		change = find_change(last, &now->cpus.items[i]);
		add_change(&sum, &change);
		cell = stat_table_begin_row(table);
		stat_cell_put(&cell, now->cpus.items[i].cpu);
		put_change(cell, &change);
	}
	if (cpu_count <= 1)
		sum = find_change(window->last != NULL ? &window->last->cpu_total : NULL,
				  &now->cpu_total);
	put_change(all, &sum);
}

/* iostat's avg-cpu: of the kernel's own sum; guest time is in user, interrupts are in system. */
void stat_table_add_cpu_average(struct stat_table *table, const struct stat_window *window)
{
	struct cpu_change all = {
		.last = count_ticks(window->last != NULL ? &window->last->cpu_total : NULL),
		.now = count_ticks(&window->now->cpu_total),
	};
	const int64_t *last = all.last.state, *now = all.now.state;
	struct stat_cell *cell;

	all.ticks = sum_ticks(&all.now) - sum_ticks(&all.last);
	stat_table_reserve(table, window->arena, 1);
	cell = stat_table_begin_row(table);
	stat_cell_put(&cell, find_state_share(&all, CPU_USER));
	stat_cell_put(&cell, find_state_share(&all, CPU_NICE));
	stat_cell_put(&cell,
		      find_share(last[CPU_SYSTEM] + last[CPU_SOFTIRQ] + last[CPU_IRQ],
				 now[CPU_SYSTEM] + now[CPU_SOFTIRQ] + now[CPU_IRQ], all.ticks));
	stat_cell_put(&cell, find_state_share(&all, CPU_IOWAIT));
	stat_cell_put(&cell, find_state_share(&all, CPU_STEAL));
	stat_cell_put(&cell, find_state_share(&all, CPU_IDLE));
}

static double ms_grown(uint64_t last, uint64_t now)
{
	return (double)disk_sample_get_growth_ms(last, now);
}

struct disk_change {
	double ios, merges, sectors, ms;
};

/* r/s rkB/s rrqm/s %rrqm r_await rareq-sz */
static void put_direction(struct stat_cell **cell, const struct stat_window *window,
			  const struct disk_change *change)
{
	double asked = change->merges + change->ios;
	bool has_ios = change->ios > 0;

	stat_cell_put(cell, stat_rate(window, change->ios));
	stat_cell_put(cell, stat_rate(window, change->sectors) / 2);
	stat_cell_put(cell, stat_rate(window, change->merges));
	stat_cell_put(cell, asked > 0 ? change->merges / asked * 100 : 0);
	stat_cell_put(cell, has_ios ? change->ms / change->ios : 0);
	stat_cell_put(cell, has_ios ? change->sectors / change->ios / 2 : 0);
}

static void add_disk(struct stat_table *table, const struct stat_window *window,
		     const struct disk_sample *last, const struct disk_sample *now)
{
	struct disk_change reads = {
		stat_growth(last->reads, now->reads),
		stat_growth(last->reads_merged, now->reads_merged),
		stat_growth(last->read_sectors, now->read_sectors),
		ms_grown(last->read_ms, now->read_ms),
	};
	struct disk_change writes = {
		stat_growth(last->writes, now->writes),
		stat_growth(last->writes_merged, now->writes_merged),
		stat_growth(last->write_sectors, now->write_sectors),
		ms_grown(last->write_ms, now->write_ms),
	};
	struct disk_change discards = {
		stat_growth(last->discards, now->discards),
		stat_growth(last->discards_merged, now->discards_merged),
		stat_growth(last->discard_sectors, now->discard_sectors),
		ms_grown(last->discard_ms, now->discard_ms),
	};
	double flushes = stat_growth(last->flushes, now->flushes);
	double flush_ms = ms_grown(last->flush_ms, now->flush_ms);
	struct stat_cell *cell = stat_table_begin_row(table);

	stat_cell_put_text(&cell, arena_strdup(window->arena, now->name));
	put_direction(&cell, window, &reads);
	put_direction(&cell, window, &writes);
	put_direction(&cell, window, &discards);
	stat_cell_put(&cell, stat_rate(window, flushes));
	stat_cell_put(&cell, flushes > 0 ? flush_ms / flushes : 0);
	stat_cell_put(&cell,
		      stat_rate(window, ms_grown(last->weighted_ms, now->weighted_ms)) / 1000);
	stat_cell_put(&cell, stat_rate(window, ms_grown(last->busy_ms, now->busy_ms)) / 10);
}

static uint64_t count_ios(const struct disk_sample *disk)
{
	return disk->reads + disk->writes + disk->discards + disk->flushes;
}

/* Taken out and put in again: less of everything that there was any of. */
static bool is_another(const struct disk_sample *last, const struct disk_sample *now)
{
	return count_ios(now) < count_ios(last) &&
	       (last->read_sectors == 0 || now->read_sectors < last->read_sectors) &&
	       (last->write_sectors == 0 || now->write_sectors < last->write_sectors) &&
	       (last->discard_sectors == 0 || now->discard_sectors < last->discard_sectors);
}

static const struct disk_sample *find_last_disk(const struct stat_window *window,
						const struct disk_sample *now)
{
	static const struct disk_sample unused;

	for (size_t i = 0; window->last != NULL && i < window->last->disks.count; i++) {
		const struct disk_sample *last = &window->last->disks.items[i];

		if (strcmp(last->name, now->name) == 0)
			return is_another(last, now) ? &unused : last;
	}
	return &unused;
}

static int compare_names(const void *a, const void *b)
{
	const struct disk_sample *const *left = (const struct disk_sample *const *)a;
	const struct disk_sample *const *right = (const struct disk_sample *const *)b;

	return strcmp((*left)->name, (*right)->name);
}

void stat_table_add_disks(struct stat_table *table, const struct stat_window *window)
{
	const struct machine_sample *now = window->now;
	const struct disk_sample **disks = (const struct disk_sample **)arena_alloc(
		window->arena, now->disks.count, sizeof(*disks));
	size_t count = 0;

	for (size_t i = 0; i < now->disks.count; i++) {
		const struct disk_sample *disk = &now->disks.items[i];

		if (count_ios(disk) > 0 && (window->options->has_partitions || !disk->is_partition))
			disks[count++] = disk;
	}
	if (!window->options->has_partitions && count > 0)
		qsort(disks, count, sizeof(*disks), compare_names);
	stat_table_reserve(table, window->arena, count);
	for (size_t i = 0; i < count; i++)
		add_disk(table, window, find_last_disk(window, disks[i]), disks[i]);
}
