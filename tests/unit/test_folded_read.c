#include "import/folded_read.h"

#include <errno.h>

#include "import_text.h"
#include "tap.h"

static void is_profile(const char *folded, const char *want, const char *what)
{
	struct import import;
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	is_int(import_text_read(&import, folded_read, folded, NULL), 0, what);
	import_text_format(&text, &import.data);
	is_str(strbuf_text(&text), want, what);
	is_int(import.warnings.count, 0, "nothing to warn of");
	strbuf_release(&text);
	import_release(&import);
}

static void test_stacks(void)
{
	is_profile("java;_start;main;f 12\njava 3\nV8_Worker;f 1\n",
		   "samples java[0] 12: f@[unknown] < main@[unknown] < _start@[unknown]\n"
		   "samples java[0] 3: …\n"
		   "samples V8_Worker[0] 1: f@[unknown] …\n",
		   "stacks");
	is_profile("x;std::f(int, char const*);g h 7  \n",
		   "samples x[0] 7: g h@[unknown] < std::f(int, char const*)@[unknown] …\n",
		   "blanks in names, and behind the count");
	is_profile(
		"x;[libc.so.6];[unknown];[[kernel.kallsyms]];[[vdso]];do_x_[k];jit_[j] 1\n",
		"samples x[0] 1: jit@[anon] < do_x@[kernel] < @[vdso] < @[kernel] < @[unknown] < "
		"@libc.so.6 …\n",
		"what scripts write besides names");
	is_profile("x;f;g_[i];h_[i] 1\n",
		   "samples x[0] 1: h@[unknown]^2 < g@[unknown]^1 < f@[unknown] …\n", "inlined");
	is_profile("x;f 2.6\nx;g 0.2\nx;f 123456789012\n",
		   "samples x[0] 3: f@[unknown] …\nsamples x[0] 123456789012: f@[unknown] …\n",
		   "counts");
}

static void test_strange(void)
{
	struct import import;
	struct err err = {0};

	is_int(import_text_read(&import, folded_read,
				"# c\n\na;b\na;b 12\nx 99999999999999999999\n", NULL),
	       0, "with nonsense");
	is_int(import.data.samples.count, 1, "what can be read");
	ok(import.warnings.count == 1 && strstr(import.warnings.items[0], "line 3") != NULL,
	   "which line");
	is_int(import.data.events.items[0].period, 1, "a count is a period");
	import_release(&import);
	is_int(import_text_read(&import, folded_read, "a;b\n", &err), -ENODATA, "no counts");
	import_release(&import);
}

static void test_recognize(void)
{
	const char *text = "# comment\n\nmain;f 12\n";

	ok(folded_read_recognizes(text, strlen(text)), "folded stacks");
	ok(!folded_read_recognizes("hello world\n", 12), "something else");
	ok(!folded_read_is_line(" a 1", 4) && !folded_read_is_line("a .", 3) &&
		   !folded_read_is_line("12", 2) && folded_read_is_line("a 1", 3),
	   "lines");
}

int main(void)
{
	test_stacks();
	test_strange();
	test_recognize();
	return tap_done();
}
