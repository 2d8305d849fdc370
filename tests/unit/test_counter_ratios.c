#include "view/counter_ratios.h"

#include "sample_counters.h"
#include "tap.h"

static struct counters counters;

/* The figure beside a counter of this exact name, NaN without one. */
static double find(const char *name, const char *key, double elapsed_ns)
{
	struct counter_ratio ratio;

	for (size_t i = 0; i < counters.count; i++)
		if (strcmp(counters.items[i].name, name) == 0 &&
		    counter_ratios_find(&ratio, &counters, &counters.items[i], elapsed_ns) &&
		    strcmp(ratio.key, key) == 0)
			return ratio.value;
	return (double)NAN;
}

static double rate(const char *name, double elapsed_ns)
{
	const struct counter *counter = counters_find(&counters, name);

	return counter_ratios_get_rate(&counters, counter, elapsed_ns);
}

static void test_all(void)
{
	sample_counters_make(&counters);
	is_near(find("task-clock", "cpus_utilized", 1e9), 2, 1e-12, "CPUs");
	is_near(find("cycles", "cycles_hz", 1e9), 3e9, 1e-3, "cycles by CPU time, not elapsed");
	is_near(find("instructions", "ipc", 1e9), 1.5, 1e-12, "instructions per cycle");
	is_near(find("branch-misses", "branch_miss_ratio", 1e9), 0.025, 1e-12, "branch misses");
	is_near(find("cache-misses", "cache_miss_ratio", 1e9), 0.25, 1e-12, "cache misses");
	ok(isnan(find("context-switches", "", 1e9)), "none beside others");
	ok(isnan(find("task-clock", "cpus_utilized", 0)), "no CPUs without a time");
	is_near(rate("context-switches", 1e9), 750, 1e-9, "a rate by CPU time");
	ok(isnan(rate("task-clock", 1e9)), "none of a clock");
	vec_clear(&counters);
}

static void test_modifiers(void)
{
	sample_counters_add(&counters, "cycles:u", 100);
	sample_counters_add(&counters, "cycles:k", 300);
	sample_counters_add(&counters, "instructions:u", 200);
	sample_counters_add(&counters, "instructions:k", 150);
	sample_counters_add(&counters, "instructions", 350);
	is_near(find("instructions:u", "ipc", 1e9), 2, 1e-12, "of user code");
	is_near(find("instructions:k", "ipc", 1e9), 0.5, 1e-12, "of the kernel's");
	ok(isnan(find("instructions", "ipc", 1e9)), "of both together nothing is known");
	is_near(rate("instructions", 2e9), 175, 1e-12, "without a clock a rate by elapsed time");
	ok(isnan(find("cycles:u", "cycles_hz", 1e9)), "no frequency without a clock");
	vec_clear(&counters);
}

static void test_names(void)
{
	sample_counters_add(&counters, "cpu-clock", 5e8);
	sample_counters_add(&counters, "cpu-cycles", 1e9);
	sample_counters_add(&counters, "idle-cycles-backend", 4e8);
	sample_counters_add(&counters, "branch-instructions", 1000);
	sample_counters_add(&counters, "branch-misses", 10);
	sample_counters_add(&counters, "llc-loads", 50);
	sample_counters_add(&counters, "LLC-load-misses", 5);
	sample_counters_add(&counters, "dTLB-loads", 0);
	sample_counters_add(&counters, "dTLB-load-misses", 0);
	sample_counters_add_other(&counters, "L1-dcache-loads", COUNTER_NOT_SUPPORTED);
	sample_counters_add(&counters, "L1-dcache-load-misses", 7);
	is_near(find("cpu-cycles", "cycles_hz", 1e9), 2e9, 1e-3, "another name, another clock");
	is_near(find("idle-cycles-backend", "backend_stall_ratio", 1e9), 0.4, 1e-12, "stalls");
	is_near(find("branch-misses", "branch_miss_ratio", 1e9), 0.01, 1e-12,
		"divided by another name");
	is_near(find("LLC-load-misses", "llc_load_miss_ratio", 1e9), 0.1, 1e-12, "any case");
	ok(isnan(find("dTLB-load-misses", "dtlb_load_miss_ratio", 1e9)), "nothing of nothing");
	ok(isnan(find("L1-dcache-load-misses", "l1_dcache_load_miss_ratio", 1e9)),
	   "nothing of what was not counted");
	vec_clear(&counters);
}

int main(void)
{
	test_all();
	test_modifiers();
	test_names();
	vec_release(&counters);
	return tap_done();
}
