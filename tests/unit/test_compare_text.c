/* The table of two sides, what stands above it, and the notes below it (metric_notes.h). */
#include "report/compare_text.h"

#include "report/metric_notes.h"
#include "tap.h"

enum { METRICS = 3 };

struct fixture {
	struct run_diff_metric metrics[METRICS];
	struct run_diff diff;
};

static struct run_diff_metric make_metric(const char *name, double base, double ratio,
					  enum verdict verdict)
{
	return (struct run_diff_metric){.info = metric_find(name),
					.scope = "",
					.base = base,
					.head = base * ratio,
					.n_base = 6,
					.n_head = 6,
					.has_estimate = true,
					.has_interval = true,
					.estimate = ratio,
					.lo = ratio - 0.01,
					.hi = ratio + 0.01,
					.delta = 0.02,
					.p = 0.001,
					.adjusted_p = 0.002,
					.noise = (double)NAN,
					.verdict = verdict};
}

static void make(struct fixture *fixture)
{
	*fixture = (struct fixture){
		.metrics = {make_metric("rate_rps", 1000, 1.2, VERDICT_IMPROVED),
			    make_metric("latency_p99", 2e6, 1.01, VERDICT_INCONCLUSIVE),
			    make_metric("cpu_per_request", 1e5, 0.9, VERDICT_IMPROVED)}};
	fixture->metrics[1].p = 0.3;
	fixture->metrics[1].adjusted_p = 0.3;
	fixture->metrics[1].more = 40;
	fixture->metrics[1].more_ns = 780000000000;
	fixture->metrics[2].is_primary = true;
	fixture->metrics[2].delta = 0.031;
	fixture->metrics[2].delta_from = RUN_DIFF_DELTA_FLOOR;
	fixture->metrics[2].null_count = 14;
	fixture->diff = (struct run_diff){.base_label = "proxy",
					  .level = 0.95,
					  .head_label = "zero-copy",
					  .design = "paired",
					  .pair_count = 6,
					  .primary = "cpu_per_request",
					  .metrics = fixture->metrics,
					  .metric_count = METRICS,
					  .verdict = VERDICT_IMPROVED,
					  .why_none = "",
					  .left_out = ""};
}

typedef void (*add_fn)(struct strbuf *text, const struct run_diff *diff);

static void add_head(struct strbuf *text, const struct run_diff *diff)
{
	compare_text_add_head(text, diff, &(struct text_layout){0});
}

static void add_metrics(struct strbuf *text, const struct run_diff *diff)
{
	compare_text_add_metrics(text, diff, false, &(struct text_layout){0});
}

static void add_markdown(struct strbuf *text, const struct run_diff *diff)
{
	compare_text_add_markdown(text, diff, false);
}

static void add_notes(struct strbuf *text, const struct run_diff *diff)
{
	metric_notes_add(text, diff, &(struct text_layout){0});
}

static void check(const struct run_diff *diff, add_fn add, const char *want, const char *what)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	add(&text, diff);
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

static void test_tables(void)
{
	struct fixture fixture;

	make(&fixture);
	check(&fixture.diff, add_head, "zero-copy against proxy: 6 pairs, interleaved\n",
	      "the head");
	check(&fixture.diff, add_metrics,
	      "metric               proxy  zero-copy  change (95 % interval)     verdict\n"
	      "requests/s           1,000      1,200  +20.0 % (+19.0 … +21.0 %)  IMPROVED\n"
	      "p99                2.00 ms    2.02 ms  +1.0 % (+0.0 … +2.0 %)     INCONCLUSIVE\n"
	      "CPU per request *   100 us    90.0 us  -10.0 % (-11.0 … -9.0 %)   IMPROVED\n",
	      "the table");
	check(&fixture.diff, add_markdown,
	      "| metric | proxy | zero-copy | change (95 % interval) | verdict |\n"
	      "|---|---:|---:|---|---|\n"
	      "| requests/s | 1,000 | 1,200 | +20.0 % (+19.0 … +21.0 %) | IMPROVED |\n"
	      "| p99 | 2.00 ms | 2.02 ms | +1.0 % (+0.0 … +2.0 %) | INCONCLUSIVE |\n"
	      "| CPU per request \\* | 100 us | 90.0 us | -10.0 % (-11.0 … -9.0 %) | IMPROVED |\n",
	      "as Markdown");
	fixture.diff.design = "unpaired";
	check(&fixture.diff, add_head, "zero-copy against proxy: 6 and 6 runs, not interleaved\n",
	      "the head of another design");
	fixture.metrics[0].info = metric_find("service_p99");
	fixture.metrics[0].is_primary = true;
	fixture.diff.metric_count = 1;
	check(&fixture.diff, add_metrics,
	      "metric           proxy  zero-copy  change (95 % interval)     verdict\n"
	      "service p99 *  1.00 us    1.20 us  +20.0 % (+19.0 … +21.0 %)  IMPROVED\n",
	      "the metric that decides is shown, whatever it is");
}

static void test_notes(void)
{
	struct fixture fixture;

	make(&fixture);
	check(&fixture.diff, add_notes,
	      "* decides. Changes that do not matter: below 2.0 %; of CPU per request below 3.1 %, "
	      "which "
	      "14 "
	      "A/A proofs show where nothing differs. The other verdicts hold all together "
	      "(Holm).\n"
	      "INCONCLUSIVE: p99 needs about 40 more pairs (13m00s).\n",
	      "thresholds and where they come from, Holm, what it would take");
	fixture.metrics[0].adjusted_p = 0.08;
	fixture.metrics[0].verdict = VERDICT_INCONCLUSIVE;
	fixture.metrics[0].more = 1000;
	fixture.metrics[1].delta_from = RUN_DIFF_DELTA_ASKED;
	fixture.metrics[0].delta_from = RUN_DIFF_DELTA_ASKED;
	fixture.metrics[0].delta = 0.05;
	fixture.diff.left_out = "base: run 3 failed";
	fixture.diff.design = "unpaired";
	check(&fixture.diff, add_notes,
	      "* decides. Changes that do not matter: below 5.0 % (--delta); of CPU per request "
	      "below "
	      "3.1 %, "
	      "which 14 A/A proofs show where nothing differs. The other verdicts hold all "
	      "together "
	      "(Holm). Alone, not together: requests/s better.\n"
	      "INCONCLUSIVE: requests/s needs about 1,000 or more runs a side, p99 needs about 40 "
	      "more "
	      "runs a side (13m00s).\n"
	      "left out: base: run 3 failed.\n",
	      "what was asked for, what Holm takes, many, and runs left out");
}

/* One run a side: marks instead of verdicts. */
static void test_one_each(void)
{
	struct fixture fixture;

	make(&fixture);
	for (int i = 0; i < METRICS; i++) {
		fixture.metrics[i].verdict = VERDICT_NONE;
		fixture.metrics[i].has_interval = false;
		fixture.metrics[i].adjusted_p = fixture.metrics[i].p = (double)NAN;
	}
	fixture.metrics[1].is_within_noise = true;
	check(&fixture.diff, add_metrics,
	      "metric               proxy  zero-copy  change (95 % interval)  verdict\n"
	      "requests/s           1,000      1,200  +20.0 %                 -\n"
	      "p99                2.00 ms    2.02 ms  +1.0 %                  within noise\n"
	      "CPU per request *   100 us    90.0 us  -10.0 %                 -\n",
	      "within noise");
	check(&fixture.diff, add_notes,
	      "within noise: no more than the seconds of either run differ among themselves.\n",
	      "what that is");
}

static void test_differences(void)
{
	struct comparability_difference list[] = {
		{"machine", "a", "b", COMPARABILITY_REFUSED},
		{"working tree", "changed", "changed", COMPARABILITY_FLAGGED}};
	const struct comparability compared = {list, 2, 1};
	struct fixture fixture;
	struct strbuf text;

	make(&fixture);
	strbuf_init(&text, 1 << 16);
	compare_text_add_differences(&text, &compared, &fixture.diff, &(struct text_layout){0});
	is_str(strbuf_text(&text),
	       "INCOMPARABLE  machine: a (proxy); b (zero-copy)\n"
	       "differs  working tree: changed (both)\n",
	       "what else differs");
	strbuf_release(&text);
}

int main(void)
{
	test_tables();
	test_notes();
	test_one_each();
	test_differences();
	return tap_done();
}
