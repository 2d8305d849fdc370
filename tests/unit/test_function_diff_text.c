#include "report/function_diff_text.h"

#include "tap.h"

static struct strbuf buffer;

static const struct function_diff_row rows[] = {
	{.name = "spin\x1b[2J",
	 .module = "app",
	 .base = 1200,
	 .head = 1800,
	 .base_samples = 900,
	 .head_samples = 1350,
	 .ratio = 1.5,
	 .lo = 1.441,
	 .hi = 1.562,
	 .p = 1e-9,
	 .q = 4e-8,
	 .visible = 0.0401,
	 .is_tested = true,
	 .is_significant = true},
	{.name = "fresh",
	 .module = "app",
	 .head = 310,
	 .head_samples = 200,
	 .ratio = (double)INFINITY,
	 .lo = 50,
	 .hi = (double)INFINITY,
	 .p = 1e-12,
	 .q = 0.013,
	 .visible = (double)NAN,
	 .is_tested = true,
	 .is_significant = true,
	 .is_new = true},
	{.name = "old",
	 .module = "libx.so",
	 .base = 99,
	 .base_samples = 80,
	 .q = 0.02,
	 .visible = (double)NAN,
	 .is_tested = true,
	 .is_significant = true,
	 .is_vanished = true},
	{.name = "[libx.so]",
	 .module = "libx.so",
	 .base = 50,
	 .base_samples = 52,
	 .q = 0.06,
	 .visible = (double)NAN,
	 .is_tested = true},
	{.name = "same",
	 .module = "app",
	 .base = 500,
	 .head = 505,
	 .ratio = 1.01,
	 .lo = 0.97,
	 .hi = 1.052,
	 .q = 0.7,
	 .visible = 0.06,
	 .is_tested = true},
	{.name = "[kernel, hidden]",
	 .module = "[kernel]",
	 .base = 40,
	 .head = 44,
	 .ratio = 1.1,
	 .lo = (double)NAN,
	 .hi = (double)NAN,
	 .q = (double)NAN,
	 .visible = (double)NAN,
	 .is_hidden = true},
	{.name = "rare", .module = "app", .base = 2, .head = 3, .ratio = 1.5, .q = (double)NAN},
};

static const struct function_diff diff = {
	.rows = (struct function_diff_row *)(uintptr_t)rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.tested_count = 5,
	.significant_count = 3,
	.merged_count = 1,
	.work = PROFILE_PER_REQUEST,
	.measure = "CPU per request",
	.is_clock = true,
	.can_test = true,
	.base_run_count = 6,
	.head_run_count = 6,
	.left_out = "",
};

static const char *format(const struct function_diff *view, uint32_t most)
{
	struct text_layout layout = {0};

	strbuf_clear(&buffer);
	function_diff_text_add(&buffer, view, most, &layout);
	return strbuf_text(&buffer);
}

static void has(const char *part)
{
	if (!ok(strstr(strbuf_text(&buffer), part) != NULL, part))
		printf("# in:\n%s", strbuf_text(&buffer));
}

static void test_rows(void)
{
	format(&diff, 20);
	has("CPU per request, by function: base, head\n");
	has("1.20 us");
	has("1.80 us");
	has("+50.0 % (+44.1 … +56.2 %)");
	has("<0.1 %");
	has("4.0 %");
	has("spin?[2J");
	has("new ");
	has("1.3 %");
	has("gone ");
	has("only in base");
	has("+1.0 % (-3.0 … +5.2 %)");
	has("+10.0 %  "); /* hidden: its change, without a test */
	has("too few samples");
	has("5 functions tested, 3 changed (q <= 5 %), 2 with fewer than 50 samples not tested.");
	has("1 module is one row, because only one side has symbols of it.");
	ok(strstr(strbuf_text(&buffer), "within-run") == NULL, "runs on both sides");
	ok(strstr(strbuf_text(&buffer), "nan") == NULL &&
		   strstr(strbuf_text(&buffer), "inf") == NULL,
	   "no number that is none");
}

static void test_cut(void)
{
	struct function_diff within = diff;

	format(&diff, 2);
	ok(strstr(strbuf_text(&buffer), "old") == NULL, "as many as asked for");
	has("; 3 more not shown.");
	within.is_within_run = true;
	within.is_total = true;
	format(&within, 2);
	has("by function with what it calls");
	has("One run each, held against its own seconds: within-run only, no verdict.");
	within.can_test = false;
	format(&within, 20);
	has("too short or without times to be held against its own seconds: no change is tested.");
	ok(strstr(strbuf_text(&buffer), "too few") == NULL, "it is not for want of samples");
}

static void is_value(enum profile_work work, bool is_clock, double value, const char *want)
{
	char text[FMT_BYTES];

	is_str(function_diff_text_format_value(text, work, is_clock, value), want, want);
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	test_rows();
	test_cut();
	is_value(PROFILE_PER_REQUEST, true, 1234567, "1.23 ms");
	is_value(PROFILE_PER_REQUEST, false, 1234567, "1,234,567");
	is_value(PROFILE_PER_SECOND, true, 123e6, "12.3 %");
	strbuf_clear(&buffer);
	function_diff_text_add_change(&buffer, 3, 0.001, 260);
	is_str(strbuf_text(&buffer), "+200.0 % (-99.9 … >+999 %)", "no digits that say nothing");
	is_value(PROFILE_SHARE, true, 0.25, "25.0 %");
	strbuf_release(&buffer);
	return tap_done();
}
