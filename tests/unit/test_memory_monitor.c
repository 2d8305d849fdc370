/* The memory monitor over a fake /proc: with swap, without, and what is missing. */
#include "fake_proc.h"
#include "monitor/monitor.h"
#include "monitor_value.h"
#include "tap.h"
#include "util/clock.h"

static double get(const struct series_list *series, const char *name, enum series_unit unit)
{
	return get_value(series, name, "host", unit);
}

static void test_values(void)
{
	const struct monitor_config config = {.root = fake_root};
	struct series_list series = {0};
	struct monitor_set *set;

	fake_begin();
	fake_write("meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 700 kB\n"
			      "SwapTotal: 100 kB\nSwapFree: 100 kB\nDirty: 0 kB\n");
	fake_write("vmstat", "pswpin 10\npswpout 20\npgfault 4\npgmajfault 5\n");
	set = monitor_set_new(&config);
	monitor_set_sample(set, 10ull * NS_PER_S, &series);
	is_int(series.count, 0, "the first sample is the base");
	fake_write("meminfo", "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 650 kB\n"
			      "SwapTotal: 100 kB\nSwapFree: 60 kB\nDirty: 7 kB\n");
	fake_write("vmstat", "pswpin 14\npswpout 19\npgfault 4\npgmajfault 105\n");
	monitor_set_sample(set, 12ull * NS_PER_S, &series);
	is_near(get(&series, "memory.available", SERIES_BYTES), 650 * 1024, 0, "available");
	is_near(get(&series, "memory.free", SERIES_BYTES), 200 * 1024, 0, "free");
	is_near(get(&series, "memory.dirty", SERIES_BYTES), 7 * 1024, 0, "dirty");
	is_near(get(&series, "memory.swap_used", SERIES_BYTES), 40 * 1024, 0, "swap in use");
	is_near(get(&series, "memory.swap_in", SERIES_PER_SECOND), 2, 1e-9, "pages from swap");
	is_near(get(&series, "memory.swap_out", SERIES_PER_SECOND), 0, 0,
		"a counter that went back is 0");
	is_near(get(&series, "memory.faults_major", SERIES_PER_SECOND), 50, 1e-9, "major faults");
	ok(strstr(monitor_set_get_missing(set), "memory:") == NULL, "nothing is missing");
	fake_write("vmstat", "pgmajfault\n");
	fake_write("meminfo", "MemFree: 200 kB\n");
	monitor_set_sample(set, 14ull * NS_PER_S, &series);
	is_int(count_points(&series, "memory.free", "host"), 1, "damaged text has no value");
	ok(strstr(monitor_set_get_missing(set), "memory: /proc/meminfo cannot be read") != NULL &&
		   strstr(monitor_set_get_missing(set), "memory: /proc/vmstat cannot be read") !=
			   NULL,
	   "and is said");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

static void test_no_swap(void)
{
	const struct monitor_config config = {.root = fake_root};
	struct series_list series = {0};
	struct monitor_set *set;

	fake_begin();
	fake_write("meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\nSwapTotal: 0 kB\n"
			      "SwapFree: 0 kB\nDirty: 0 kB\n");
	fake_write("vmstat", "pswpin 0\npswpout 0\npgmajfault 5\n");
	set = monitor_set_new(&config);
	monitor_set_sample(set, 10ull * NS_PER_S, &series);
	monitor_set_sample(set, 12ull * NS_PER_S, &series);
	ok(series_list_find(&series, "memory.swap_used", "host") == NULL &&
		   series_list_find(&series, "memory.swap_in", "host") == NULL &&
		   series_list_find(&series, "memory.swap_out", "host") == NULL,
	   "a machine without swap has no series of it");
	ok(series_list_find(&series, "memory.available", "host") == NULL,
	   "nor an old kernel of what is available");
	is_near(get(&series, "memory.faults_major", SERIES_PER_SECOND), 0, 0, "no major faults");
	ok(strstr(monitor_set_get_missing(set), "memory:") == NULL, "nothing is lost");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

int main(void)
{
	test_values();
	test_no_swap();
	return tap_done();
}
