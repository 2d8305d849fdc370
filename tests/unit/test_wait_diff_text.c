#include "report/wait_diff_text.h"

#include "tap.h"

static struct wait_diff_row rows[] = {
	{WAIT_DIFF_TIME, "on CPU", {1e5, 1.2e5, 6, 6, true, true, 2e4, 1e4, 3e4, 0.97, true}},
	{WAIT_DIFF_SYSCALL, "futex", {0.05, 0, 6, 6, true, true, -0.05, -0.06, -0.04, 0.97, true}},
	{WAIT_DIFF_TIME, "run queue", {900, 950, 6, 6, true, true, 50, -60, 160, 0.97, false}},
	{WAIT_DIFF_EVENT,
	 "minor faults",
	 {1.5, (double)NAN, 6, 0, false, false, 0, 0, 0, 0, false}},
};

static bool has(const struct strbuf *text, const char *part)
{
	bool is_there = strstr(strbuf_text(text), part) != NULL;

	if (!is_there)
		printf("# no '%s'\n", part);
	return is_there;
}

static void format(struct strbuf *text, const struct wait_diff *diff, bool is_all, bool has_color)
{
	struct text_layout layout = {.columns = 80, .has_color = has_color};

	strbuf_clear(text);
	wait_diff_text_format(text, diff, "proxy", "zero-copy", is_all, &layout);
}

int main(void)
{
	struct wait_diff diff = {.rows = rows, .row_count = 4, .apart_count = 2, .lacking = ""};
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	format(&text, &diff, false, false);
	ok(has(&text, "time per request\n  on CPU") &&
		   has(&text, "100 us     120 us  +20.0 us (+10.0 us … +30.0 us)\n"),
	   "times with their interval");
	ok(has(&text, "system calls per request\n  futex") &&
		   has(&text, "0.05          0  -0.05 (-0.06 … -0.04)\n"),
	   "calls");
	ok(!strstr(strbuf_text(&text), "run queue") && has(&text, "2 more do not differ: --all\n"),
	   "what is not apart is counted");
	ok(strchr(strbuf_text(&text), '\033') == NULL, "no colour where there is none");
	format(&text, &diff, true, false);
	ok(has(&text, "events per request\n  minor faults") && has(&text, "1.50          –\n") &&
		   !strstr(strbuf_text(&text), "--all"),
	   "all of it");
	format(&text, &diff, false, true);
	ok(has(&text, "\033[31m+20.0 us") && has(&text, "\033[32m-0.05"), "more is worse");
	for (int i = 0; i < 4; i++)
		rows[i].change.has_interval = rows[i].change.is_apart = false;
	diff.lacking = "system calls: base was run without --syscalls";
	format(&text, &diff, false, false);
	ok(has(&text, "run queue") && has(&text, "+20.0 us\n"), "no intervals: all rows");
	ok(has(&text, "system calls: base was run without --syscalls\n"), "what is lacking");
	diff.row_count = 0;
	format(&text, &diff, false, false);
	ok(has(&text, "nothing is known of waiting on either side\n"), "nothing");
	strbuf_release(&text);
	return tap_done();
}
