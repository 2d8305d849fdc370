#include "stats/verdict_rule.h"

#include <math.h>

#include "stats/normal.h"

double verdict_rule_get_border(double delta, enum metric_scale scale)
{
	return scale == METRIC_LOG_RATIO ? log1p(delta) : delta;
}

enum verdict verdict_rule_apply(const struct rank_estimate *estimate, double delta, int better,
				enum metric_scale scale)
{
	double border = verdict_rule_get_border(delta, scale);

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

void verdict_rule_find_p(const struct rank_p *at_upper, const struct rank_p *at_lower, int better,
			 struct verdict_p *ret_p)
{
	double above = 2.0 * at_upper->above, below = 2.0 * at_lower->below;
	double inside = 2.0 * fmax(at_lower->above, at_upper->below);

	*ret_p = (struct verdict_p){.p = 1.0, .verdict = VERDICT_INCONCLUSIVE};
	if (better == 0)
		*ret_p = (struct verdict_p){.p = (double)NAN, .verdict = VERDICT_NONE};
	else if (inside < 1.0 && inside <= fmin(above, below))
		*ret_p = (struct verdict_p){.p = inside, .verdict = VERDICT_EQUIVALENT};
	else if (above < 1.0 && above <= below)
		*ret_p = (struct verdict_p){
			.p = above, .verdict = better > 0 ? VERDICT_IMPROVED : VERDICT_REGRESSED};
	else if (below < 1.0)
		*ret_p = (struct verdict_p){
			.p = below, .verdict = better > 0 ? VERDICT_REGRESSED : VERDICT_IMPROVED};
}

uint32_t verdict_rule_count_more(const struct rank_estimate *estimate, double delta,
				 enum metric_scale scale)
{
	double level = estimate->asked_level;
	double n = estimate->n_base < estimate->n_head ? estimate->n_base : estimate->n_head;
	double floor_n = estimate->is_paired ? rank_min_pairs(level) : rank_min_runs(level);
	double z = normal_quantile(0.5 + 0.5 * level) + normal_quantile(0.8);
	double distance = fabs(fabs(estimate->estimate) - verdict_rule_get_border(delta, scale));
	double wanted = floor_n;

	if (estimate->sd > 0.0)
		wanted = fmax(floor_n, ceil(pow(z * estimate->sd / distance, 2.0)));
	return (uint32_t)fmin(fmax(wanted - n, 1.0), VERDICT_RULE_MANY_RUNS);
}
