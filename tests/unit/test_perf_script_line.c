#include "import/perf_script_line.h"

#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

static void test_samples(void)
{
	static const struct {
		const char *line, *comm;
		uint32_t pid, tid, cpu;
		uint64_t time_ns, period;
		const char *event, *rest;
	} cases[] = {
		{"java 25607 4794564.109216: 1 cycles:", "java", 25607, 25607, PERF_SCRIPT_CPU_NONE,
		 4794564109216000, 1, "cycles", ""},
		{"java 12688 [002] 6544038.708352: 235 cpu-clock: ", "java", 12688, 12688, 2,
		 6544038708352000, 235, "cpu-clock", ""},
		{"V8 WorkerThread 24636/25607 [000] 94564.109216: 100 cycles:", "V8 WorkerThread",
		 24636, 25607, 0, 94564109216000, 100, "cycles", ""},
		{"java 19983 cycles:", "java", 19983, 19983, PERF_SCRIPT_CPU_NONE, 0, 0, "cycles",
		 ""},
		{"a 7 1.5: cycles:u: ", "a", 7, 7, PERF_SCRIPT_CPU_NONE, 1500000000, 0, "cycles:u",
		 ""},
		{"Thread 12 345 [000] 2.000000001: 8 x:", "Thread 12", 345, 345, 0, 2000000001, 8,
		 "x", ""},
		{"comm 123 456 cycles:", "comm", 123, 123, PERF_SCRIPT_CPU_NONE, 0, 456, "cycles",
		 ""},
		{"   dd   29 [001] 1.0: 5 cycles:  4140 fsnotify+0x2 ([kernel.kallsyms])", "dd", 29,
		 29, 1, 1000000000, 5, "cycles", "4140 fsnotify+0x2 ([kernel.kallsyms])"},
		{"swapper     0 [000] 1.0: sched:sched_switch: prev_comm=swapper/0 prev_pid=0 ==> "
		 "x",
		 "swapper", 0, 0, 0, 1000000000, 0, "sched:sched_switch",
		 "prev_comm=swapper/0 prev_pid=0 ==> x"},
		{"perf 47118 [011] d..1. 51499.088689:          1 page-faults: ", "perf", 47118,
		 47118, 11, 51499088689000, 1, "page-faults", ""},
		{"prog 99", "prog", 99, 99, PERF_SCRIPT_CPU_NONE, 0, 0, "", ""},
		{"prog 99 1.5: ", "prog", 99, 99, PERF_SCRIPT_CPU_NONE, 1500000000, 0, "", ""},
		{":1234  1234 1.5: 1 cycles: ", ":1234", 1234, 1234, PERF_SCRIPT_CPU_NONE,
		 1500000000, 1, "cycles", ""},
	};
	static const char *const others[] = {
		"",
		"# cmdline : perf record 12 x:",
		"\t414b3b fsnotify (/vmlinux)",
		"java",
		"a;b;c 12 x",
		"12",
		"java 99999999999 1.0: cycles:",
		"file.c:12",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scoped_free char *line = alloc_strdup(cases[i].line);
		struct perf_script_sample sample;

		if (!ok(perf_script_line_parse_sample(line, &sample), cases[i].line))
			continue;
		is_str(sample.comm, cases[i].comm, "comm");
		is_str(sample.event, cases[i].event, "event");
		is_str(sample.rest, cases[i].rest, "rest");
		ok(sample.pid == cases[i].pid && sample.tid == cases[i].tid, "pid and tid");
		ok(sample.cpu == cases[i].cpu, "cpu");
		is_int(sample.time_ns, cases[i].time_ns, "time");
		is_int(sample.period, cases[i].period, "period");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		scoped_free char *line = alloc_strdup(others[i]);
		struct perf_script_sample sample;

		ok(!perf_script_line_parse_sample(line, &sample), "no sample");
		is_str(line, others[i], "and unchanged");
	}
}

static void test_frames(void)
{
	static const struct {
		const char *line;
		uint64_t ip;
		const char *symbol, *module;
		bool is_inlined;
	} cases[] = {
		{"\t          414b3b fsnotify (/lib/modules/4.1.0/build/vmlinux)", 0x414b3b,
		 "fsnotify", "/lib/modules/4.1.0/build/vmlinux", false},
		{"ffffffff8103d0ca native_write_msr_safe+0xa ([kernel.kallsyms])",
		 0xffffffff8103d0ca, "native_write_msr_safe", "[kernel.kallsyms]", false},
		{"    0 [unknown] ([unknown])", 0, "[unknown]", "[unknown]", false},
		{"    7f12 std::f(int, bool (*)(int)) const+0x1f (/usr/lib/x.so)", 0x7f12,
		 "std::f(int, bool (*)(int)) const", "/usr/lib/x.so", false},
		{"    13a80b608e0a RegExp:[&<>\\\"\\'] (/tmp/perf-7539.map)", 0x13a80b608e0a,
		 "RegExp:[&<>\\\"\\']", "/tmp/perf-7539.map", false},
		{"    7f12 gone (/tmp/x.so (deleted))", 0x7f12, "gone", "/tmp/x.so (deleted)",
		 false},
		{"    55d0 tiny (inlined)", 0x55d0, "tiny", "inlined", true},
		{"    55d0 main", 0x55d0, "main", "", false},
		{"    55d0 main+0x12", 0x55d0, "main", "", false},
		{"    55d0 (/usr/bin/x)", 0x55d0, "", "/usr/bin/x", false},
		{"    55d0", 0x55d0, "", "", false},
	};
	static const char *const others[] = {"", "    xyz main (/x)", "   file.c:12",
					     "    12345678901234567 main (/x)", "# x"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scoped_free char *line = alloc_strdup(cases[i].line);
		struct perf_script_frame frame;

		if (!ok(perf_script_line_parse_frame(line, &frame), cases[i].line))
			continue;
		ok(frame.ip == cases[i].ip, "address");
		is_str(frame.symbol, cases[i].symbol, "symbol");
		is_str(frame.module, cases[i].module, "module");
		ok(frame.is_inlined == cases[i].is_inlined, "inlined or not");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		scoped_free char *line = alloc_strdup(others[i]);
		struct perf_script_frame frame;

		ok(!perf_script_line_parse_frame(line, &frame), "no frame");
	}
}

static void test_sources(void)
{
	char good[] = "  src/file.c:12", inlined[] = "  start.c:360 (inlined)";
	char address[] = "  libc.so.6[27b25]", start[] = "file.c:12";
	struct perf_script_source source;

	ok(perf_script_line_parse_source(good, &source), "a source line");
	is_str(source.file, "src/file.c", "file");
	ok(source.line == 12 && !source.is_inlined, "line");
	ok(perf_script_line_parse_source(inlined, &source), "of an inlined function");
	is_str(source.file, "start.c", "file");
	ok(source.line == 360 && source.is_inlined, "line");
	ok(!perf_script_line_parse_source(address, &source), "an address is none");
	ok(!perf_script_line_parse_source(start, &source), "it is indented");
}

int main(void)
{
	test_samples();
	test_frames();
	test_sources();
	return tap_done();
}
