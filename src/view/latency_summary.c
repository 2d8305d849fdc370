#include "view/latency_summary.h"

#include <math.h>

#include "stats/quantile.h"

static const struct {
	const char *name, *key;
	double q;
} quantiles[LATENCY_QUANTILES] = {
	{"p50", "p50_ns", 0.5},		{"p75", "p75_ns", 0.75}, {"p90", "p90_ns", 0.9},
	{"p95", "p95_ns", 0.95},	{"p99", "p99_ns", 0.99}, {"p99.9", "p999_ns", 0.999},
	{"p99.99", "p9999_ns", 0.9999},
};

static uint64_t count_censored(const struct load_counts *counts)
{
	return counts != NULL
		       ? counts->errors[LOAD_ERROR_TIMEOUT] + counts->errors[LOAD_ERROR_UNANSWERED]
		       : 0;
}

/*
 * The censored ones are the slowest: among all requests, the rank ceil(q * all) may fall on one of
 * them.
 */
static void judge(struct latency_quantile *quantile, const struct histogram *histogram,
		  uint64_t censored, uint64_t bound_ns)
{
	uint64_t answers = histogram != NULL ? histogram->count : 0, all = answers + censored;
	double rank = ceil(quantile->q * (double)all);

	quantile->needed_count = quantile_needed_count(quantile->q);
	if (answers == 0 || !quantile_is_earned(all, quantile->q))
		return;
	if (rank > (double)answers) {
		quantile->is_lower_bound = true;
		quantile->bound_ns = bound_ns > histogram->max_ns ? bound_ns : histogram->max_ns;
		return;
	}
	quantile->is_earned = true;
	quantile->value_ns = quantile_of_histogram(
		histogram, censored == 0 ? quantile->q : rank / (double)answers);
}

void latency_summary_make(struct latency_summary *ret_summary, const struct histogram *histogram,
			  const struct load_counts *counts, uint64_t timeout_ns)
{
	uint64_t censored = count_censored(counts);
	bool is_all_timeouts = counts != NULL && counts->errors[LOAD_ERROR_UNANSWERED] == 0;

	*ret_summary = (struct latency_summary){0};
	if (histogram != NULL && histogram->count > 0) {
		ret_summary->count = histogram->count;
		ret_summary->min_ns = histogram->min_ns;
		ret_summary->max_ns = histogram->max_ns;
		ret_summary->mean_ns = quantile_mean_ns(histogram);
	}
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		struct latency_quantile *quantile = &ret_summary->quantiles[i];

		quantile->name = quantiles[i].name;
		quantile->key = quantiles[i].key;
		quantile->q = quantiles[i].q;
		judge(quantile, histogram, censored, is_all_timeouts ? timeout_ns : 0);
	}
}
