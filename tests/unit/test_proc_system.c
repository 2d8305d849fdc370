/* The machine's files: copies in tests/data/procfs/machine, and damaged ones. */
#include "procfs/proc_system.h"

#include <errno.h>
#include <stdlib.h>

#include "procfs/proc_file.h"
#include "tap.h"

static struct procfs machine;
static struct strbuf buffer;

static bool read_copy(const char *name)
{
	return ok(proc_file_read(&machine, &buffer, "/proc/%s", name) == 0, name);
}

static void test_stat(void)
{
	static const char no_cpu[] = "cpu  1 2 3 4\ncpu0 1 2\n";
	static const char no_total[] = "ctxt 5\n";
	struct proc_system_stat stat = {0};

	read_copy("stat");
	is_int(proc_system_parse_stat(strbuf_text(&buffer), buffer.length, &stat), 0, "is parsed");
	is_int(stat.cpus.count, 2, "two CPUs");
	is_int(stat.total.state_ns[CPU_USER], 52200000000, "user time of all, ticks to ns");
	if (stat.cpus.count == 2) {
		is_int(stat.cpus.items[1].cpu, 2, "the second one is cpu2: cpu1 is offline");
		is_int(stat.cpus.items[1].state_ns[CPU_IDLE], 1167260000000, "its idle time");
		is_int(stat.cpus.items[1].state_ns[CPU_STEAL], 130000000, "its steal time");
		is_int(stat.cpus.items[1].state_ns[CPU_GUEST_NICE], 20000000, "its last state");
	}
	ok(stat.switch_count == 496516 && stat.process_count == 14388, "switches and forks");
	ok(stat.running_count == 3 && stat.blocked_count == 1, "running and blocked");
	is_int(stat.boot_wall_s, 1790000000, "boot time");
	is_int(proc_system_parse_stat(no_cpu, sizeof(no_cpu) - 1, &stat), -EBADMSG,
	       "a CPU with two states");
	is_int(stat.cpus.count, 0, "nothing of it is kept");
	is_int(proc_system_parse_stat(no_total, sizeof(no_total) - 1, &stat), -EBADMSG,
	       "no CPU line");
	is_int(proc_system_parse_stat("cpu  1 2 3 4\n", 13, &stat), 0, "four states are enough");
	is_int(stat.total.state_ns[CPU_STEAL], 0, "the others are 0");
	is_str(cpu_state_name(CPU_GUEST_NICE), "guest_nice", "states have names");
	proc_system_stat_release(&stat);
}

static void test_pressure(void)
{
	static const char no_full[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n";
	static const char bad_full[] = "some total=12\nfull avg10=0.00\n";
	struct proc_pressure pressure;

	read_copy("pressure/io");
	is_int(proc_system_parse_pressure(strbuf_text(&buffer), buffer.length, &pressure), 0,
	       "is parsed");
	ok(pressure.some_ns == 5696365000 && pressure.full_ns == 5333230000, "totals in ns");
	is_int(proc_system_parse_pressure(no_full, sizeof(no_full) - 1, &pressure), 0,
	       "without a full line");
	ok(pressure.some_ns == 12000 && pressure.full_ns == 0, "full is 0");
	is_int(proc_system_parse_pressure(bad_full, sizeof(bad_full) - 1, &pressure), -EBADMSG,
	       "no total");
	is_int(proc_system_parse_pressure("some total=12x\n", 15, &pressure), -EBADMSG,
	       "a total with a tail");
	is_int(proc_system_parse_pressure("", 0, &pressure), -EBADMSG, "empty");
	is_int(proc_system_parse_pressure("full total=7\n", 13, &pressure), 0, "of interrupts");
	ok(pressure.some_ns == 0 && pressure.full_ns == 7000, "which has no some");
}

static void test_loadavg(void)
{
	struct proc_loadavg loadavg;

	read_copy("loadavg");
	is_int(proc_system_parse_loadavg(strbuf_text(&buffer), buffer.length, &loadavg), 0,
	       "is parsed");
	is_near(loadavg.average_1min, 0.17, 1e-12, "one minute");
	is_near(loadavg.average_5min, 1.08, 1e-12, "five minutes");
	is_near(loadavg.average_15min, 12.02, 1e-12, "fifteen minutes");
	ok(loadavg.running_count == 1 && loadavg.task_count == 94, "running and all");
	is_int(proc_system_parse_loadavg("0.1 0,2 0.3 1/2", 15, &loadavg), -EBADMSG, "a comma");
}

static void test_meminfo(void)
{
	struct proc_meminfo meminfo;

	read_copy("meminfo");
	is_int(proc_system_parse_meminfo(strbuf_text(&buffer), buffer.length, &meminfo), 0,
	       "is parsed");
	is_int(meminfo.total_bytes, 24684084ll * 1024, "total");
	is_int(meminfo.available_bytes, 24320016ll * 1024, "available");
	is_int(meminfo.cached_bytes, 314940ll * 1024, "cached, not SwapCached");
	is_int(meminfo.swap_free_bytes, 2097148ll * 1024, "swap");
	is_int(meminfo.dirty_bytes, 120 * 1024, "dirty");
	is_int(proc_system_parse_meminfo("MemFree: 5 kB\n", 14, &meminfo), -EBADMSG, "no MemTotal");
	is_int(proc_system_parse_meminfo("MemTotal: ? kB\n", 15, &meminfo), -EBADMSG, "no number");
}

static void test_cpu_model(void)
{
	static const char board[] =
		"processor\t: 0\nmodel name_\t: x\nBogoMIPS\t: 108.00\nModel\t\t: Board 5\n";
	static const char arm[] = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
	char model[PROC_CPU_MODEL_BYTES] = "unset";
	char text[512];

	read_copy("cpuinfo");
	is_int(proc_system_parse_cpu_model(strbuf_text(&buffer), buffer.length, model), 0,
	       "is parsed");
	is_str(model, "AMD EPYC 9R14", "x86");
	is_int(proc_system_parse_cpu_model(board, sizeof(board) - 1, model), 0, "a board's name");
	is_str(model, "Board 5", "ARM board");
	is_int(proc_system_parse_cpu_model(arm, sizeof(arm) - 1, model), 0, "numbers only");
	is_str(model, "implementer 0x41 part 0xd40", "ARM server");
	is_int(proc_system_parse_cpu_model("processor : 0\n", 14, model), -ENOENT,
	       "no name at all");
	memset(text, 'x', sizeof(text));
	memcpy(text, "model name : ", 13);
	is_int(proc_system_parse_cpu_model(text, sizeof(text), model), 0, "a very long name");
	is_int(strlen(model), PROC_CPU_MODEL_BYTES - 1, "is cut");
}

static int parse_clocks(const char *text, struct proc_cpu_clocks *clocks)
{
	return proc_system_parse_cpu_clocks(text, strlen(text), clocks);
}

static void test_cpu_clocks(void)
{
	struct proc_cpu_clocks clocks = {0};

	read_copy("cpuinfo");
	is_int(proc_system_parse_cpu_clocks(strbuf_text(&buffer), buffer.length, &clocks), 0,
	       "is parsed");
	ok(clocks.count > 0 && clocks.items[0].cpu == 0 && clocks.items[0].hz == 2596128000,
	   "its first clock");
	is_int(parse_clocks("processor\t: 3\ncpu MHz\t\t: 800.1234567\nprocessor\t: 5\n"
			    "cpu MHz\t\t: Unknown\nprocessor\t: 7\ncpu MHz\t\t: 4000.000\n",
			    &clocks),
	       0, "some CPUs");
	ok(clocks.count == 2 && clocks.items[0].cpu == 3 && clocks.items[0].hz == 800123456 &&
		   clocks.items[1].cpu == 7 && clocks.items[1].hz == 4000000000,
	   "those that tell");
	is_int(parse_clocks("processor\t: 0\nBogoMIPS\t: 108.00\n", &clocks), 0, "ARM");
	is_int(clocks.count, 0, "tells none");
	is_int(parse_clocks("processor\t: 0\ncpu MHz\t\t: 1.0\ncpu MHz\t\t: x\n", &clocks),
	       -EBADMSG, "no number");
	is_int(clocks.count, 0, "nothing of it is kept");
	is_int(parse_clocks("cpu MHz\t\t: 99999999999999999999.0\n", &clocks), -EBADMSG,
	       "too much");
	is_int(parse_clocks("processor\t: 4294967296\n", &clocks), -EBADMSG, "too many CPUs");
	vec_release(&clocks);
}

int main(void)
{
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	strbuf_init(&buffer, 1 << 20);
	if (ok(proc_file_init(&machine, root) == 0, "the root of the copies")) {
		test_stat();
		test_pressure();
		test_loadavg();
		test_meminfo();
		test_cpu_model();
		test_cpu_clocks();
	}
	strbuf_release(&buffer);
	return tap_done();
}
