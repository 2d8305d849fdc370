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

	latency_summary_make(&summary, answers, NULL);
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
	latency_summary_make(&summary, answers, NULL);
	is_value(&summary.quantiles[P99], 990000);
	is_str(summary.quantiles[P999].name, "p99.9", "names");
	is_str(summary.quantiles[P999].key, "p999_ns", "and keys");
	ok(!summary.quantiles[P999].is_earned, "p99.9 is not");
}

static void test_empty(void)
{
	scoped(histogram_cleanup) struct histogram *none = histogram_new();
	scoped(histogram_cleanup) struct histogram *waited = histogram_new();
	struct latency_summary summary;

	for (int i = 0; i < 2; i++) {
		latency_summary_make(&summary, i == 0 ? NULL : none, i == 0 ? NULL : none);
		ok(summary.count == 0 && summary.min_ns == 0 && summary.max_ns == 0 &&
			   summary.mean_ns == 0 && !summary.quantiles[P50].is_earned &&
			   !summary.quantiles[P50].is_lower_bound,
		   "without requests nothing is said");
		is_int(summary.quantiles[P50].needed_count, 20, "but what it takes");
	}
	histogram_record_count(waited, UINT64_C(30000000000), 20);
	latency_summary_make(&summary, NULL, waited);
	ok(summary.quantiles[P50].is_lower_bound && !summary.quantiles[P50].is_earned,
	   "only timeouts: at least that");
	is_near((double)summary.quantiles[P50].bound_ns, 3e10, 3e7,
		"as long as they were waited for");
	is_int(summary.censored_count, 20, "so many of them");
	ok(!summary.quantiles[P75].is_lower_bound, "not more than 20 requests can bear");
}

/* 900 answers and 100 that were given up on, later than all of them: ranks 901 to 1000. */
static void test_censored(void)
{
	scoped(histogram_cleanup) struct histogram *answers = make_answers(900);
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct latency_summary summary;

	histogram_record_count(censored, 30000000, 100);
	latency_summary_make(&summary, answers, censored);
	is_int(summary.count, 900, "answers are answers");
	is_value(&summary.quantiles[P50], 500000); /* not 450: the censored are slower */
	is_value(&summary.quantiles[P75], 750000);
	is_value(&summary.quantiles[P90], 900000); /* the slowest answer */
	for (int i = P95; i <= P99; i++) {
		const struct latency_quantile *quantile = &summary.quantiles[i];

		ok(!quantile->is_earned && quantile->is_lower_bound, quantile->name);
		is_near((double)quantile->bound_ns, 3e7, 3e4, "… is at least their age");
	}
	ok(!summary.quantiles[P999].is_earned && !summary.quantiles[P999].is_lower_bound,
	   "p99.9 of 1000 requests is neither");
	histogram_record(censored, 30000000);
	latency_summary_make(&summary, answers, censored);
	ok(summary.quantiles[P90].is_lower_bound, "one more, and p90 falls among them");
}

/* Given up on early, they may have been as fast as any: not slower than every answer. */
static void test_censored_early(void)
{
	scoped(histogram_cleanup) struct histogram *answers = make_answers(1000);
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct latency_summary summary;

	histogram_record_count(censored, 100, 1000);
	latency_summary_make(&summary, answers, censored);
	is_value(&summary.quantiles[P50], 500000);
	is_value(&summary.quantiles[P99], 990000);
}

enum { SECONDS = 12, PER_SECOND = 2000 };

struct by_second {
	struct load_view_name name;
	struct load_view_second seconds[SECONDS];
	struct strbuf encoded[SECONDS];
};

/* Each second PER_SECOND answers of 1 ms, but slow[i] of 50 ms. */
static void make_by_second(struct by_second *made, const uint64_t slow[SECONDS])
{
	struct histogram *answers = histogram_new();

	*made = (struct by_second){.name = {.name = "",
					    .response = histogram_new(),
					    .service = histogram_new(),
					    .seconds = made->seconds,
					    .second_count = SECONDS}};
	for (uint32_t i = 0; i < SECONDS; i++) {
		strbuf_init(&made->encoded[i], 1 << 20);
		histogram_clear(answers);
		histogram_record_count(answers, 1000000, PER_SECOND - slow[i]);
		if (slow[i] > 0)
			histogram_record_count(answers, 50000000, slow[i]);
		histogram_encode(answers, &made->encoded[i]);
		made->seconds[i] =
			(struct load_view_second){.second = i,
						  .response = made->encoded[i].data,
						  .response_length = made->encoded[i].length,
						  .sum_ns = answers->sum_ns,
						  .min_ns = answers->min_ns,
						  .max_ns = answers->max_ns};
		histogram_merge(made->name.response, answers);
	}
	/* most are fast, so that p99.9 of 24,000 has slower ones above it */
	histogram_record_count(made->name.service, 1000, SECONDS * PER_SECOND);
	histogram_free(answers);
}

static void release_by_second(struct by_second *made)
{
	histogram_free(made->name.response);
	histogram_free(made->name.service);
	for (uint32_t i = 0; i < SECONDS; i++)
		strbuf_release(&made->encoded[i]);
}

/*
 * p99.9 is 1 ms with 23 slow ones above: spread evenly they are independent, in one second they
 * are one accident. By hand: batches are seconds, p = 23/24000; all in one second makes the sum of
 * squared excesses 23^2 (1 - 1/12) = 484.9, times 12/11 is 529, of p(1-p) n = 22.98 is 23.02:
 * 24000 answers are worth 1042.
 */
static void test_dependence(void)
{
	static const uint64_t even[SECONDS] = {2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2};
	static const uint64_t bunch[SECONDS] = {[5] = 23};
	struct latency_summary response, service;
	struct by_second made;

	make_by_second(&made, even);
	latency_summary_make_response(&response, &made.name);
	is_value(&response.quantiles[P999], 1000000);
	is_int(response.quantiles[P999].effective_count, SECONDS * PER_SECOND,
	       "evenly slow: all are independent");
	release_by_second(&made);
	make_by_second(&made, bunch);
	latency_summary_make_response(&response, &made.name);
	ok(!response.quantiles[P999].is_earned && response.quantiles[P999].is_dependent &&
		   response.quantiles[P999].value_ns == 0,
	   "one pause makes no p99.9");
	is_near((double)response.quantiles[P999].effective_count, 1042, 1, "what they are worth");
	is_value(&response.quantiles[P99], 1000000);
	is_near((double)response.quantiles[P99].effective_count, 1042, 1,
		"p99 is said, with its worth beside it");
	latency_summary_make_service(&service, &made.name, &response);
	ok(service.quantiles[P999].is_dependent && !service.quantiles[P999].is_earned,
	   "nor one of service times");
	is_value(&service.quantiles[P99], 1000);
	made.name.seconds = NULL;
	latency_summary_make_response(&response, &made.name);
	ok(response.quantiles[P999].is_earned && response.quantiles[P999].effective_count == 0,
	   "without seconds nobody knows");
	release_by_second(&made);
}

/* The age since the send is not known: the bound is no more than what was seen. */
static void test_service_bound(void)
{
	struct load_view_name name = {.response = make_answers(900),
				      .service = make_answers(900),
				      .censored = histogram_new()};
	struct latency_summary response, service;

	histogram_record_count(name.censored, 30000000, 100);
	latency_summary_make_response(&response, &name);
	latency_summary_make_service(&service, &name, &response);
	is_near((double)response.quantiles[P99].bound_ns, 3e7, 3e4, "response: their age");
	ok(service.quantiles[P99].is_lower_bound, "service: a bound, too");
	is_int(service.quantiles[P99].bound_ns, 900000, "the slowest answer");
	histogram_free(name.response);
	histogram_free(name.service);
	histogram_free(name.censored);
}

int main(void)
{
	test_earned();
	test_empty();
	test_censored();
	test_censored_early();
	test_dependence();
	test_service_bound();
	return tap_done();
}
