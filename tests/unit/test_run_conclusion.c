#include "report/run_conclusion.h"

#include "tap.h"

static struct strbuf buffer;

static struct run_diff_metric make(const char *name, const char *scope, double estimate, double lo,
				   double hi, enum verdict verdict)
{
	return (struct run_diff_metric){.info = metric_find(name),
					.scope = scope,
					.n_base = 6,
					.n_head = 6,
					.has_estimate = true,
					.has_interval = true,
					.estimate = estimate,
					.lo = lo,
					.hi = hi,
					.verdict = verdict};
}

static const char *conclude(struct run_diff_metric *metrics, uint32_t count, const char *why_none)
{
	struct run_summary_side sides[2] = {{.label = "proxy"}, {.label = "zero-copy"}};
	struct run_diff diff = {.level = 0.95,
				.base_label = "proxy",
				.head_label = "zero-copy",
				.design = "paired",
				.pair_count = 6,
				.primary = "cpu_per_request",
				.metrics = metrics,
				.metric_count = count,
				.why_none = why_none};
	struct run_summary summary = {.sides = sides, .side_count = 2, .diffs = &diff};
	struct text_layout layout = {0};

	strbuf_clear(&buffer);
	run_conclusion_format(&buffer, &summary, &layout);
	return strbuf_text(&buffer);
}

static void test_total_and_roles(void)
{
	struct run_diff_metric metrics[] = {
		make("rate_rps", "", 1.12, 1.1, 1.14, VERDICT_IMPROVED),
		make("latency_p99", "", 1.3, 1.2, 1.4, VERDICT_REGRESSED),
		make("cpu_per_request", "", 0.694, 0.659, 0.721, VERDICT_IMPROVED),
		make("cpu_per_request", "gateway", 0.001, 0.0009, 0.0011, VERDICT_IMPROVED),
		make("cpu_per_request", "workers", 1.409, 1.38, 1.44, VERDICT_REGRESSED),
	};

	is_str(conclude(metrics, 5, ""),
	       "zero-copy uses 30.6 % less CPU per request than proxy in total (27.9 to 34.1 % "
	       "less, "
	       "95 % interval of 6 pairs): IMPROVED; of it the gateway's own part falls by 99.90 "
	       "%, "
	       "the workers' grows by 40.9 %.\n"
	       "zero-copy answers 12.0 % more requests/s than proxy (10.0 to 14.0 % more): "
	       "IMPROVED.\n"
	       "p99 of zero-copy is 30.0 % higher than of proxy (20.0 to 40.0 % higher): "
	       "REGRESSED.\n",
	       "the total first, then the roles, the rate, and what became worse");
	ok(strstr(conclude(metrics + 3, 2, ""), "gateway") == NULL, "no role without the total");
	ok(strstr(strbuf_text(&buffer), "was not measured on both sides: no verdict") != NULL,
	   "a missing primary metric is said");
}

static void test_honest_words(void)
{
	struct run_diff_metric metric =
		make("cpu_per_request", "", 0.98, 0.9, 1.05, VERDICT_INCONCLUSIVE);

	ok(strstr(conclude(&metric, 1, ""), "10.0 % less to 5.0 % more") != NULL &&
		   strstr(strbuf_text(&buffer), "sonde run --more 2") != NULL,
	   "inconclusive: the interval in words and what to do");
	metric.verdict = VERDICT_NONE;
	metric.has_interval = false;
	is_str(conclude(&metric, 1, "too few"),
	       "zero-copy uses 2.0 % less CPU per request than proxy (an estimate without an "
	       "interval, from 6 pairs).\ntoo few\n",
	       "no verdict: why");
}

/* The name of a role may come in a file from anywhere. */
static void test_control_characters(void)
{
	struct run_diff_metric metrics[] = {
		make("cpu_per_request", "", 0.694, 0.659, 0.721, VERDICT_IMPROVED),
		make("cpu_per_request", "a\x1b[2J", 1.409, 1.38, 1.44, VERDICT_REGRESSED),
	};

	ok(strstr(conclude(metrics, 2, ""), "; of it the a?[2J's own part grows by") != NULL,
	   "nothing in it is a command");
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	test_total_and_roles();
	test_honest_words();
	test_control_characters();
	strbuf_release(&buffer);
	return tap_done();
}
