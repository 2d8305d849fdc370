/* Which quantiles may be said, and what requests without an answer do to them. */
#include "view/latency_summary.h"

#include "tap.h"

enum { P50, P75, P90, P95, P99, P999, P9999 };

/* Answers of 1, 2, … `count` us: the k-th smallest is k us. */
static struct histogram *make_answers(uint64_t count)
{
	struct histogram *histogram = histogram_new();

	for (uint64_t i = 1; i <= count; i++)
		histogram_record(histogram, i * 1000);
	return histogram;
}

static void is_value(const struct latency_quantile *quantile, uint64_t want_ns)
{
	ok(quantile->is_earned && !quantile->is_lower_bound, quantile->name);
	is_near((double)quantile->value_ns, (double)want_ns, (double)want_ns / 1000.0, "… value");
}

static void test_earned(void)
{
	scoped(histogram_cleanup) struct histogram *answers = make_answers(999);
	struct latency_summary summary;

	latency_summary_make(&summary, answers, NULL, 0);
	is_int(summary.count, 999, "answers");
	is_int(summary.min_ns, 1000, "minimum");
	is_int(summary.max_ns, 999000, "maximum");
	is_near(summary.mean_ns, 500000.0, 1e-6, "mean");
	is_value(&summary.quantiles[P50], 500000);
	is_value(&summary.quantiles[P95], 950000);
	ok(!summary.quantiles[P99].is_earned && !summary.quantiles[P99].is_lower_bound,
	   "p99 of 999 answers is not earned");
	is_int(summary.quantiles[P99].needed_count, 1000, "it takes 1000");
	is_int(summary.quantiles[P999].needed_count, 10000, "p99.9 takes 10,000");
	is_int(summary.quantiles[P9999].needed_count, 100000, "p99.99 takes 100,000");
	histogram_record(answers, 1000000);
	latency_summary_make(&summary, answers, NULL, 0);
	is_value(&summary.quantiles[P99], 990000);
	is_str(summary.quantiles[P999].name, "p99.9", "names");
	is_str(summary.quantiles[P999].key, "p999_ns", "and keys");
	ok(!summary.quantiles[P999].is_earned, "p99.9 is not");
}

static void test_empty(void)
{
	scoped(histogram_cleanup) struct histogram *none = histogram_new();
	struct load_counts counts = {.offered = 1000, .errors = {[LOAD_ERROR_TIMEOUT] = 1000}};
	struct latency_summary summary;

	for (int i = 0; i < 3; i++) {
		latency_summary_make(&summary, i == 0 ? NULL : none, i == 2 ? &counts : NULL, 0);
		ok(summary.count == 0 && summary.min_ns == 0 && summary.max_ns == 0 &&
			   summary.mean_ns == 0 && !summary.quantiles[P50].is_earned &&
			   !summary.quantiles[P50].is_lower_bound,
		   "without answers nothing is said");
		is_int(summary.quantiles[P50].needed_count, 20, "but what it takes");
	}
}

/* 900 answers and 100 that timed out or were cut off: of 1000 requests, ranks 901 to 1000. */
static void test_censored(void)
{
	scoped(histogram_cleanup) struct histogram *answers = make_answers(900);
	struct load_counts counts = {
		.offered = 1000,
		.answered = 900,
		.errors = {[LOAD_ERROR_TIMEOUT] = 60, [LOAD_ERROR_UNANSWERED] = 40}};
	struct latency_summary summary;

	latency_summary_make(&summary, answers, &counts, 0);
	is_int(summary.count, 900, "answers are answers");
	is_value(&summary.quantiles[P50], 500000); /* not 450: the censored are slower */
	is_value(&summary.quantiles[P75], 750000);
	is_value(&summary.quantiles[P90], 900000); /* the slowest answer */
	for (int i = P95; i <= P99; i++) {
		const struct latency_quantile *quantile = &summary.quantiles[i];

		ok(!quantile->is_earned && quantile->is_lower_bound, quantile->name);
		is_int(quantile->bound_ns, 900000, "… is at least what was seen");
	}
	ok(!summary.quantiles[P999].is_earned && !summary.quantiles[P999].is_lower_bound,
	   "p99.9 of 1000 requests is neither");
	counts.errors[LOAD_ERROR_TIMEOUT]++;
	latency_summary_make(&summary, answers, &counts, 0);
	ok(summary.quantiles[P90].is_lower_bound, "one more, and p90 falls among them");
	latency_summary_make(&summary, answers, &counts, 30000000);
	is_int(summary.quantiles[P99].bound_ns, 900000, "some were cut off at an age nobody knows");
	counts.errors[LOAD_ERROR_UNANSWERED] = 0;
	counts.errors[LOAD_ERROR_TIMEOUT] = 100;
	latency_summary_make(&summary, answers, &counts, 30000000);
	is_int(summary.quantiles[P99].bound_ns, 30000000, "all were waited for to the timeout");
}

/* Those that did not wait for an answer do not count as slow. */
static void test_not_censored(void)
{
	scoped(histogram_cleanup) struct histogram *answers = make_answers(1000);
	struct load_counts counts = {.offered = 3000,
				     .answered = 1000,
				     .errors = {[LOAD_ERROR_CONNECT] = 1000,
						[LOAD_ERROR_PROTOCOL] = 1000,
						[LOAD_ERROR_STATUS] = 500,
						[LOAD_ERROR_EXPECT] = 500}};
	struct latency_summary summary;

	latency_summary_make(&summary, answers, &counts, 0);
	is_value(&summary.quantiles[P50], 500000);
	is_value(&summary.quantiles[P99], 990000);
}

int main(void)
{
	test_earned();
	test_empty();
	test_censored();
	test_not_censored();
	return tap_done();
}
