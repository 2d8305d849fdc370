#include "view/value_diff.h"

#include <math.h>

#include "stats/quantile.h"
#include "stats/rank.h"
#include "view/run_diff.h"

static uint32_t take_values(const struct value_diff_side *side, double *out)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < side->runs->run_count; i++)
		if (isfinite(side->values[i]))
			out[taken++] = side->values[i];
	return taken;
}

/* Both values of each pair that has both. */
static uint32_t take_pairs(const struct value_diff_side *base, const struct value_diff_side *head,
			   double *bases, double *heads)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < base->runs->run_count; i++) {
		double value = arm_metrics_get_of_pair(head->runs, head->values,
						       base->runs->runs[i]->record.pair);

		if (!isfinite(base->values[i]) || !isfinite(value))
			continue;
		bases[taken] = base->values[i];
		heads[taken++] = value;
	}
	return taken;
}

static void estimate_pairs(const double *bases, double *heads, uint32_t count,
			   struct rank_estimate *estimate)
{
	for (uint32_t i = 0; i < count; i++)
		heads[i] -= bases[i];
	rank_estimate_paired(heads, count, RUN_DIFF_LEVEL, estimate);
}

struct value_diff value_diff_make(struct arena *arena, const struct value_diff_side *base,
				  const struct value_diff_side *head, bool is_paired)
{
	double *bases = arena_alloc(arena, base->runs->run_count + 1ull, sizeof(*bases));
	double *heads = arena_alloc(arena, base->runs->run_count + head->runs->run_count + 1ull,
				    sizeof(*heads));
	struct value_diff diff = {.n_base = take_values(base, bases),
				  .n_head = take_values(head, heads)};
	struct rank_estimate estimate;

	if (is_paired && diff.n_base > 0 && diff.n_head > 0)
		diff.n_base = diff.n_head = take_pairs(base, head, bases, heads);
	diff.base = quantile_of_values(bases, diff.n_base, 0.5);
	diff.head = quantile_of_values(heads, diff.n_head, 0.5);
	if (diff.n_base == 0 || diff.n_head == 0)
		return diff;
	if (is_paired)
		estimate_pairs(bases, heads, diff.n_base, &estimate);
	else
		rank_estimate_unpaired(bases, diff.n_base, heads, diff.n_head, RUN_DIFF_LEVEL,
				       &estimate);
	diff.has_estimate = isfinite(estimate.estimate);
	diff.has_interval = estimate.has_interval;
	diff.difference = estimate.estimate;
	diff.lo = estimate.lo;
	diff.hi = estimate.hi;
	diff.level = estimate.level;
	diff.is_apart = diff.has_interval && (diff.lo > 0 || diff.hi < 0);
	return diff;
}
