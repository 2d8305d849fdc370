#include "lab/selftest_judge.h"

#include <math.h>
#include <stdlib.h>

#include "stats/quantile.h"
#include "stats/survival.h"

static const double levels[STORE_SELFTEST_QUANTILES] = {0.5, 0.75, 0.9, 0.99, 0.999};

enum { P50 = 0, P99 = 3 };

double selftest_judge_get_level(int place)
{
	return levels[place];
}

static int64_t get_error_ns(const struct store_selftest_quantile *quantile)
{
	return (int64_t)(quantile->measured_ns - quantile->truth_ns);
}

static bool is_value_within(const struct store_selftest_quantile *quantile)
{
	double error_ns = fabs((double)get_error_ns(quantile));
	double floor_ns = quantile->q < 0.95 ? SELFTEST_LIMIT_BODY_NS : SELFTEST_LIMIT_TAIL_NS;

	return error_ns <= floor_ns ||
	       error_ns <= SELFTEST_LIMIT_RATIO * (double)quantile->truth_ns;
}

static void judge_quantile(struct store_selftest_quantile *quantile, const struct histogram *truth,
			   const struct survival_quantile *measured)
{
	quantile->is_earned = true;
	quantile->truth_ns = quantile_of_histogram(truth, quantile->q);
	quantile->measured_ns = measured->value_ns;
	quantile->is_bound = measured->is_lower_bound;
	/* a bound has to hold */
	quantile->is_within = quantile->is_bound ? quantile->measured_ns <= quantile->truth_ns
						 : is_value_within(quantile);
}

void selftest_judge_scenario(struct store_selftest_scenario *scenario,
			     const struct histogram *truth, const struct selftest_reading *reading,
			     double tail_q)
{
	uint64_t unanswered = reading->censored != NULL ? reading->censored->count : 0;
	uint64_t total = reading->response->count + unanswered;
	struct survival_quantile measured[STORE_SELFTEST_QUANTILES];

	survival_find_quantiles(reading->response, reading->censored, levels,
				STORE_SELFTEST_QUANTILES, measured);
	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++) {
		struct store_selftest_quantile *quantile = &scenario->quantiles[i];

		*quantile = (struct store_selftest_quantile){
			.q = levels[i], .law_ns = quantile->law_ns, .is_within = true};
		if (quantile_is_earned(total, levels[i]) && levels[i] <= tail_q && truth->count > 0)
			judge_quantile(quantile, truth, &measured[i]);
	}
	if (!scenario->has_late || total == 0)
		return;
	scenario->late_truth_ratio = quantile_share_above(truth, SELFTEST_LATE_NS);
	scenario->late_ratio = (quantile_share_above(reading->response, SELFTEST_LATE_NS) *
					(double)reading->response->count +
				(double)unanswered) /
			       (double)total;
}

bool selftest_judge_is_counted(const struct store_selftest_scenario *scenario)
{
	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++)
		if (scenario->quantiles[i].is_bound)
			return scenario->answered > 0;
	return scenario->answered > 0 && scenario->served == scenario->offered &&
	       scenario->answered == scenario->offered;
}

static bool is_scenario_within(const struct store_selftest_scenario *scenario)
{
	bool is_within = selftest_judge_is_counted(scenario);

	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++)
		is_within &= scenario->quantiles[i].is_within;
	return is_within;
}

void selftest_judge_all(struct store_selftest *selftest)
{
	selftest->is_within = selftest->scenario_count > 0;
	for (uint32_t i = 0; i < selftest->scenario_count; i++) {
		const struct store_selftest_scenario *scenario = &selftest->scenarios[i];
		const struct store_selftest_quantile *p50 = &scenario->quantiles[P50];
		const struct store_selftest_quantile *p99 = &scenario->quantiles[P99];
		double ratio;

		selftest->is_within &= is_scenario_within(scenario);
		if (p50->is_earned && !p50->is_bound &&
		    llabs(get_error_ns(p50)) > llabs(selftest->p50_error_ns))
			selftest->p50_error_ns = get_error_ns(p50);
		if (!p99->is_earned || p99->is_bound || p99->truth_ns == 0)
			continue;
		ratio = (double)get_error_ns(p99) / (double)p99->truth_ns;
		selftest->has_p99 = true;
		if (fabs(ratio) > fabs(selftest->p99_error_ratio))
			selftest->p99_error_ratio = ratio;
	}
}
