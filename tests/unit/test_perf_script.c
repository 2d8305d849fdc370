#include "export/perf_script.h"

#include "fake_samples.h"
#include "tap.h"

/* The columns are those of perf 6.1, which prints these lines for such samples. */
static void test_fields(void)
{
	struct sample_list list;
	struct strbuf text;

	fake_samples_init(&list);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	perf_script_write(&text, &list.data, NULL);
	is_str(strbuf_text(&text),
	       "app    41 [003]  1000.001000:    5000000   cpu-clock: \n"
	       "\t            1200 parse (inlined)\n"
	       "\t            1200 serve(int) (/opt/app)\n"
	       "\t            1100 main (/opt/app)\n"
	       "\n"
	       "app    41 [003]  1000.006000:    5000000   cpu-clock: \n"
	       "\t            1200 parse (inlined)\n"
	       "\t            1200 serve(int) (/opt/app)\n"
	       "\t            1100 main (/opt/app)\n"
	       "\n"
	       "io \xff    42  1000.007000:    5000000   cpu-clock: \n"
	       "\tffffffff81000010 do_fault ([kernel.kallsyms])\n"
	       "\t              88 [unknown] (/lib/libc.so.6)\n"
	       "\t            1210 serve(int) (/opt/app)\n"
	       "\t            1100 main (/opt/app)\n"
	       "\n"
	       "io \xff    42 [000]  1000.008000:          3 page-faults: \n"
	       "\tffffffff81000010 do_fault ([kernel.kallsyms])\n"
	       "\t              88 [unknown] (/lib/libc.so.6)\n"
	       "\t            1210 serve(int) (/opt/app)\n"
	       "\t            1100 main (/opt/app)\n"
	       "\n"
	       "io \xff    42 [000]  1000.009000:    5000000   cpu-clock: \n"
	       "\n",
	       "perf script's default fields");
	strbuf_release(&text);
	sample_list_release(&list);
}

static void test_names(void)
{
	struct perf_script_options options = {.has_pid = true};
	struct sample_list list;
	struct strbuf text;

	fake_samples_init(&list);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	list.data.threads.items[1].comm = fake_text(&list.data, "a\nb");
	list.data.modules.items[1] =
		(struct module){.path = fake_text(&list.data, "[anon]"), .kind = MODULE_ANON};
	perf_script_add_sample(&text, &list.data, &list.data.samples.items[2], &options);
	is_str(strbuf_text(&text),
	       "a?b    41/42     1000.007000:    5000000   cpu-clock: \n"
	       "\tffffffff81000010 do_fault ([kernel.kallsyms])\n"
	       "\t              88 [unknown] (//anon)\n"
	       "\t            1210 serve(int) (/opt/app)\n"
	       "\t            1100 main (/opt/app)\n"
	       "\n",
	       "the process, code without a file, and a name that would end the line");
	strbuf_release(&text);
	sample_list_release(&list);
}

int main(void)
{
	test_fields();
	test_names();
	return tap_done();
}
