/* The monitors over a fake /proc: two samples, exact series; and what is missing is said. */
#include "monitor/monitor.h"

#include "fake_proc.h"
#include "tap.h"
#include "util/clock.h"

/* What is in it is test_network_monitor's; here it is only whole. */
static void put_network(void)
{
	fake_make_dir("proc/net");
	fake_write("net/snmp", "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets InSegs "
			       "OutSegs RetransSegs InErrs OutRsts\nTcp: 1 2 3 4 5 6 7 8 9\n");
	fake_write("net/netstat", "TcpExt: ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans "
				  "TCPLossProbes TCPBacklogDrop DelayedACKs\n"
				  "TcpExt: 1 2 3 4 5 6 7\n");
	fake_write("net/sockstat", "TCP: inuse 3 orphan 0 tw 0 alloc 5 mem 2\n");
	fake_write("net/dev", "Inter-|\n face |\n");
}

static void put_machine(int sample)
{
	static const char *const stats[] = {
		"cpu  300 0 200 1000 0 0 0 0 50 0\ncpu0 300 0 200 500 0 0 0 0 50 0\ncpu1 0 0 0 500 "
		"0 0 0 0 0 0\n",
		"cpu  340 0 230 1100 9 0 1 20 60 0\ncpu0 340 0 230 520 9 0 1 0 60 0\n"
		"cpu1 0 0 0 499 0 0 0 0 0 0\ncpu7 5 0 0 0 0 0 0 0 0 0\n",
	};
	static const char *const pressures[] = {
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull avg10=0.00 avg60=0.00 "
		"avg300=0.00 total=0\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=501000\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=250000\n",
	};

	fake_write("stat", stats[sample]);
	fake_write("pressure/cpu", pressures[sample]);
	fake_write("pressure/io", pressures[sample]);
	fake_write("pressure/memory", pressures[0]);
	put_network();
}

static double get_value(const struct series_list *series, const char *name, const char *scope,
			enum series_unit unit)
{
	const struct series *found = series_list_find(series, name, scope);

	if (found == NULL || found->points.count != 1 || found->unit != unit)
		return -1;
	return found->points.items[0].value;
}

static void check_processes(const struct series_list *series)
{
	is_near(get_value(series, "process.cpu_ratio", "", SERIES_RATIO), 0.2, 1e-9,
		"CPU of all services");
	is_near(get_value(series, "process.cpu_ratio", "gateway", SERIES_RATIO), 0.15, 1e-9,
		"of the service");
	is_near(get_value(series, "process.cpu_user_ratio", "gateway", SERIES_RATIO), 0.1, 1e-9,
		"user");
	is_near(get_value(series, "process.cpu_system_ratio", "gateway", SERIES_RATIO), 0.05, 1e-9,
		"system");
	is_near(get_value(series, "process.cpu_ratio", "workers", SERIES_RATIO), 0.05, 1e-9,
		"of a child that is new in the interval");
	is_near(get_value(series, "process.wait_ratio", "gateway", SERIES_RATIO), 0.25, 1e-9,
		"run-queue wait");
	is_near(get_value(series, "process.switches_voluntary", "gateway", SERIES_PER_SECOND), 20,
		1e-9, "switches");
	is_near(get_value(series, "process.switches_involuntary", "", SERIES_PER_SECOND), 5, 1e-9,
		"of both kinds");
	is_near(get_value(series, "process.faults_minor", "", SERIES_PER_SECOND), 50, 1e-9,
		"minor faults");
	is_near(get_value(series, "process.faults_major", "", SERIES_PER_SECOND), 1, 1e-9,
		"major faults");
	is_near(get_value(series, "process.rss", "gateway", SERIES_BYTES),
		30.0 * (double)sysconf(_SC_PAGESIZE), 0, "memory");
	is_near(get_value(series, "process.processes", "", SERIES_COUNT), 2, 0, "processes");
	is_near(get_value(series, "process.threads", "", SERIES_COUNT), 2, 0, "threads");
	is_near(get_value(series, "process.cpu_ratio", "sonde", SERIES_RATIO), 0.3, 1e-9,
		"the generator's CPU");
	is_near(get_value(series, "process.wait_ratio", "sonde", SERIES_RATIO), 0.001, 1e-9,
		"and its wait");
}

static void check_machine(const struct series_list *series)
{
	/*
	 * cpu0: 40 of user, 10 of them guest, 30 system, 20 idle, 9 iowait, 1 softirq: 100 ticks.
	 */
	is_near(get_value(series, "cpu.user_ratio", "cpu0", SERIES_RATIO), 0.3, 1e-9,
		"user without guest");
	is_near(get_value(series, "cpu.guest_ratio", "cpu0", SERIES_RATIO), 0.1, 1e-9, "guest");
	is_near(get_value(series, "cpu.system_ratio", "cpu0", SERIES_RATIO), 0.3, 1e-9, "system");
	is_near(get_value(series, "cpu.idle_ratio", "cpu0", SERIES_RATIO), 0.2, 1e-9, "idle");
	is_near(get_value(series, "cpu.iowait_ratio", "cpu0", SERIES_RATIO), 0.09, 1e-9, "iowait");
	is_near(get_value(series, "cpu.softirq_ratio", "cpu0", SERIES_RATIO), 0.01, 1e-9,
		"softirq");
	is_near(get_value(series, "cpu.nice_ratio", "cpu0", SERIES_RATIO), 0, 1e-9,
		"nice, which is 0");
	/* The machine: 40 + 30 + 100 + 9 + 1 + 20 ticks. */
	is_near(get_value(series, "cpu.steal_ratio", "host", SERIES_RATIO), 0.1, 1e-9,
		"steal of the machine");
	ok(series_list_find(series, "cpu.user_ratio", "cpu1") == NULL,
	   "a CPU whose time did not grow has no value");
	ok(series_list_find(series, "cpu.user_ratio", "cpu7") == NULL,
	   "nor one that has just come");
	is_near(get_value(series, "pressure.cpu_some_ratio", "host", SERIES_RATIO), 0.25, 1e-9,
		"CPU pressure");
	ok(series_list_find(series, "pressure.cpu_full_ratio", "host") == NULL,
	   "which has no full");
	is_near(get_value(series, "pressure.io_full_ratio", "host", SERIES_RATIO), 0.125, 1e-9,
		"full I/O pressure");
	is_near(get_value(series, "pressure.memory_some_ratio", "host", SERIES_RATIO), 0, 0,
		"no memory pressure");
}

static void test_two_samples(void)
{
	const struct monitor_target target = {
		.pid = 100, .role = "gateway", .child_role = "workers"};
	const struct monitor_config config = {
		.targets = &target, .target_count = 1, .self = 70, .root = fake_root};
	struct monitor_usage usage[MONITOR_USAGE_MAX];
	struct series_list series = {0};
	struct monitor_set *set;

	fake_begin();
	put_machine(0);
	fake_put((struct fake_process){
		.pid = 70, .parent = 1, .start = 5, .user = 100, .wait = 1000000});
	fake_put((struct fake_process){
		.pid = 100, .parent = 1, .start = 20, .user = 20, .system = 10, .minflt = 100});
	set = monitor_set_new(&config);
	monitor_set_sample(set, 10ull * NS_PER_S, &series);
	is_int(series.count, 0, "the first sample is the base");
	put_machine(1);
	fake_put((struct fake_process){
		.pid = 70, .parent = 1, .start = 5, .user = 160, .wait = 3000000});
	fake_put((struct fake_process){.pid = 100,
				       .parent = 1,
				       .start = 20,
				       .user = 40,
				       .system = 20,
				       .minflt = 200,
				       .majflt = 2,
				       .rss_pages = 30,
				       .wait = 500000000,
				       .voluntary = 40,
				       .involuntary = 10});
	fake_put((struct fake_process){.pid = 110, .parent = 100, .start = 30, .user = 10});
	monitor_set_sample(set, 12ull * NS_PER_S, &series);
	check_processes(&series);
	check_machine(&series);
	is_str(monitor_set_get_missing(set), "", "nothing is missing");
	is_int(monitor_set_get_usage(set, usage), 3, "usage: the total and two roles");
	is_int(usage[0].cpu_ns, 700000000, "usage is cumulative");
	ok(monitor_set_is_alive(set, 0), "the service is alive");
	fake_end(100);
	ok(!monitor_set_is_alive(set, 0), "the service has ended");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

static void test_missing(void)
{
	const struct monitor_config config = {.self = 70, .root = fake_root};
	struct series_list series = {0};
	struct monitor_set *set;
	const char *missing;
	int lines = 1;

	fake_begin();
	set = monitor_set_new(&config);
	for (uint64_t i = 1; i <= 3; i++)
		monitor_set_sample(set, i * NS_PER_S, &series);
	missing = monitor_set_get_missing(set);
	ok(strstr(missing, "/proc/stat cannot be read") != NULL, "no /proc/stat is said");
	ok(strstr(missing, "psi=1") != NULL, "no pressure is said, with the remedy");
	ok(strstr(missing, "sonde itself") != NULL, "no process of our own is said");
	for (const char *at = missing; *at != '\0'; at++)
		lines += *at == '\n';
	ok(strstr(missing, "/proc/net/snmp cannot be read") != NULL, "no network is said");
	is_int(lines, 7, "each file once");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
	monitor_set_free(NULL);
}

int main(void)
{
	test_two_samples();
	test_missing();
	return tap_done();
}
