/* The softnet monitor over a fake /proc: sums over CPUs that come, go, and begin again at 0. */
#include "fake_proc.h"
#include "monitor/monitor.h"
#include "monitor_value.h"
#include "tap.h"
#include "util/clock.h"

static struct monitor_set *set;
static struct series_list series;
static uint64_t now_ns = 10ull * NS_PER_S;

/* Two seconds after the last. */
static void sample(const char *softnet_stat)
{
	fake_write("net/softnet_stat", softnet_stat);
	now_ns += 2ull * NS_PER_S;
	monitor_set_sample(set, now_ns, &series);
}

static void check(double processed, double dropped, double squeezed, const char *what)
{
	is_near(get_value(&series, "softnet.processed", "host", SERIES_PER_SECOND), processed, 1e-9,
		what);
	is_near(get_value(&series, "softnet.dropped", "host", SERIES_PER_SECOND), dropped, 1e-9,
		"dropped");
	is_near(get_value(&series, "softnet.squeezed", "host", SERIES_PER_SECOND), squeezed, 1e-9,
		"squeezed");
}

int main(void)
{
	const struct monitor_config config = {.root = fake_root};

	fake_begin();
	fake_make_dir("proc/net");
	set = monitor_set_new(&config);
	sample("00000010 00000001 00000002 0 0 0 0 0 0 0 0 0 00000000 0 0\n"
	       "fffffff0 00000000 00000000 0 0 0 0 0 0 0 0 0 00000001 0 0\n");
	is_int(count_points(&series, "softnet.processed", "host"), 0, "the first is the base");
	sample("00000020 00000003 00000002 0 0 0 0 0 0 0 0 0 00000000 0 0\n"
	       "00000010 00000000 00000006 0 0 0 0 0 0 0 0 0 00000001 0 0\n");
	check(24, 1, 3, "16 of one CPU, and 32 of one that began again at 0");
	sample("00000018 00000000 00000006 0 0 0 0 0 0 0 0 0 00000001 0 0\n"
	       "00000900 00000900 00000900 0 0 0 0 0 0 0 0 0 00000002 0 0\n");
	check(4, 0, 0, "cpu0 has gone, cpu2 has come");
	sample("00000017 00000000 00000006 0 0 0 0 0 0 0 0 0 00000001 0 0\n"
	       "00000904 00000900 00000900 0 0 0 0 0 0 0 0 0 00000002 0 0\n");
	check(2, 0, 0, "cpu1 went back by one");
	ok(strstr(monitor_set_get_missing(set), "softnet") == NULL, "nothing is missing");
	sample("damaged\n");
	is_int(count_points(&series, "softnet.processed", "host"), 3, "damaged text has no value");
	ok(strstr(monitor_set_get_missing(set), "softnet: /proc/net/softnet_stat cannot be read") !=
		   NULL,
	   "and is said");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
	return tap_done();
}
