#include "view/latency_summary.h"

#include <math.h>

#include "stats/independence.h"
#include "stats/quantile.h"
#include "stats/survival.h"
#include "util/alloc.h"

/* From here on answers must be independent to count. */
#define DEPENDENCE_FROM_Q 0.999

static const struct {
	const char *name, *key;
} quantile_names[LATENCY_QUANTILES] = {
	{"p50", "p50_ns"}, {"p75", "p75_ns"},	 {"p90", "p90_ns"},	 {"p95", "p95_ns"},
	{"p99", "p99_ns"}, {"p99.9", "p999_ns"}, {"p99.99", "p9999_ns"},
};

static const double quantile_levels[LATENCY_QUANTILES] = {0.5,	0.75,  0.9,   0.95,
							  0.99, 0.999, 0.9999};

static uint64_t count_of(const struct histogram *histogram)
{
	return histogram != NULL ? histogram->count : 0;
}

static void find_values(struct latency_summary *summary, const struct histogram *answers,
			const struct histogram *censored)
{
	uint64_t all = summary->count + summary->censored_count;
	struct survival_quantile found[LATENCY_QUANTILES];

	survival_find_quantiles(answers, censored, quantile_levels, LATENCY_QUANTILES, found);
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		struct latency_quantile *quantile = &summary->quantiles[i];

		if (!quantile_is_earned(all, quantile->q))
			continue;
		quantile->is_lower_bound = found[i].is_lower_bound;
		quantile->is_earned = !found[i].is_lower_bound;
		if (quantile->is_earned)
			quantile->value_ns = found[i].value_ns;
		else
			quantile->bound_ns = found[i].value_ns;
	}
}

void latency_summary_make(struct latency_summary *ret_summary, const struct histogram *answers,
			  const struct histogram *censored)
{
	scoped(histogram_cleanup) struct histogram *none = NULL;

	*ret_summary = (struct latency_summary){.count = count_of(answers),
						.censored_count = count_of(censored)};
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		ret_summary->quantiles[i] = (struct latency_quantile){
			.name = quantile_names[i].name,
			.key = quantile_names[i].key,
			.q = quantile_levels[i],
			.needed_count = quantile_needed_count(quantile_levels[i])};
	if (ret_summary->count > 0) {
		ret_summary->min_ns = answers->min_ns;
		ret_summary->max_ns = answers->max_ns;
		ret_summary->mean_ns = quantile_mean_ns(answers);
	}
	if (ret_summary->count + ret_summary->censored_count == 0)
		return;
	if (answers == NULL)
		answers = none = histogram_new();
	find_values(ret_summary, answers, censored);
}

/* A value that too few independent answers stand behind is taken back. */
static void weigh(struct latency_quantile *quantile, uint64_t effective_count)
{
	quantile->effective_count = effective_count;
	if (!quantile->is_earned || effective_count == 0 || quantile->q < DEPENDENCE_FROM_Q ||
	    quantile_is_earned(effective_count, quantile->q))
		return;
	quantile->is_earned = false;
	quantile->is_dependent = true;
	quantile->value_ns = 0;
}

/* Of each second its answers, and of each quantile those above: rows of `above`. */
static void count_above(const struct latency_summary *summary, const struct load_view_name *name,
			uint64_t *count, uint64_t *above)
{
	scoped(histogram_cleanup) struct histogram *answers = histogram_new();

	for (uint32_t second = 0; second < name->second_count; second++) {
		histogram_clear(answers);
		load_view_add_second(&name->seconds[second], answers);
		count[second] = answers->count;
		for (uint32_t i = 0; i < LATENCY_QUANTILES; i++) {
			const struct latency_quantile *quantile = &summary->quantiles[i];

			if (quantile->is_earned)
				above[i * name->second_count + second] = (uint64_t)llround(
					quantile_share_above(answers, quantile->value_ns) *
					(double)answers->count);
		}
	}
}

void latency_summary_make_response(struct latency_summary *ret_summary,
				   const struct load_view_name *name)
{
	size_t seconds = name->second_count;
	scoped_free uint64_t *count = alloc_array(seconds + 1, sizeof(*count));
	scoped_free uint64_t *above = alloc_array(LATENCY_QUANTILES * seconds + 1, sizeof(*above));

	latency_summary_make(ret_summary, name->response, name->censored);
	if (name->seconds == NULL || ret_summary->count == 0)
		return;
	count_above(ret_summary, name, count, above);
	for (uint32_t i = 0; i < LATENCY_QUANTILES; i++) {
		bool is_known;
		uint64_t effective_count = independence_effective_count(count, above + i * seconds,
									seconds, &is_known);

		if (ret_summary->quantiles[i].is_earned && is_known)
			weigh(&ret_summary->quantiles[i], effective_count);
	}
}

void latency_summary_make_service(struct latency_summary *ret_summary,
				  const struct load_view_name *name,
				  const struct latency_summary *response)
{
	latency_summary_make(ret_summary, name->service, name->censored);
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		struct latency_quantile *quantile = &ret_summary->quantiles[i];

		weigh(quantile, response->quantiles[i].effective_count);
		if (quantile->is_lower_bound)
			quantile->bound_ns = ret_summary->max_ns;
	}
}
