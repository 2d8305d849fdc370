/* The monitors over a fake /proc: two samples, exact series; and what is missing is said. */
#include "monitor/monitor.h"

#include "fake_proc.h"
#include "monitor_value.h"
#include "tap.h"
#include "util/clock.h"

/* What is in them is the tests' of their monitors; here they are only whole. */
static void put_others(void)
{
	fake_write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
	fake_write("vmstat", "pswpin 0\npswpout 0\npgmajfault 5\n");
	fake_write("diskstats", "");
	fake_make_dir("proc/net");
	fake_write("net/softnet_stat", "00000001 00000000 00000000\n");
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
		"cpu  300 0 200 1600 0 0 0 0 50 0\ncpu0 300 0 200 500 0 0 0 0 50 0\n"
		"cpu1 0 0 0 500 0 0 0 0 0 0\ncpu2 0 0 0 300 0 0 0 0 0 0\n"
		"cpu3 0 0 0 300 0 0 0 0 0 0\nctxt 1000\nprocesses 50\nprocs_running 2\n"
		"procs_blocked 0\n",
		/* cpu3 goes offline, cpu7 comes, and the kernel's total goes back with them */
		"cpu  345 0 240 1479 9 0 1 20 60 0\ncpu0 340 0 230 520 9 0 1 0 60 0\n"
		"cpu1 0 0 0 499 0 0 0 0 0 0\ncpu2 0 0 10 360 0 0 0 30 0 0\n"
		"cpu7 5 0 0 0 0 0 0 0 0 0\nctxt 5000\nprocesses 53\nprocs_running 4\n"
		"procs_blocked 1\n",
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
	put_others();
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
	/* cpu0 and cpu2, each of 100 ticks: 30 stolen, 20 + 9 + 60 idle. */
	is_near(get_value(series, "cpu.steal_ratio", "host", SERIES_RATIO), 0.15, 1e-9,
		"steal of the machine");
	is_near(get_value(series, "cpu.busy_ratio", "host", SERIES_RATIO), 0.405, 1e-9,
		"what it worked");
	is_near(get_value(series, "cpu.steal_ratio", "cpu2", SERIES_RATIO), 0.3, 1e-9,
		"steal of one CPU");
	ok(series_list_find(series, "cpu.user_ratio", "cpu1") == NULL,
	   "a CPU whose time did not grow has no value");
	ok(series_list_find(series, "cpu.user_ratio", "cpu7") == NULL,
	   "nor one that has just come");
	ok(series_list_find(series, "cpu.user_ratio", "cpu3") == NULL, "nor one that has gone");
	ok(series_list_find(series, "cpu.frequency_hz", "cpu0") == NULL &&
		   series_list_find(series, "cpu.throttles", "cpu0") == NULL,
	   "this machine tells neither frequencies nor throttles");
	is_near(get_value(series, "system.switches", "host", SERIES_PER_SECOND), 2000, 1e-9,
		"switches");
	is_near(get_value(series, "system.forks", "host", SERIES_PER_SECOND), 1.5, 1e-9, "forks");
	is_near(get_value(series, "system.running", "host", SERIES_COUNT), 3, 0,
		"running, without the one that looks");
	is_near(get_value(series, "system.blocked", "host", SERIES_COUNT), 1, 0, "blocked");
	is_near(get_value(series, "pressure.cpu_some_ratio", "host", SERIES_RATIO), 0.25, 1e-9,
		"CPU pressure");
	ok(series_list_find(series, "pressure.cpu_full_ratio", "host") == NULL,
	   "which has no full");
	is_near(get_value(series, "pressure.io_full_ratio", "host", SERIES_RATIO), 0.125, 1e-9,
		"full I/O pressure");
	is_near(get_value(series, "pressure.memory_some_ratio", "host", SERIES_RATIO), 0, 0,
		"no memory pressure");
	ok(series_list_find(series, "pressure.irq_full_ratio", "host") == NULL,
	   "a kernel that keeps none of interrupts");
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
	uint64_t cost_ns;

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
	cost_ns = monitor_set_get_cost_ns(set);
	ok(cost_ns > 0, "sampling has cost CPU time");
	monitor_set_tick(set, 12ull * NS_PER_S + 1);
	ok(monitor_set_get_cost_ns(set) >= cost_ns, "ticks are added to it");
	is_int(monitor_set_get_usage(set, usage), 3, "usage: the total and two roles");
	is_int(usage[0].cpu_ns, 700000000, "usage is cumulative");
	ok(monitor_set_is_alive(set, 0), "the service is alive");
	fake_end(100);
	ok(!monitor_set_is_alive(set, 0), "the service has ended");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

/* Interrupts' pressure, whose file has no line "some"; and a damaged one. */
static void test_pressure(void)
{
	const struct monitor_config config = {.root = fake_root};
	struct series_list series = {0};
	struct monitor_set *set;

	fake_begin();
	put_machine(0);
	fake_write("pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n");
	set = monitor_set_new(&config);
	monitor_set_sample(set, 10ull * NS_PER_S, &series);
	put_machine(1);
	fake_write("pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=101000\n");
	fake_write("pressure/io", "some\n");
	monitor_set_sample(set, 12ull * NS_PER_S, &series);
	is_near(get_value(&series, "pressure.irq_full_ratio", "host", SERIES_RATIO), 0.05, 1e-9,
		"pressure of interrupts");
	ok(series_list_find(&series, "pressure.irq_some_ratio", "host") == NULL, "has no some");
	ok(series_list_find(&series, "pressure.io_some_ratio", "host") == NULL &&
		   strstr(monitor_set_get_missing(set), "/proc/pressure/io cannot be read") != NULL,
	   "a damaged file is said");
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
	is_int(lines, 11, "each file once");
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
	monitor_set_free(NULL);
}

int main(void)
{
	test_two_samples();
	test_pressure();
	test_missing();
	return tap_done();
}
