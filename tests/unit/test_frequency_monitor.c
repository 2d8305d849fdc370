/*
 * Frequencies and throttles over a fake /proc and /sys. Samples are thousands of seconds apart: how
 * soon the monitor looks again depends on how long a look took.
 */
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
	fake_make_dir("sys");
	fake_make_dir("sys/devices");
	fake_make_dir("sys/devices/system");
	fake_make_dir("sys/devices/system/cpu");
	set = monitor_set_new(&config);
	now_ns = 0;
}

static void finish(void)
{
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

static void put_cpus(const char *cpus)
{
	char text[512] = "cpu  1 0 0 0\n";

	for (; *cpus != '\0'; cpus++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "cpu%c 1 0 0 0\n",
			 *cpus);
	fake_write("stat", text);
}

static void put_number(int cpu, const char *folder, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d", cpu);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/%s", cpu, folder);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "../sys/devices/system/cpu/cpu%d/%s/%s", cpu, folder, name);
	fake_write(path, text);
}

static void put_khz(int cpu, const char *khz)
{
	put_number(cpu, "cpufreq", "scaling_cur_freq", khz);
}

static void put_throttles(int cpu, const char *count)
{
	put_number(cpu, "thermal_throttle", "core_throttle_count", count);
}

static void sample(void)
{
	now_ns += 10000ull * NS_PER_S;
	monitor_set_sample(set, now_ns, &series);
}

static double get_hz(const char *cpu)
{
	return get_value(&series, "cpu.frequency_hz", cpu, SERIES_COUNT);
}

static size_t count_hz(const char *cpu)
{
	return count_points(&series, "cpu.frequency_hz", cpu);
}

static void test_cpufreq(void)
{
	begin();
	put_cpus("01");
	put_khz(0, "2400000\n");
	put_khz(1, "800000\n");
	sample();
	is_int(count_hz("cpu0"), 0, "the first sample is the base");
	sample();
	is_near(get_hz("cpu0"), 2.4e9, 0, "kHz to Hz");
	is_near(get_hz("cpu1"), 8e8, 0, "each CPU's own");
	put_khz(0, "2500000\n");
	put_khz(1, "<unknown>\n");
	sample();
	is_near(get_hz("cpu0"), 2.5e9, 0, "it has changed");
	is_int(count_hz("cpu1"), 1, "what is no number is no value");
	put_cpus("0");
	sample();
	is_int(count_hz("cpu1"), 1, "a CPU that is offline is not asked");
	is_int(count_hz("cpu0"), 3, "the others are");
	put_cpus("1");
	put_khz(1, "900000\n");
	fake_remove("sys/devices/system/cpu/cpu0");
	sample();
	is_near(get_hz("cpu1"), 9e8, 0, "it comes back, another one goes");
	finish();
}

static void put_mhz(const char *first, const char *second)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "processor\t: 0\ncpu MHz\t\t: %s\n\nprocessor\t: 1\ncpu MHz\t\t: %s\n", first,
		 second);
	fake_write("cpuinfo", text);
}

static void test_cpuinfo(void)
{
	begin();
	put_cpus("01");
	put_mhz("2000.000", "2000.000");
	for (int i = 0; i < 4; i++)
		sample();
	is_int(count_hz("cpu0"), 0, "what may be a constant is no value");
	put_mhz("2000.000", "2100.500");
	sample();
	is_near(get_hz("cpu0"), 2e9, 0, "until one has changed");
	is_near(get_hz("cpu1"), 2.1005e9, 0, "MHz to Hz");
	put_mhz("2000.000", "2000.000");
	sample();
	is_near(get_hz("cpu1"), 2e9, 0, "from then on also the first value");
	finish();
}

static void test_constant(void)
{
	begin();
	put_cpus("01");
	put_mhz("2000.000", "2000.000");
	for (int i = 0; i < 40; i++)
		sample();
	put_mhz("2000.000", "2100.000");
	sample();
	is_int(count_hz("cpu0"), 0, "after 30 looks it is taken for a constant");
	ok(strstr(monitor_set_get_missing(set), "cpuinfo") == NULL &&
		   strstr(monitor_set_get_missing(set), "/sys") == NULL,
	   "of what hardware does not tell nothing is said");
	finish();
}

static void test_throttles(void)
{
	begin();
	put_cpus("01");
	put_throttles(0, "5\n");
	put_throttles(1, "7\n");
	sample();
	is_int(count_points(&series, "cpu.throttles", "cpu0"), 0, "the first sample is the base");
	put_throttles(0, "20005\n");
	put_throttles(1, "6\n");
	sample();
	is_near(get_value(&series, "cpu.throttles", "cpu0", SERIES_PER_SECOND), 2, 1e-9,
		"20000 in 10000 s");
	is_near(get_value(&series, "cpu.throttles", "cpu1", SERIES_PER_SECOND), 0, 0,
		"a counter that went back is 0");
	put_cpus("02");
	put_throttles(2, "9\n");
	sample();
	is_int(count_points(&series, "cpu.throttles", "cpu1"), 1, "one that went offline");
	is_int(count_points(&series, "cpu.throttles", "cpu2"), 0, "one that has just come");
	put_throttles(2, "10009\n");
	sample();
	is_near(get_value(&series, "cpu.throttles", "cpu2", SERIES_PER_SECOND), 1, 1e-9,
		"and its second reading");
	is_int(count_hz("cpu0"), 0, "no frequency where nobody tells it");
	finish();
}

int main(void)
{
	test_cpufreq();
	test_cpuinfo();
	test_constant();
	test_throttles();
	return tap_done();
}
