/*
 * What each CPU did, as mpstat tells it: the states exclude each other (guest time is not in user
 * again) and their ratios sum to 1, because the divisor is the CPU's own time and not the clock's.
 * iowait is the kernel's word for idle with a read or write under way that was started on that CPU:
 * a hint, no measure of waiting (the pressure of io is).
 *
 * Of the whole machine steal and busy: time that the hypervisor gave to others spoils any
 * measurement, and busy is what was worked here, so that idle, iowait and steal are not in it. Both
 * are sums over the CPUs of two readings: the kernel's own total jumps when a CPU goes offline.
 */
#include <stdio.h>
#include <stdlib.h>

#include "monitor/monitor_ops.h"
#include "monitor/system_reading.h"

struct cpu_monitor {
	const struct system_reading *system;
};

static void *start(struct monitor_context *context)
{
	struct cpu_monitor *monitor = alloc_new(struct cpu_monitor);

	monitor->system = context->system;
	return monitor;
}

/* Time in each state between two readings; returns their sum. */
static uint64_t get_growth(const struct cpu_sample *last, const struct cpu_sample *now,
			   uint64_t growth[static CPU_STATE_COUNT])
{
	uint64_t sum = 0;

	for (int i = 0; i < CPU_STATE_COUNT; i++)
		growth[i] = monitor_growth(last->state_ns[i], now->state_ns[i]);
	growth[CPU_USER] = monitor_growth(growth[CPU_GUEST], growth[CPU_USER]);
	growth[CPU_NICE] = monitor_growth(growth[CPU_GUEST_NICE], growth[CPU_NICE]);
	for (int i = 0; i < CPU_STATE_COUNT; i++)
		sum += growth[i];
	return sum;
}

static void add_states(uint32_t cpu, const uint64_t growth[static CPU_STATE_COUNT], uint64_t sum,
		       uint64_t now_ns, struct series_list *series)
{
	char scope[24];

	snprintf(scope, sizeof(scope), "cpu%u", cpu);
	for (int i = 0; i < CPU_STATE_COUNT; i++) {
		char name[48];

		snprintf(name, sizeof(name), "cpu.%s_ratio", cpu_state_name((enum cpu_state)i));
		series_list_add(series, name, scope, SERIES_RATIO, now_ns,
				(double)growth[i] / (double)sum);
	}
}

/* A CPU that was not there last time waits for its second reading. */
static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	const struct cpu_monitor *monitor = state;
	const struct proc_system_stat *last = system_reading_get_last(monitor->system);
	const struct proc_system_stat *now = system_reading_get_now(monitor->system);
	uint64_t steal = 0, rest = 0, total = 0;

	if (last == NULL || now == NULL)
		return;
	for (size_t i = 0; i < now->cpus.count; i++) {
		const struct cpu_sample *cpu = &now->cpus.items[i];
		const struct cpu_sample *before = system_reading_find_cpu(last, cpu->cpu);
		uint64_t growth[CPU_STATE_COUNT], sum;

		if (before == NULL)
			continue;
		sum = get_growth(before, cpu, growth);
		if (sum == 0)
			continue;
		add_states(cpu->cpu, growth, sum, now_ns, series);
		steal += growth[CPU_STEAL];
		rest += growth[CPU_IDLE] + growth[CPU_IOWAIT];
		total += sum;
	}
	if (total == 0)
		return;
	series_list_add(series, "cpu.steal_ratio", "host", SERIES_RATIO, now_ns,
			(double)steal / (double)total);
	series_list_add(series, "cpu.busy_ratio", "host", SERIES_RATIO, now_ns,
			(double)(total - rest - steal) / (double)total);
}

const struct monitor_ops cpu_monitor_ops = {.start = start, .sample = sample, .stop = free};
