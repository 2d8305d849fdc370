#include "sample_warning.h"

static void test_order(void)
{
	sample_start();
	is_int((sample_find("failures"), sample.warnings.count), 0, "nothing known: nothing said");
	sample_load(9000, 1000000)->total.counts.errors[LOAD_ERROR_CONNECT] = 1;
	sample_task("gateway", "main", 0.99, 0, "0-1");
	sample_series("cpu.busy_ratio", "host", 0.3, 1);
	sample_series("cpu.steal_ratio", "host", 0.02, 0.2);
	sample_find("steal");
	is_int(sample.warnings.count, 3, "three");
	is_str(sample.warnings.items[0].code, "single_core", "the strongest first");
	is_str(sample.warnings.items[1].code, "failures", "… then");
	is_str(sample.warnings.items[2].code, "steal", "… then");
	ok(sample_find("no_such_code") == NULL, "no such code");
}

/* Zeros everywhere: of a service that had nothing to do. */
static void test_idle(void)
{
	static const char *const names[] = {
		"process.cpu_ratio",	    "process.wait_ratio",
		"process.thread_max_ratio", "process.switches_involuntary",
		"process.faults_major",	    "process.read_bytes",
		"process.write_bytes"};
	static const char *const host[] = {"cpu.busy_ratio",	       "cpu.steal_ratio",
					   "memory.swap_in",	       "pressure.io_some_ratio",
					   "network.listen_overflows", "network.listen_drops",
					   "network.retransmits",      "network.out_segments",
					   "disk.busy_ratio",	       "cpu.throttles"};

	sample_start();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sample_series(names[i], "", 0, 0);
	for (size_t i = 0; i < sizeof(host) / sizeof(host[0]); i++)
		sample_series(host[i], "host", 0, 0);
	sample_series("listener.queue_max", ":80", 0, 0);
	sample_series("listener.backlog", ":80", 0, 0);
	sample_task("server", "server", 0, 0, "0-1");
	sample_load(0, 0);
	sample_call("futex", 0, 0);
	sample_call("clock_nanosleep", 0, 0);
	sample_call("fcntl", 0, 0);
	sample_find("failures");
	is_int(sample.warnings.count, 0, "nothing but zeros: nothing said");
	sample.machine.window_ns = 0;
	sample.side.load.duration_ns = 0;
	sample.machine.cpu_count = 0;
	sample_find("failures");
	is_int(sample.warnings.count, 0, "… also in no time, on no CPUs");
}

static void test_hostile_names(void)
{
	static const char name[] = "\x1b]0;%s%n\x07\r\n";
	bool is_clean = true;

	sample_start();
	sample_task(name, name, 0.99, 0.5, "0-1");
	sample_series("cpu.busy_ratio", "host", 0.5, 1);
	sample_series("process.cpu_ratio", "", 1, 1);
	sample_series("process.wait_ratio", "", 1, 1);
	sample_series("process.wait_ratio", name, 1, 1);
	sample_series("disk.busy_ratio", name, 1, 1);
	sample_series("disk.read_await", name, 1e9, 1);
	sample_series("cgroup.throttled_ratio", name, 1, 1);
	sample_series("cpu.throttles", name, 1, 1);
	sample_series("listener.queue_max", name, 9, 9);
	sample_series("listener.backlog", name, 1, 1);
	sample_series("network.retransmits", name, 9, 9);
	sample_series("network.out_segments", name, 9, 9);
	sample_profile(name, MODULE_UNOPTIMIZED, 1);
	sample_find("steal");
	ok(sample.warnings.count >= 7, "they all fire");
	for (uint32_t i = 0; i < sample.warnings.count; i++) {
		const char *text = sample.warnings.items[i].text;
		const char *evidence = sample.warnings.items[i].evidence;

		is_clean = is_clean && strpbrk(text, "\x1b\r\n\x07") == NULL &&
			   strpbrk(evidence, "\x1b\r\n\x07") == NULL;
	}
	ok(is_clean, "without the names' control characters");
}

int main(void)
{
	test_order();
	test_idle();
	test_hostile_names();
	return sample_done();
}
