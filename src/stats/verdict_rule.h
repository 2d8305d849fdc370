/*
 * From an interval to a verdict, and how many more runs one would take. Pure functions.
 *
 * A verdict needs the whole interval, not the estimate, and a smallest change that matters
 * (`delta`): beyond it on the bad side is REGRESSED, on the good side IMPROVED, inside EQUIVALENT;
 * an interval that reaches across a border is INCONCLUSIVE. "No significant difference" is
 * therefore never read as "the same".
 *
 * METRIC_LOG_RATIO: the estimate is of logarithms, delta is relative (0.02 = 2 %), and the borders
 * are ratios of 1 + delta and 1 / (1 + delta), so that swapping base and head mirrors the verdict.
 * METRIC_DIFFERENCE: estimate and delta are in the metric's own unit.
 */
#ifndef STATS_VERDICT_RULE_H
#define STATS_VERDICT_RULE_H

#include <stdint.h>

#include "model/metric.h"
#include "model/verdict.h"
#include "stats/rank.h"

enum { VERDICT_RULE_MANY_RUNS = 1000 };

/*
 * `better`: +1 higher, -1 lower. VERDICT_NONE without an interval, and for a metric of no direction
 * (0).
 */
enum verdict verdict_rule_apply(const struct rank_estimate *estimate, double delta, int better,
				enum metric_scale scale);

/* In the scale's unit: what the interval must not reach across, on either side of 0. */
double verdict_rule_get_border(double delta, enum metric_scale scale);

/* A verdict, and the smallest error level at which it stands: at the level 1 - p and below. */
struct verdict_p {
	/* 0..1; NAN with VERDICT_NONE; 1 with INCONCLUSIVE: nothing stands at any level */
	double p;
	enum verdict verdict;
};

/*
 * Which verdict stands longest when the level rises. `at_upper` and `at_lower` are rank_p of
 * +border and -border; for every error a that has an interval at all, verdict_rule_apply() at the
 * level 1 - a gives this verdict when p <= a and INCONCLUSIVE else. Better or worse takes one
 * border excluded, EQUIVALENT both: the greater of the two.
 */
void verdict_rule_find_p(const struct rank_p *at_upper, const struct rank_p *at_lower, int better,
			 struct verdict_p *ret_p);

/*
 * About how many more pairs (unpaired: runs on each side) would settle an inconclusive comparison
 * in four of five cases, if the estimate is true: ((z_level + z_0.8) * sd / (distance to the nearer
 * border))^2 - n, at least 1, and at least what the level needs at all. VERDICT_RULE_MANY_RUNS
 * stands for "that many or more": the truth lies on the border.
 */
uint32_t verdict_rule_count_more(const struct rank_estimate *estimate, double delta,
				 enum metric_scale scale);

#endif
