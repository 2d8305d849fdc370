/* The disk monitor over a fake /proc/diskstats, against values by hand and iostat's formulas. */
#include "fake_proc.h"
#include "monitor/monitor.h"
#include "monitor_value.h"
#include "tap.h"
#include "util/clock.h"

static struct monitor_set *set;
static struct series_list series;
static uint64_t now_ns;

static void begin(void)
{
	const struct monitor_config config = {.root = fake_root};

	fake_begin();
	set = monitor_set_new(&config);
	now_ns = 10ull * NS_PER_S;
}

static void finish(void)
{
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

/* Two seconds after the last. */
static void sample(const char *diskstats)
{
	fake_write("diskstats", diskstats);
	now_ns += 2ull * NS_PER_S;
	monitor_set_sample(set, now_ns, &series);
}

static double get(const char *name, const char *disk, enum series_unit unit)
{
	return get_value(&series, name, disk, unit);
}

static bool has_any(const char *disk)
{
	for (size_t i = 0; i < series.count; i++)
		if (strcmp(series.items[i].scope, disk) == 0)
			return true;
	return false;
}

static void test_values(void)
{
	begin();
	sample("8 0 sda 100 0 800 50 200 0 1600 400 0 1000 3000 10 0 80 5 20 10\n"
	       "8 1 sda1 100 0 800 50 200 0 1600 400 0 1000 3000 10 0 80 5 20 10\n"
	       "7 0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	       "7 1 loop1 5 0 40 1 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
	       "1 0 ram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	is_int(count_points(&series, "disk.reads", "sda"), 0, "the first sample is the base");
	sample("8 0 sda 140 0 1824 130 220 0 9792 500 1 1500 4200 16 0 480 6 24 30\n"
	       "8 1 sda1 140 0 1824 130 220 0 9792 500 1 1500 4200 16 0 480 6 24 30\n"
	       "7 0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	       "7 1 loop1 9 0 72 1 0 0 0 0 0 2 2 0 0 0 0 0 0\n"
	       "1 0 ram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	is_near(get("disk.reads", "sda", SERIES_PER_SECOND), 20, 1e-9, "reads");
	is_near(get("disk.writes", "sda", SERIES_PER_SECOND), 10, 1e-9, "writes");
	is_near(get("disk.discards", "sda", SERIES_PER_SECOND), 3, 1e-9, "discards");
	is_near(get("disk.flushes", "sda", SERIES_PER_SECOND), 2, 1e-9, "flushes");
	is_near(get("disk.read_bytes", "sda", SERIES_PER_SECOND), 262144, 1e-6,
		"1024 sectors of 512 bytes in two seconds");
	is_near(get("disk.write_bytes", "sda", SERIES_PER_SECOND), 2097152, 1e-6, "8192 sectors");
	is_near(get("disk.read_await", "sda", SERIES_NS), 2e6, 1e-6, "80 ms for 40 reads");
	is_near(get("disk.write_await", "sda", SERIES_NS), 5e6, 1e-6, "100 ms for 20 writes");
	is_near(get("disk.queue", "sda", SERIES_COUNT), 0.6, 1e-9, "1200 ms of requests in 2000");
	is_near(get("disk.busy_ratio", "sda", SERIES_RATIO), 0.25, 1e-9, "busy for 500 of 2000 ms");
	ok(!has_any("sda1"), "a partition has no series");
	ok(!has_any("loop0") && !has_any("ram0"), "nor have devices without traffic");
	is_near(get("disk.reads", "loop1", SERIES_PER_SECOND), 2, 1e-9,
		"a loop device with traffic");
	ok(count_points(&series, "disk.discards", "loop1") == 0 &&
		   count_points(&series, "disk.flushes", "loop1") == 0,
	   "which was never asked to discard or flush");
	finish();
}

/* An idle interval: rates of 0, and no await, for there is none. */
static void test_idle(void)
{
	begin();
	sample("8 0 sda 100 0 800 50 200 0 1600 400 0 1000 3000\n");
	sample("8 0 sda 101 0 808 57 200 0 1600 400 0 1007 3007\n");
	sample("8 0 sda 101 0 808 57 200 0 1600 400 0 1007 3007\n");
	is_int(count_points(&series, "disk.reads", "sda"), 2, "both intervals");
	is_near(get("disk.reads", "sda", SERIES_PER_SECOND), 0, 0, "no reads in the last");
	is_near(get("disk.busy_ratio", "sda", SERIES_RATIO), 0, 0, "not busy");
	is_int(count_points(&series, "disk.read_await", "sda"), 1, "await where a read has ended");
	is_int(count_points(&series, "disk.write_await", "sda"), 0, "and none without writes");
	sample("8 0 sda 101 0 808 57 200 0 1600 400 0 3017 3007\n");
	is_near(get("disk.busy_ratio", "sda", SERIES_RATIO), 1, 0,
		"2010 ms in 2000 are not more than always");
	finish();
}

/* The kernel's times are of 32 bits. */
static void test_wrap(void)
{
	begin();
	sample("8 0 sda 100 0 800 4294967290 0 0 0 0 0 4294967196 4294966296\n");
	sample("8 0 sda 104 0 832 6 0 0 0 0 0 100 1000\n");
	is_near(get("disk.read_await", "sda", SERIES_NS), 3e6, 1e-6, "12 ms for 4 reads");
	is_near(get("disk.busy_ratio", "sda", SERIES_RATIO), 0.1, 1e-9, "200 of 2000 ms");
	is_near(get("disk.queue", "sda", SERIES_COUNT), 1, 1e-9, "2000 ms of requests");
	sample("8 0 sda 108 0 864 5 0 0 0 0 0 90 900\n");
	is_near(get("disk.read_await", "sda", SERIES_NS), 0, 0, "a time that went back is 0");
	is_near(get("disk.busy_ratio", "sda", SERIES_RATIO), 0, 0, "busy time as well");
	is_near(get("disk.queue", "sda", SERIES_COUNT), 0, 0, "and the queue's");
	finish();
}

/* Devices come, go, change their places, and come again counting from 0. */
static void test_hotplug(void)
{
	begin();
	sample("8 0 sda 100 0 800 50 0 0 0 0 0 10 50\n8 16 sdb 5 0 40 5 0 0 0 0 0 5 5\n");
	sample("8 16 sdb 9 0 72 9 0 0 0 0 0 9 9\n8 32 sdc 7 0 56 7 0 0 0 0 0 7 7\n");
	is_int(count_points(&series, "disk.reads", "sda"), 0, "one that has gone");
	is_near(get("disk.reads", "sdb", SERIES_PER_SECOND), 2, 1e-9, "one that stays");
	is_int(count_points(&series, "disk.reads", "sdc"), 0, "a new one waits");
	sample("8 0 sda 3 0 24 3 0 0 0 0 0 3 3\n8 16 sdb 1 0 8 1 0 0 0 0 0 1 1\n"
	       "8 32 sdc 9 0 72 9 0 0 0 0 0 9 9\n");
	is_int(count_points(&series, "disk.reads", "sdb"), 1, "another one under the name waits");
	is_near(get("disk.reads", "sdc", SERIES_PER_SECOND), 1, 1e-9, "its second reading");
	sample("8 0 sda 5 0 40 5 0 0 0 0 0 5 5\n8 16 sdb 9 0 72 9 0 0 0 0 0 9 9\n");
	is_near(get("disk.reads", "sda", SERIES_PER_SECOND), 1, 1e-9, "back again");
	is_near(get("disk.reads", "sdb", SERIES_PER_SECOND), 4, 1e-9, "counting on");
	finish();
}

static void test_damaged(void)
{
	begin();
	sample("8 0 sda 100 0 800 50 0 0 0 0 0 10 50\n");
	sample("8 0 sda 100 0 800\n");
	ok(strstr(monitor_set_get_missing(set), "/proc/diskstats cannot be read") != NULL,
	   "damaged text is said");
	is_int(count_points(&series, "disk.reads", "sda"), 0, "and has no value");
	sample("8 0 sda 108 0 800 50 0 0 0 0 0 10 50\n");
	is_near(get("disk.reads", "sda", SERIES_PER_SECOND), 2, 1e-9,
		"the next interval begins at the last whole reading");
	finish();
}

int main(void)
{
	test_values();
	test_idle();
	test_wrap();
	test_hotplug();
	test_damaged();
	return tap_done();
}
