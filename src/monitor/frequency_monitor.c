/*
 * How fast each CPU's clock ran when it was looked at, and how often its core was slowed down
 * because it got too hot (thermal_throttle, x86 only): both make the same code slower without any
 * counter of work telling.
 *
 * The frequency is cpufreq's (scaling_cur_freq); without cpufreq the "cpu MHz" of /proc/cpuinfo,
 * which many virtual machines fill with a constant: it has series only once it has been seen to
 * change. Hardware that tells neither has no series, and nothing is said about it: nothing is lost.
 *
 * Kernels before 5.18 interrupt each CPU to ask for its frequency, and may sleep for 10 ms a CPU.
 * So the time that a look takes decides when the next one comes: looking takes 1 % of the time, no
 * more. Files are opened anew: kept open they would be two descriptors for each CPU.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/system_reading.h"
#include "procfs/proc_scan.h"
#include "util/clock.h"

enum {
	HZ_PER_KHZ = 1000,
	LOOK_SHARE = 100,  /* of the time, that one look may take */
	CONSTANT_MAX = 30, /* looks at the same "cpu MHz": then it is taken for a constant */
};

/* Where frequencies come from; found out at the first look. */
enum frequency_source { SOURCE_UNKNOWN, SOURCE_CPUFREQ, SOURCE_CPUINFO, SOURCE_NONE };

struct throttle_count {
	uint32_t cpu;
	uint64_t count; /* since boot */
};

struct throttle_list {
	VEC_FIELDS(struct throttle_count);
};

struct frequency_monitor {
	const struct procfs *fs;
	const struct system_reading *system;
	struct strbuf buffer;
	bool has_base; /* the first sample adds no point */

	enum frequency_source source;
	uint64_t next_look_ns;
	struct proc_cpu_clocks clocks, first_clocks; /* of cpuinfo */
	bool is_changing;
	uint32_t look_count;

	bool has_no_throttles;
	struct throttle_list last, now;
	uint64_t last_ns;
};

static void *start(struct monitor_context *context)
{
	struct frequency_monitor *monitor = alloc_new(struct frequency_monitor);

	monitor->fs = &context->fs;
	monitor->system = context->system;
	/* cpuinfo has 2 KiB for each CPU */
	strbuf_init(&monitor->buffer, 16 << 20);
	return monitor;
}

/* A file of the CPU's folder that is one number. */
static int read_number(struct frequency_monitor *monitor, uint32_t cpu, const char *name,
		       uint64_t *ret_value)
{
	struct proc_scan scan;
	int r = proc_file_read(monitor->fs, &monitor->buffer, "/sys/devices/system/cpu/cpu%u/%s",
			       cpu, name);

	if (r < 0)
		return r;
	scan.at = strbuf_text(&monitor->buffer);
	scan.end = scan.at + monitor->buffer.length;
	return proc_scan_u64(&scan, ret_value) ? 0 : -EBADMSG;
}

static void add_frequency(uint32_t cpu, double hz, uint64_t now_ns, struct series_list *series)
{
	char scope[24];

	snprintf(scope, sizeof(scope), "cpu%u", cpu);
	series_list_add(series, "cpu.frequency_hz", scope, SERIES_COUNT, now_ns, hz);
}

/* Returns whether any CPU told. */
static bool look_at_cpufreq(struct frequency_monitor *monitor, const struct proc_system_stat *stat,
			    uint64_t now_ns, struct series_list *series)
{
	bool has_told = false;

	for (size_t i = 0; i < stat->cpus.count; i++) {
		uint32_t cpu = stat->cpus.items[i].cpu;
		uint64_t khz;
		int r = read_number(monitor, cpu, "cpufreq/scaling_cur_freq", &khz);

		/* where the first CPU has none the others have none either */
		if (r == -ENOENT && i == 0 && monitor->source == SOURCE_UNKNOWN)
			return false;
		if (r < 0)
			continue;
		add_frequency(cpu, (double)khz * HZ_PER_KHZ, now_ns, series);
		has_told = true;
	}
	return has_told;
}

static bool are_same(const struct proc_cpu_clocks *a, const struct proc_cpu_clocks *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].cpu != b->items[i].cpu || a->items[i].hz != b->items[i].hz)
			return false;
	return true;
}

/* Returns whether it is worth to look again. */
static bool look_at_cpuinfo(struct frequency_monitor *monitor, uint64_t now_ns,
			    struct series_list *series)
{
	struct proc_cpu_clocks *clocks = &monitor->clocks;

	if (proc_file_read(monitor->fs, &monitor->buffer, "/proc/cpuinfo") < 0 ||
	    proc_system_parse_cpu_clocks(strbuf_text(&monitor->buffer), monitor->buffer.length,
					 clocks) < 0 ||
	    clocks->count == 0)
		return monitor->is_changing;
	if (monitor->look_count++ == 0) {
		struct proc_cpu_clocks swap = monitor->first_clocks;

		monitor->first_clocks = *clocks;
		*clocks = swap;
		return true;
	}
	if (!monitor->is_changing)
		monitor->is_changing = !are_same(clocks, &monitor->first_clocks);
	if (!monitor->is_changing)
		return monitor->look_count < CONSTANT_MAX;
	for (size_t i = 0; i < clocks->count; i++)
		add_frequency(clocks->items[i].cpu, (double)clocks->items[i].hz, now_ns, series);
	return true;
}

static void look(struct frequency_monitor *monitor, const struct proc_system_stat *stat,
		 uint64_t now_ns, struct series_list *series)
{
	uint64_t start_ns = clock_now_ns();

	if (monitor->source == SOURCE_UNKNOWN || monitor->source == SOURCE_CPUFREQ) {
		bool has_told = look_at_cpufreq(monitor, stat, now_ns, series);

		if (monitor->source == SOURCE_UNKNOWN)
			monitor->source = has_told ? SOURCE_CPUFREQ : SOURCE_CPUINFO;
	}
	if (monitor->source == SOURCE_CPUINFO && !look_at_cpuinfo(monitor, now_ns, series))
		monitor->source = SOURCE_NONE;
	monitor->next_look_ns = now_ns + LOOK_SHARE * (clock_now_ns() - start_ns);
}

/* ---- throttles ---- */

static const struct throttle_count *find_throttles(const struct throttle_list *list, size_t place,
						   uint32_t cpu)
{
	if (place < list->count && list->items[place].cpu == cpu)
		return &list->items[place];
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].cpu == cpu)
			return &list->items[i];
	return NULL;
}

static void read_throttles(struct frequency_monitor *monitor, const struct proc_system_stat *stat)
{
	vec_clear(&monitor->now);
	for (size_t i = 0; i < stat->cpus.count; i++) {
		struct throttle_count throttles = {.cpu = stat->cpus.items[i].cpu};
		int r = read_number(monitor, throttles.cpu, "thermal_throttle/core_throttle_count",
				    &throttles.count);

		if (r == 0)
			vec_push(&monitor->now, throttles);
		if (r == -ENOENT && i == 0 && monitor->last_ns == 0) {
			monitor->has_no_throttles = true;
			return;
		}
	}
}

static void sample_throttles(struct frequency_monitor *monitor, const struct proc_system_stat *stat,
			     uint64_t now_ns, struct series_list *series)
{
	uint64_t elapsed_ns = monitor_growth(monitor->last_ns, now_ns);
	struct throttle_list swap = monitor->last;

	read_throttles(monitor, stat);
	for (size_t i = 0; i < monitor->now.count && monitor->last_ns > 0 && elapsed_ns > 0; i++) {
		const struct throttle_count *now = &monitor->now.items[i];
		const struct throttle_count *last = find_throttles(&monitor->last, i, now->cpu);
		char scope[24];

		if (last == NULL)
			continue;
		snprintf(scope, sizeof(scope), "cpu%u", now->cpu);
		series_list_add(series, "cpu.throttles", scope, SERIES_PER_SECOND, now_ns,
				monitor_rate(last->count, now->count, elapsed_ns));
	}
	monitor->last = monitor->now;
	monitor->now = swap;
	monitor->last_ns = now_ns;
}

/* ---- the monitor ---- */

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct frequency_monitor *monitor = state;
	const struct proc_system_stat *stat = system_reading_get_now(monitor->system);

	if (stat == NULL)
		return;
	if (!monitor->has_no_throttles)
		sample_throttles(monitor, stat, now_ns, series);
	if (monitor->has_base && monitor->source != SOURCE_NONE && now_ns >= monitor->next_look_ns)
		look(monitor, stat, now_ns, series);
	monitor->has_base = true;
}

static void stop(void *state)
{
	struct frequency_monitor *monitor = state;

	vec_release(&monitor->clocks);
	vec_release(&monitor->first_clocks);
	vec_release(&monitor->last);
	vec_release(&monitor->now);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops frequency_monitor_ops = {.start = start, .sample = sample, .stop = stop};
