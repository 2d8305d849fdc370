#include "stats/survival.h"

#include <assert.h>
#include <math.h>

#include "stats/quantile.h"

/*
 * S is a product, good to some 1e-13; one request in a thousand million is a step of 1e-9.
 */
#define ROUNDING 1e-12

/* The highest value of a slot, but the exact maximum in the last one that holds something. */
static uint64_t slot_value_ns(const struct histogram *histogram, uint32_t slot)
{
	return slot + 1 == histogram->end_slot ? histogram->max_ns
					       : histogram_slot_highest_ns(slot);
}

/*
 * Between two slots with censorings S is one quotient: `share`, S where the last of them was, times
 * what is left of `waiting`, the number waited for after it. Hence no error piles up where nothing
 * is censored. Returns how many quantiles have a value.
 */
static size_t walk(const struct histogram *events, const struct histogram *censored,
		   const double *q, size_t count, struct survival_quantile *quantiles)
{
	uint64_t waiting = events->count + censored->count, left = waiting;
	double share = 1.0;
	size_t found = 0;

	for (uint32_t slot = 0; slot < events->end_slot && found < count; slot++) {
		if (events->slots[slot] > 0) {
			double longer;

			left -= events->slots[slot];
			longer = share * ((double)left / (double)waiting);
			for (; found < count && longer <= 1.0 - q[found] + ROUNDING; found++)
				quantiles[found].value_ns = q[found] > 0.0
								    ? slot_value_ns(events, slot)
								    : events->min_ns;
		}
		if (censored->slots[slot] > 0) {
			share *= (double)left / (double)waiting;
			left -= censored->slots[slot];
			waiting = left;
		}
	}
	return found;
}

/* What a histogram has in a slot is at least this; UINT64_MAX when it has nothing there. */
static uint64_t slot_least_ns(const struct histogram *histogram, uint32_t slot)
{
	uint64_t lowest_ns = histogram_slot_lowest_ns(slot);

	if (histogram->slots[slot] == 0)
		return UINT64_MAX;
	return histogram->min_ns > lowest_ns ? histogram->min_ns : lowest_ns;
}

/* The quantile of all, each given up on counted at its age. */
static uint64_t find_quantile_at_ages_ns(const struct histogram *events,
					 const struct histogram *censored, double q)
{
	uint64_t all = events->count + censored->count, seen = 0;
	/* One step down, as in quantile_of_histogram(). */
	double rank = ceil(nextafter(fmin(q, 1.0), 0.0) * (double)all);

	for (uint32_t slot = 0; slot < HISTOGRAM_SLOTS && rank < (double)all; slot++) {
		seen += events->slots[slot] + censored->slots[slot];
		if (seen > 0 && (double)seen >= rank) {
			uint64_t a = slot_least_ns(events, slot);
			uint64_t b = slot_least_ns(censored, slot);

			return a < b ? a : b;
		}
	}
	return events->max_ns > censored->max_ns ? events->max_ns : censored->max_ns;
}

void survival_find_quantiles(const struct histogram *events, const struct histogram *censored,
			     const double *q, size_t count, struct survival_quantile *ret_quantiles)
{
	bool has_censored = censored != NULL && censored->count > 0;
	size_t found;

	for (size_t i = 0; i < count; i++) {
		assert(i == 0 || q[i - 1] <= q[i]);
		ret_quantiles[i] = (struct survival_quantile){
			.value_ns = has_censored ? 0 : quantile_of_histogram(events, q[i])};
	}
	if (!has_censored)
		return;
	found = walk(events, censored, q, count, ret_quantiles);
	for (size_t i = found; i < count; i++) {
		uint64_t at_ages_ns = find_quantile_at_ages_ns(events, censored, q[i]);

		ret_quantiles[i].is_lower_bound = true;
		ret_quantiles[i].value_ns =
			at_ages_ns > events->max_ns ? at_ages_ns : events->max_ns;
	}
}

bool survival_find_quantile(const struct histogram *events, const struct histogram *censored,
			    double q, uint64_t *ret_value_ns)
{
	struct survival_quantile quantile;

	survival_find_quantiles(events, censored, &q, 1, &quantile);
	*ret_value_ns = quantile.value_ns;
	return !quantile.is_lower_bound;
}
