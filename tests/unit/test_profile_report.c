/* The quality line, advice and tables of a profile. */
#include "report/profile_report.h"

#include "report/call_text.h"
#include "sample_profile.h"
#include "view/call_tree.h"

static struct sample_profile profile;

static void has(const struct strbuf *text, const char *part, const char *what)
{
	if (!ok(strstr(strbuf_text(text), part) != NULL, what))
		printf("# no '%s' in:\n# %s\n", part, strbuf_text(text));
}

static void has_not(const struct strbuf *text, const char *part, const char *what)
{
	if (!ok(strstr(strbuf_text(text), part) == NULL, what))
		printf("# '%s' in:\n# %s\n", part, strbuf_text(text));
}

static void test_quality(struct strbuf *text)
{
	struct profile_summary summary = {.quality = {.sample_count = 1000,
						      .complete_count = 850,
						      .joined_count = 120,
						      .truncated_count = 30,
						      .truncations = {[TRUNCATION_COPY] = 20,
								      [TRUNCATION_NO_RULE] = 8,
								      [TRUNCATION_DEPTH] = 2},
						      .audited_count = 40,
						      .lost_count = 7,
						      .throttled_count = 2,
						      .bytes_from_kernel = 4100000,
						      .stop_count = 9,
						      .stop_ns = 4000000},
					  .duration_ns = 1000000000,
					  .frames = 1000,
					  .frames_unsymbolized = 31,
					  .frequency_hz = 99,
					  .event = "cpu-clock",
					  .sampler = "ptrace",
					  .stacks_from = "dwarf"};

	profile_report_add_quality(text, &summary);
	is_str(strbuf_text(text),
	       "1,000 samples at 99 Hz (cpu-clock, ptrace, dwarf), 85.0 % complete, 12.0 % joined "
	       "(audited 40, 0 wrong), 3.0 % truncated (copy too short 2.0 %, no unwind "
	       "information 0.80 %), 7 lost, throttled 2 times; kernel visible; 3.1 % of frames "
	       "without a name; 4.10 kB a sample from the kernel; stopped threads for 0.40 % of "
	       "the "
	       "time",
	       "the whole line");
	strbuf_clear(text);
	profile_report_add_quality(text, &(struct profile_summary){.event = "", .sampler = ""});
	is_str(strbuf_text(text),
	       "0 samples, 0.0 % complete, 0.0 % truncated, 0 lost; kernel visible", "of nothing");
}

static void advises(struct strbuf *text, const struct profile_summary *summary, const char *part)
{
	strbuf_clear(text);
	profile_report_add_advice(text, summary);
	if (part[0] != '\0')
		has(text, part, part);
	else
		is_str(strbuf_text(text), "", "a good profile needs none");
}

static void test_advice(struct strbuf *text)
{
	struct hot_module modules[] = {
		{.name = "app", .flags = MODULE_SANITIZED, .self = 80, .trouble = ""},
		{.name = "libc.so.6", .trouble = "install libc6-dbg", .self = 19},
		{.name = "cold.so", .trouble = "nobody cares", .self = 0.5}};
	struct profile_summary summary = {.quality = {.sample_count = 100, .complete_count = 100},
					  .event = "cpu-clock",
					  .sampler = "perf_event",
					  .frames = 10,
					  .samples_with_hidden = 100,
					  .modules = modules};

	advises(text, &summary, "");
	summary.frames_unsymbolized = 5;
	advises(text, &summary, "50 % of frames have no name: install debug symbols");
	summary.module_count = 3;
	advises(text, &summary, "libc.so.6 (19.0 %): install libc6-dbg\n");
	has_not(text, "have no name", "the module's own advice is better");
	has_not(text, "nobody", "only of modules that matter");
	has(text, "app (80.0 %) runs under a sanitizer", "sanitizers are named");
	modules[0].flags = MODULE_UNOPTIMIZED;
	advises(text, &summary, "app (80.0 %) was built without optimisation");
	summary.quality.truncated_count = 20;
	summary.quality.truncations[TRUNCATION_FRAME_POINTERS] = 20;
	advises(text, &summary,
		"20 % of stacks are truncated: that code has no frame pointers; "
		"--stacks dwarf");
	summary.quality.truncations[TRUNCATION_NO_RULE] = 21;
	advises(text, &summary, "-fasynchronous-unwind-tables");
	summary.quality.joined_count = 50;
	summary.quality.audited_count = 20;
	summary.quality.audit_mismatch_count = 3;
	advises(text, &summary, "15 % of the joined stacks that were audited were wrong");
	summary.quality.is_kernel_hidden = true;
	advises(text, &summary, "sudo sysctl kernel.perf_event_paranoid=1");
	summary.quality.lost_count = 3;
	advises(text, &summary, "3 samples were lost");
	summary.weight_ns = 1000;
	summary.selected = 100;
	summary.quality.cpu_ns = 200000;
	advises(text, &summary, "the samples cover 50 % of the CPU time");
}

static void format(struct strbuf *text, enum hot_group group, const struct profile_filter *filter,
		   uint32_t count)
{
	struct profile_report_options options = {.group = group, .function_count = count};
	struct hot_functions hot;
	struct err err = {0};

	strbuf_clear(text);
	sample_check(hot_functions_read_by(&hot, &profile.arena, &profile.selection, 0, group,
					   filter, &err),
		     &err);
	profile_report_format(text, &hot, &options);
}

static void test_tables(struct strbuf *text)
{
	struct profile_filter filter = {.event = "cycles"};

	format(text, HOT_FUNCTIONS, NULL, 0);
	has(text, "13 samples at 1,000,000 Hz (cpu-clock, perf_event, dwarf)", "quality first");
	has(text, "; of cpu-clock, 9 shown here", "which event it is of");
	has(text, "also sampled: cycles (--event NAME)\n", "and which others there are");
	has(text, "\n*  17.4 %  56.5 %  sum               app\n", "a candidate is marked");
	has(text, "\n*  13.0 %  13.0 %  next (inlined)    app\n", "inlined functions are");
	has(text, "\n    0.0 %  56.5 %  main              app\n", "one without self time is not");
	has(text, "\n* at least 5 % of all samples in itself: worth looking into\n",
	    "once explained");
	has(text, "\n68.4 %  app      10  gateway\n", "threads");
	format(text, HOT_MODULES, NULL, 0);
	has(text, "     self   total  module\n*  47.8 %  73.9 %  app\n", "by module");
	has_not(text, "tid", "without threads");
	format(text, HOT_LINES, NULL, 2);
	has(text, "line  ", "by line");
	has_not(text, "rec.c:7", "and no more rows than asked for");
	format(text, HOT_FUNCTIONS, &filter, 0);
	has(text, "\n*  100.0 %  100.0 %  main      app\n", "another event");
	has(text, "; of cycles, 4 shown here", "… says so");
}

static void test_threads_and_lines(struct strbuf *text)
{
	struct source_range range = {.file = "sum.c", .first = 12, .last = 15};
	struct profile_report_options options = {0};
	struct source_lines lines;
	struct hot_functions hot;
	struct err err = {0};

	sample_check(hot_functions_read(&hot, &profile.arena, &profile.selection, 0, NULL, &err),
		     &err);
	strbuf_clear(text);
	profile_report_format_threads(text, &hot, &options);
	has(text, "\n31.6 %  help     11  workers\n", "by thread");
	sample_check(source_lines_read(&lines, &profile.arena, &profile.selection, 0, &range, NULL,
				       &err),
		     &err);
	strbuf_clear(text);
	profile_report_format_lines(text, &lines, &hot.summary, &options);
	has(text, "\n/src/sum.c:12-15: self 17.4 %, total 56.5 %\n", "a stretch of source");
	has(text, "                12  loop\n17.4 %  30.4 %    13      add\n", "its lines");
}

static void test_tree(struct strbuf *text)
{
	struct call_tree tree;
	struct err err = {0};

	sample_check(call_tree_read(&tree, &profile.arena, &profile.selection, 0, NULL, &err),
		     &err);
	strbuf_clear(text);
	call_text_format(text, &tree, &(struct call_text_options){0});
	has(text, "\n 56.5 %            main\n 56.5 %  17.4 %      sum\n", "a call tree");
	has(text, "\n 13.0 %  13.0 %        next (inlined)\n", "inlined functions are marked");
}

int main(void)
{
	struct strbuf text;

	sample_profile_open(&profile);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	test_quality(&text);
	test_advice(&text);
	test_tables(&text);
	test_threads_and_lines(&text);
	test_tree(&text);
	strbuf_release(&text);
	sample_profile_close(&profile);
	return tap_done();
}
