#include "stats/verdict_rule.h"

#include <math.h>

#include "stats/normal.h"

static double border_of(double delta, enum metric_scale scale)
{
	return scale == METRIC_LOG_RATIO ? log1p(delta) : delta;
}

enum verdict verdict_rule_apply(const struct rank_estimate *estimate, double delta, int better,
				enum metric_scale scale)
{
	double border = border_of(delta, scale);

	if (!estimate->has_interval || better == 0)
		return VERDICT_NONE;
	if (estimate->lo > border)
		return better > 0 ? VERDICT_IMPROVED : VERDICT_REGRESSED;
	if (estimate->hi < -border)
		return better > 0 ? VERDICT_REGRESSED : VERDICT_IMPROVED;
	if (estimate->lo > -border && estimate->hi < border)
		return VERDICT_EQUIVALENT;
	return VERDICT_INCONCLUSIVE;
}

uint32_t verdict_rule_count_more(const struct rank_estimate *estimate, double delta,
				 enum metric_scale scale)
{
	double level = estimate->asked_level;
	double n = estimate->n_base < estimate->n_head ? estimate->n_base : estimate->n_head;
	double floor_n = estimate->is_paired ? rank_min_pairs(level) : rank_min_runs(level);
	double z = normal_quantile(0.5 + 0.5 * level) + normal_quantile(0.8);
	double distance = fabs(fabs(estimate->estimate) - border_of(delta, scale));
	double wanted = floor_n;

	if (estimate->sd > 0.0)
		wanted = fmax(floor_n, ceil(pow(z * estimate->sd / distance, 2.0)));
	return (uint32_t)fmin(fmax(wanted - n, 1.0), VERDICT_RULE_MANY_RUNS);
}
