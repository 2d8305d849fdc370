/*
 * What each CPU did, as mpstat tells it: the states exclude each other (guest time is not in user
 * again) and their ratios sum to 1, because the divisor is the CPU's own time and not the clock's.
 * Steal also for the whole machine: time that the hypervisor gave to others spoils any measurement.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "procfs/proc_system.h"

struct cpu_monitor {
	struct procfs fs;
	struct strbuf *missing;
	struct strbuf buffer;
	struct proc_system_stat last, now;
	bool has_last;
};

static void *start(struct monitor_context *context)
{
	struct cpu_monitor *monitor = alloc_new(struct cpu_monitor);

	monitor->fs = context->fs;
	monitor->missing = context->missing;
	/* thousands of CPUs, and interrupts by the ten thousand */
	strbuf_init(&monitor->buffer, 4 << 20);
	return monitor;
}

/* Time in each state between two readings; returns their sum. */
static uint64_t get_growth(const struct proc_cpu *last, const struct proc_cpu *now,
			   uint64_t growth[static PROC_CPU_STATE_COUNT])
{
	uint64_t sum = 0;

	for (int i = 0; i < PROC_CPU_STATE_COUNT; i++)
		growth[i] = monitor_growth(last->state_ns[i], now->state_ns[i]);
	growth[PROC_CPU_USER] = monitor_growth(growth[PROC_CPU_GUEST], growth[PROC_CPU_USER]);
	growth[PROC_CPU_NICE] = monitor_growth(growth[PROC_CPU_GUEST_NICE], growth[PROC_CPU_NICE]);
	for (int i = 0; i < PROC_CPU_STATE_COUNT; i++)
		sum += growth[i];
	return sum;
}

static void add_points(const struct proc_cpu *last, const struct proc_cpu *now, uint64_t now_ns,
		       struct series_list *series)
{
	uint64_t growth[PROC_CPU_STATE_COUNT];
	uint64_t sum = get_growth(last, now, growth);
	char scope[24];

	snprintf(scope, sizeof(scope), "cpu%u", now->cpu);
	for (int i = 0; i < PROC_CPU_STATE_COUNT && sum > 0; i++) {
		char name[48];

		snprintf(name, sizeof(name), "cpu.%s_ratio",
			 proc_system_cpu_state_name((enum proc_cpu_state)i));
		series_list_add(series, name, scope, SERIES_RATIO, now_ns,
				(double)growth[i] / (double)sum);
	}
}

/*
 * Both lists are in the kernel's order; a CPU that was not there last time waits for its second
 * reading.
 */
static void add_all(const struct cpu_monitor *monitor, uint64_t now_ns, struct series_list *series)
{
	uint64_t growth[PROC_CPU_STATE_COUNT];
	uint64_t sum = get_growth(&monitor->last.total, &monitor->now.total, growth);

	if (sum > 0)
		series_list_add(series, "cpu.steal_ratio", "host", SERIES_RATIO, now_ns,
				(double)growth[PROC_CPU_STEAL] / (double)sum);
	for (size_t i = 0; i < monitor->now.cpus.count; i++) {
		const struct proc_cpu *now = &monitor->now.cpus.items[i];

		for (size_t at = 0; at < monitor->last.cpus.count; at++)
			if (monitor->last.cpus.items[at].cpu == now->cpu)
				add_points(&monitor->last.cpus.items[at], now, now_ns, series);
	}
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct cpu_monitor *monitor = state;
	struct proc_system_stat swap = monitor->last;
	int r = proc_file_read(&monitor->fs, &monitor->buffer, "/proc/stat");

	if (r == 0)
		r = proc_system_parse_stat(strbuf_text(&monitor->buffer), monitor->buffer.length,
					   &monitor->now);
	if (r < 0) {
		monitor_add_missing(monitor->missing, "CPUs: /proc/stat cannot be read: %s",
				    strerror(-r));
		return;
	}
	if (monitor->has_last)
		add_all(monitor, now_ns, series);
	monitor->last = monitor->now;
	monitor->now = swap;
	monitor->has_last = true;
}

static void stop(void *state)
{
	struct cpu_monitor *monitor = state;

	proc_system_stat_release(&monitor->last);
	proc_system_stat_release(&monitor->now);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops cpu_monitor_ops = {start, sample, stop};
