/*
 * That the folded export of a script is stackcollapse-perf.pl's is held in tests/cli/import_script.
 */
#include "import/perf_script_read.h"

#include <errno.h>

#include "import_text.h"
#include "tap.h"

static void is_profile(const char *script, const char *want, const char *what)
{
	struct import import;
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	is_int(import_text_read(&import, perf_script_read, script, NULL), 0, what);
	import_text_format(&text, &import.data);
	is_str(strbuf_text(&text), want, what);
	is_int(import.warnings.count, 0, "nothing to warn of");
	strbuf_release(&text);
	import_release(&import);
}

static void test_stacks(void)
{
	is_profile("perf 12 [000] 1.000001: 5 cycles: \n"
		   "\t  10 leaf+0x1 (/bin/x)\n"
		   "\t  20 main+0x2 (/bin/x)\n"
		   "\t  30 _start+0x2 (/bin/x)\n"
		   "\n"
		   "V8 Worker 12/13 [001] 2.5: 7 cycles: \n"
		   "\t  ffffffff81 sys_read ([kernel.kallsyms])\n"
		   "\t  20 [unknown] (/bin/x)\n"
		   "\t  0 [unknown] ([unknown])\n",
		   "cycles perf[12] 5: leaf@x < main@x < _start@x\n"
		   "cycles V8 Worker[13] 7: sys_read@[kernel] < @x < @[unknown] …\n",
		   "samples with stacks");
	is_profile("java 7 cycles:\n"
		   "ffffffff81 a ([kernel.kallsyms])\n"
		   "10 b (/bin/x)\n\n\n"
		   "java 7 faults:\n\n",
		   "cycles java[7] 1: a@[kernel] < b@x …\n"
		   "faults java[7] 1: …\n",
		   "frames that are not indented, an empty stack, two events");
	is_profile("a 7 1.0: 1 cycles:\n"
		   "\t10 in2 (inlined)\n"
		   "\t10 in1 (inlined)\n"
		   "\t10 out (/bin/x)\n"
		   "\t20 in3 (inlined)\n"
		   "\t20 _start (/bin/x)\n",
		   "cycles a[7] 1: in2@x^2 < in1@x^1 < out@x < in3@x^1 < _start@x\n",
		   "inlined functions belong to the frame behind them");
	is_profile("a 7 1.0: 1 cycles:\n"
		   "\t10 f (/bin/x)\n"
		   "  src/f.c:12\n"
		   "\t20 g (/bin/x)\n"
		   "  x[20]\n",
		   "cycles a[7] 1: f@x(src/f.c:12) < g@x …\n", "source lines");
	is_profile("     dd    7 1.0:  1 cycles:  10 f+0x1 (/bin/x)\n"
		   "     dd    7 1.1:  2 cycles:  20 g+0x1 (/bin/x)\n",
		   "cycles dd[7] 1: f@x …\ncycles dd[7] 2: g@x …\n",
		   "no call chains: one line each");
	is_profile("a 7 2.0: 1 x:\n\t10 f (/bin/x)\n\na 7 1.0: 1 x:\n\t10 g (/bin/x)\n",
		   "x a[7] 1: g@x …\nx a[7] 1: f@x …\n",
		   "two scripts one behind the other: by time");
	is_profile("a 7 1.0: sched:sched_switch: prev=x ==> y\n\t10 f (/bin/x)\n\n",
		   "sched:sched_switch a[7] 1: f@x …\n", "a tracepoint's fields");
}

static void test_names(void)
{
	struct import import;

	is_int(import_text_read(&import, perf_script_read,
				"# ========\n# captured on: Thu Aug 17 14:14:43 2017\n"
				"# hostname : box\n# os release : 4.13.0\n# nrcpus online : 8\n"
				"# arch : x86_64\n# cmdline : /usr/bin/perf record -g -- ./x \n#\n"
				"x 7 [003] 10.0: 1000 cpu-clock:u: \n\t10 f (/x)\n\n"
				"y 7 [003] 11.5: 1000 cpu-clock:u: \n\t10 f (/x)\n\n",
				NULL),
	       0, "with a header");
	is_str(import.host, "box", "host");
	is_str(import.kernel, "4.13.0", "kernel");
	is_str(import.command_line, "/usr/bin/perf record -g -- ./x ", "command");
	is_int(import.cpu_count, 8, "CPUs");
	is_int(import.data.threads.count, 2, "a thread that changed its name is two");
	ok(import.begin_ns == 10000000000 && import.end_ns == 11500000000, "begin and end");
	ok(import.begin_wall_ns % 1000000000 == 500000000, "it ended when its file was written");
	is_int(import.data.samples.items[0].cpu, 3, "CPU");
	ok(import.data.events.items[0].is_clock && import.data.events.items[0].period == 1,
	   "periods of a clock are ns");
	is_int(profile_data_get_weight_ns(&import.data), 1, "and so are the sums");
	ok(import.data.quality.truncations[TRUNCATION_UNKNOWN] == 2 &&
		   import.data.quality.truncated_count == 2,
	   "the text does not say why a stack ends");
	import_release(&import);
}

static void test_strange(void)
{
	struct import import;
	struct err err = {0};

	is_int(import_text_read(
		       &import, perf_script_read,
		       "\t10 f (/x)\n\nx 7 1.0: 1 c:\n\t10 f (/x)\nnonsense\n\t20 g (/x)\n", NULL),
	       0, "with nonsense");
	is_int(import.data.samples.count, 1, "what can be read");
	is_int(import.warnings.count, 2, "two warnings");
	ok(import.warnings.count == 2 && strstr(import.warnings.items[0], "line 5") != NULL,
	   "which line");
	import_release(&import);
	is_int(import_text_read(&import, perf_script_read, "\t10 f (/x)\n\n\t10 f (/x)\n", &err),
	       -ENODATA, "perf script -F ip,sym");
	ok(strstr(err.text, "-F comm") != NULL, "what to print instead");
	import_release(&import);
}

static void test_deep(void)
{
	struct import import;
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	strbuf_add_text(&text, "x 7 1.0: 1 c:\n");
	for (int i = 0; i < 3000; i++)
		strbuf_addf(&text, "\t%x f%d (/x)\n", i, i);
	strbuf_add_text(&text, "\t1 _start (/x)\n\n");
	is_int(import_text_read(&import, perf_script_read, strbuf_text(&text), NULL), 0, "deep");
	is_int(import.data.frames.count, STACK_DEPTH_MAX, "cut at its root side");
	is_int(import.data.quality.complete_count, 0, "and not whole");
	import_release(&import);
	strbuf_release(&text);
}

static bool recognizes(const char *text)
{
	return perf_script_read_recognizes(text, strlen(text));
}

static void test_recognize(void)
{
	ok(recognizes("# x\n\njava 7 [000] 1.0: 1 cycles:\n"), "a sample's line");
	ok(recognizes("java 19983 cycles:\n"), "without a time");
	ok(recognizes("java 19983\n\t10 f (/x)\n"), "without an event, but with a frame");
	ok(!recognizes("main;f;g 12\nmain;f 3\n"), "folded stacks");
	ok(!recognizes("node;LazyCompile:a b.js 39 bar: 7\n"), "folded stacks with strange names");
	ok(!recognizes("main 12\nmain 3\n"), "folded stacks without callers");
	ok(!recognizes("{\"a\": 1}\n"), "something else");
	ok(!recognizes(""), "nothing");
}

int main(void)
{
	test_stacks();
	test_names();
	test_strange();
	test_deep();
	test_recognize();
	return tap_done();
}
