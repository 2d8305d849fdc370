/* Lines for scripts, Markdown, and the log of what was accepted. */
#include "report/track_form.h"

#include "sample_track.h"

#define contains(text, part, what) ok(strstr((text), (part)) != NULL, what)

static void test_kv(struct strbuf *out)
{
	struct track_text_options options = {0};
	struct sample_track sample;
	const char *text;

	sample_track_open(&sample, 2, 115e3, 1);
	track_form_add_kv(out, &sample.track, &options);
	text = strbuf_text(out);
	contains(text, "requests_per_sec=25000.00 (+0.0%)\n", "a metric with its change");
	contains(text, "cpu_us_per_request=115.00 (+15.0%)\n", "in the unit of its name");
	contains(text, "success_ratio=1.00000 (+0.00000)\n", "differences in their unit");
	contains(text, "run=h0000002\nbaseline=h0000001\nanswer=INVESTIGATE\n", "the last lines");
	sample_track_close(&sample);
	strbuf_clear(out);
	sample_track_open(&sample, 1, 115e3, 0);
	track_form_add_kv(out, &sample.track, &options);
	text = strbuf_text(out);
	contains(text, "cpu_us_per_request=115.00\n", "without a baseline, the value");
	ok(strstr(text, "baseline=") == NULL, "and none is named");
	contains(text, "answer=NOT_KNOWN\n", "no blank in a value");
	sample_track_close(&sample);
}

/* The names are a contract: each metric has one, no two the same, fit for a script. */
static void test_names(void)
{
	const struct metric_info *list;
	uint32_t count;

	list = metric_list(&count);
	for (uint32_t i = 0; i < count; i++) {
		const char *name = track_form_get_name(&list[i]);

		ok(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name), name);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(track_form_get_name(&list[j]), name) == 0)
				ok(false, "two metrics of one name");
	}
	is_str(track_form_get_name(metric_find("rate_rps")), "requests_per_sec", "the rate");
	is_str(track_form_get_name(metric_find("latency_p99")), "p99_ms", "a quantile");
	is_str(track_form_get_name(metric_find("rss_peak")), "rss_mb", "memory");
}

static void test_markdown(struct strbuf *out)
{
	struct track_text_options options = {0};
	struct sample_track sample;
	const char *text;

	strbuf_clear(out);
	sample_track_open(&sample, 2, 100e3, 1);
	track_form_add_markdown(out, &sample.track, &options);
	text = strbuf_text(out);
	contains(text, "### gateway: KEEP\n", "the answer is the heading");
	contains(text, "| metric | baseline | now | change | verdict |\n|---|---:|---:|---|---|\n",
		 "a table");
	contains(text, "| requests/s | 25,000 | 25,000 | +0.0 % (", "a row");
	contains(text, "accepted by ada: first \\| good\n", "texts of users are escaped");
	sample_track_close(&sample);
	strbuf_clear(out);
	sample_track_open(&sample, 1, 100e3, 0);
	track_form_add_markdown(out, &sample.track, &options);
	contains(strbuf_text(out), "| metric | now |\n|---|---:|\n",
		 "without a baseline, the values");
	sample_track_close(&sample);
}

static void test_log(struct strbuf *out)
{
	struct track_log_row rows[] = {
		{.baseline = {.plan = "gateway",
			      .experiment = "h0000003",
			      .arm = "proxy",
			      .who = "ada",
			      .note = "signs now",
			      .revision = "0123456789abcdef0123456789abcdef01234567",
			      .verdict = VERDICT_REGRESSED,
			      .is_forced = true,
			      .wall_ns = UINT64_C(1800000000000000000)},
		 .is_present = true},
		{.baseline = {.plan = "gateway",
			      .experiment = "h0000001",
			      .arm = "",
			      .who = "bob",
			      .note = "first",
			      .revision = ""},
		 .is_removed = true},
	};
	struct track_log log = {.rows = rows, .count = 2};
	struct text_layout layout = {.columns = 120};
	const char *text;

	strbuf_clear(out);
	track_form_add_log(out, &log, &layout);
	text = strbuf_text(out);
	contains(text, "h0000003/proxy  012345678  ada  REGRESSED, forced  baseline  signs now\n",
		 "who accepted what, forced, and why");
	contains(text, "removed", "what is gone is marked");
	ok(strstr(text, "plan") == NULL, "one plan needs no column");
	rows[1].baseline.plan = "other";
	strbuf_clear(out);
	track_form_add_log(out, &log, &layout);
	contains(strbuf_text(out), "plan", "several do");
}

int main(void)
{
	struct strbuf out;

	setenv("TZ", "UTC", 1);
	strbuf_init(&out, STRBUF_MAX_DEFAULT);
	test_kv(&out);
	test_names();
	test_markdown(&out);
	test_log(&out);
	strbuf_release(&out);
	return tap_done();
}
