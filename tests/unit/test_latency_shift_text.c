#include "report/latency_shift_text.h"

#include "fake_shift.h"
#include "tap.h"

static const struct latency_shift_labels labels = {"proxy", "zero-copy", 0.02};

static void format(struct strbuf *text, const struct latency_shift *shift, uint32_t columns,
		   bool has_color)
{
	struct text_layout layout = {.columns = columns, .has_color = has_color};

	strbuf_clear(text);
	latency_shift_text_format(text, shift, &labels, &layout);
}

/* The line that begins with a word; cut off at the next call. */
static const char *find_line(const struct strbuf *text, const char *word)
{
	static char line[512];
	const char *at = strbuf_text(text);

	while (at != NULL && strncmp(at, word, strlen(word)) != 0) {
		at = strchr(at, '\n');
		at = at != NULL ? at + 1 : NULL;
	}
	snprintf(line, sizeof(line), "%.*s", at != NULL ? (int)strcspn(at, "\n") : 0,
		 at != NULL ? at : "");
	return line;
}

static uint32_t find_widest(const struct strbuf *text)
{
	uint32_t widest = 0;

	for (const char *at = strbuf_text(text); *at != '\0';) {
		size_t length = strcspn(at, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)length, at);
		widest = text_width(line) > widest ? text_width(line) : widest;
		at += length + (at[length] == '\n');
	}
	return widest;
}

static bool has(const struct strbuf *text, const char *part)
{
	if (strstr(strbuf_text(text), part) != NULL)
		return true;
	printf("# no '%s' in:\n", part);
	for (const char *at = strbuf_text(text); *at != '\0';) {
		size_t length = strcspn(at, "\n");

		printf("# %.*s\n", (int)length, at);
		at += length + (at[length] == '\n');
	}
	return false;
}

static void test_rows(struct strbuf *text)
{
	struct latency_shift shift = fake_shift_make();

	format(text, &shift, 80, false);
	ok(has(text, "how far each quantile moved (paired, 6 and 6 runs)\n"), "the heading");
	ok(has(text, "p10     400 us     360 us  -10.0 %  -12.0 … -8.0 % *"),
	   "values, change, interval, and that it stands");
	ok(has(text, "p80    1.20 ms    1.23 ms   +2.5 %  +0.5 … +4.5 %  "),
	   "apart by itself, not among all");
	ok(has(text, "p70    1.00 ms    1.00 ms     same  -2.0 … +2.0 %"), "below resolution");
	ok(has(text, "p99    5.00 ms    6.00 ms  +20.0 %  –"), "no interval");
	ok(has(text, "p99.9        –          –\n"), "refused");
	ok(has(text, "p99.9 needs 10,000 answers, base had 5,000\n"), "and why");
	ok(has(text, "closed loop: a slower server is sent less\n"), "notes");
	ok(has(text, "* beyond noise: p10 to p50 -10.0 to -4.0 %, p90 +10.0 %\n"), "in a line");
	ok(find_widest(text) <= 80, "80 columns are enough");
	ok(strchr(strbuf_text(text), '\033') == NULL, "no colour where there is none");
}

/* Scale: -30 % … +30 % (what is beyond 1.5 times the farthest value is cut). */
static void test_bars(struct strbuf *text)
{
	struct latency_shift shift = fake_shift_make();
	double lo, hi;

	latency_shift_text_find_scale(&shift, 0.02, &lo, &hi);
	is_near(lo, -0.3, 1e-12, "the scale's lower end: cut");
	is_near(hi, 0.3, 1e-12, "its upper end: cut");
	format(text, &shift, 0, false);
	ok(strstr(find_line(text, "p95"), "◂") != NULL &&
		   strstr(find_line(text, "p95"), "▸") != NULL,
	   "an interval that reaches beyond it");
	ok(strstr(find_line(text, "p10"), "├●─┤") != NULL &&
		   strstr(find_line(text, "p10"), "·│·") != NULL,
	   "one left of zero, and the stripe of delta");
	ok(strstr(find_line(text, "p70"), "├●┤") != NULL, "one on zero");
	ok(strstr(find_line(text, "p99 "), "●") != NULL &&
		   strstr(find_line(text, "p99 "), "├") == NULL,
	   "a value without interval");
	ok(has(text, "-30 %") && has(text, "+30 %\n"), "the axis");
	shift.rows[9] = fake_shift_row("p95", 0.95, 2e6, 0.12, 0.06);
	latency_shift_text_find_scale(&shift, 0.3, &lo, &hi);
	is_near(lo, -0.45, 1e-12, "delta is always on it");
	is_near(hi, 0.45, 1e-12, "… and above");
	format(text, &shift, 60, false);
	ok(find_widest(text) <= 60 && strstr(strbuf_text(text), "├") == NULL,
	   "a narrow terminal: no bars");
	format(text, &shift, 80, true);
	ok(strstr(find_line(text, "p60"), "\033") == NULL &&
		   strstr(find_line(text, "p10"), "\033") != NULL,
	   "colour only where it stands");
}

static void test_summary(struct strbuf *text)
{
	struct latency_shift shift = fake_shift_make();

	strbuf_clear(text);
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		shift.rows[i].is_apart_in_band = false;
	latency_shift_text_add_summary(text, &shift);
	is_str(strbuf_text(text), "no quantile moved beyond noise (all 10 looked at together)",
	       "nothing stands");
	shift.rows[3].is_apart_in_band = shift.is_within_run = true;
	strbuf_clear(text);
	latency_shift_text_add_summary(text, &shift);
	is_str(strbuf_text(text), "beyond noise: p40 -6.0 % (within the runs)",
	       "one, within the runs");
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		shift.rows[i] = shift.rows[11];
	strbuf_clear(text);
	latency_shift_text_add_summary(text, &shift);
	is_str(strbuf_text(text), "no quantile has an interval", "nothing known");
	format(text, &shift, 80, false);
	ok(has(text, "p99.9      –          –\n"), "a table of nothing");
	shift.request = "a\033[2Jb";
	shift.left_out = "head: run 3 failed";
	format(text, &shift, 80, false);
	ok(has(text, "response times of a?[2Jb: ") && has(text, "\nleft out: head: run 3 failed\n"),
	   "names may hold anything");
}

int main(void)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	test_rows(&text);
	test_bars(&text);
	test_summary(&text);
	strbuf_release(&text);
	return tap_done();
}
