/* What is said of a quantile that may not be said. */
#include "report/latency_text.h"

#include "tap.h"

#define SECOND_NS UINT64_C(1000000000)

static struct latency_summary summary = {.count = 4210, .censored_count = 31};

static void is_value(const struct latency_quantile *quantile, const char *want)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 10);
	latency_text_add_value(&text, quantile);
	is_str(strbuf_text(&text), want, want);
	strbuf_release(&text);
}

static void is_refusal(const struct latency_quantile *quantile, uint64_t duration_ns,
		       const char *want)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 10);
	ok(latency_text_add_refusal(&text, &summary, quantile, duration_ns), "refused");
	is_str(strbuf_text(&text), want, want);
	strbuf_release(&text);
}

static void test_values(void)
{
	is_value(&(struct latency_quantile){.is_earned = true, .value_ns = 1020000}, "1.02 ms");
	is_value(&(struct latency_quantile){.is_lower_bound = true, .bound_ns = 3400000000},
		 "≥ 3.40 s");
	is_value(&(struct latency_quantile){.needed_count = 1000}, "–");
}

static void test_refusals(void)
{
	struct latency_quantile few = {.name = "p99.9", .q = 0.999, .needed_count = 10000};
	struct latency_quantile dependent = few, bound = few;

	is_refusal(&few, 10 * SECOND_NS, "p99.9 – needs 10,000 answers, had 4,210: -d 24s");
	is_refusal(&few, 60 * SECOND_NS, "p99.9 – needs 10,000 answers, had 4,210: -d 3m");
	is_refusal(&few, 3600 * SECOND_NS, "p99.9 – needs 10,000 answers, had 4,210: -d 3h");
	is_refusal(&few, 0, "p99.9 – needs 10,000 answers, had 4,210");
	summary.count = 0;
	is_refusal(&few, 10 * SECOND_NS, "p99.9 – needs 10,000 answers, had 0");
	summary.count = 12000;
	dependent.is_dependent = true;
	dependent.effective_count = 900;
	is_refusal(&dependent, 10 * SECOND_NS,
		   "p99.9 – 12,000 answers are worth 900 independent ones, it takes 10,000: -d 2m");
	bound.is_lower_bound = true;
	bound.bound_ns = 3400000000;
	is_refusal(&bound, 10 * SECOND_NS, "p99.9 ≥ 3.40 s (31 requests never answered)");
	summary.censored_count = 1;
	is_refusal(&bound, 10 * SECOND_NS, "p99.9 ≥ 3.40 s (1 request never answered)");
}

static void test_silence(void)
{
	struct latency_quantile earned = {.name = "p99", .is_earned = true, .value_ns = 5};
	struct strbuf text;

	strbuf_init(&text, 1 << 10);
	summary.count = 10000;
	ok(!latency_text_add_refusal(&text, &summary, &earned, SECOND_NS), "an earned one is not");
	ok(!latency_text_add_dependence(&text, &summary, &earned), "nothing known of dependence");
	earned.effective_count = 1000;
	ok(!latency_text_add_dependence(&text, &summary, &earned), "a tenth is not worth a line");
	is_str(strbuf_text(&text), "", "nothing was added");
	earned.effective_count = 340;
	ok(latency_text_add_dependence(&text, &summary, &earned), "less is");
	is_str(strbuf_text(&text),
	       "p99: 10,000 answers are worth 340 independent ones: the slow ones came in bunches",
	       "in these words");
	strbuf_release(&text);
}

int main(void)
{
	test_values();
	test_refusals();
	test_silence();
	return tap_done();
}
