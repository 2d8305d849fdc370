#include "stats/verdict_rule.h"

#include "tap.h"

static enum verdict verdict_of(double lo, double hi, double delta, int better,
			       enum metric_scale scale)
{
	struct rank_estimate e = {
		.estimate = 0.5 * (lo + hi), .has_interval = true, .lo = lo, .hi = hi};

	return verdict_rule_apply(&e, delta, better, scale);
}

static void test_verdicts(void)
{
	struct rank_estimate none = {.estimate = 0.5};

	is_int(verdict_of(0.03, 0.06, 0.02, -1, METRIC_LOG_RATIO), VERDICT_REGRESSED,
	       "lower is better, wholly above");
	is_int(verdict_of(0.03, 0.06, 0.02, +1, METRIC_LOG_RATIO), VERDICT_IMPROVED,
	       "higher is better, wholly above");
	is_int(verdict_of(-0.06, -0.03, 0.02, -1, METRIC_LOG_RATIO), VERDICT_IMPROVED,
	       "lower is better, wholly below");
	is_int(verdict_of(-0.06, -0.03, 0.02, +1, METRIC_LOG_RATIO), VERDICT_REGRESSED,
	       "higher is better, wholly below");
	is_int(verdict_of(-0.01, 0.015, 0.02, -1, METRIC_LOG_RATIO), VERDICT_EQUIVALENT,
	       "wholly inside");
	is_int(verdict_of(0.001, 0.002, 0.02, -1, METRIC_LOG_RATIO), VERDICT_EQUIVALENT,
	       "a sure but small change is none");
	is_int(verdict_of(-0.01, 0.05, 0.02, -1, METRIC_LOG_RATIO), VERDICT_INCONCLUSIVE,
	       "across the upper border");
	is_int(verdict_of(-0.05, 0.01, 0.02, -1, METRIC_LOG_RATIO), VERDICT_INCONCLUSIVE,
	       "across the lower border");
	is_int(verdict_of(-0.05, 0.05, 0.02, -1, METRIC_LOG_RATIO), VERDICT_INCONCLUSIVE,
	       "across both");
	is_int(verdict_of(0.03, 0.06, 0.02, 0, METRIC_LOG_RATIO), VERDICT_NONE,
	       "a metric of no direction has no verdict");
	is_int(verdict_rule_apply(&none, 0.02, -1, METRIC_LOG_RATIO), VERDICT_NONE,
	       "nor have too few runs");
}

static void test_borders(void)
{
	double border = log1p(0.02);

	is_int(verdict_of(border, 0.06, 0.02, -1, METRIC_LOG_RATIO), VERDICT_INCONCLUSIVE,
	       "exactly 2 % is not beyond it");
	is_int(verdict_of(border + 1e-9, 0.06, 0.02, -1, METRIC_LOG_RATIO), VERDICT_REGRESSED,
	       "a little more is");
	is_int(verdict_of(-0.06, -border - 1e-9, 0.02, -1, METRIC_LOG_RATIO), VERDICT_IMPROVED,
	       "mirrored below");
	is_int(verdict_of(0.0, border, 0.02, -1, METRIC_LOG_RATIO), VERDICT_INCONCLUSIVE,
	       "nor is the border inside");
	is_int(verdict_of(0.0199, 0.05, 0.02, -1, METRIC_DIFFERENCE), VERDICT_INCONCLUSIVE,
	       "differences: no logarithm");
	is_int(verdict_of(0.0201, 0.05, 0.02, -1, METRIC_DIFFERENCE), VERDICT_REGRESSED,
	       "beyond a difference");
	is_int(verdict_of(0.0, 0.0, 0.0, -1, METRIC_DIFFERENCE), VERDICT_INCONCLUSIVE,
	       "no delta: nothing is equivalent");
	is_int(verdict_of(0.5, 1.0, 0.0, -1, METRIC_DIFFERENCE), VERDICT_REGRESSED,
	       "but any sure change counts");
}

static void test_count_more(void)
{
	/*
	 * (1.959964 + 0.841621)^2 * 0.015^2 / (0.035 - ln 1.02)^2 = 7.849 * 2.25e-4 / 2.3104e-4 =
	 * 7.64: 8 pairs
	 */
	struct rank_estimate e = {.estimate = 0.035,
				  .has_interval = true,
				  .asked_level = 0.95,
				  .sd = 0.015,
				  .is_paired = true,
				  .n_base = 6,
				  .n_head = 6};

	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 2,
	       "8 pairs less the 6 there are");
	e.n_base = e.n_head = 20;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 1, "never less than one more");
	e.sd = 0.15;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 745,
	       "ten times the noise: a hundred times the pairs");
	e.sd = 1.0;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), VERDICT_RULE_MANY_RUNS,
	       "past hope: many");
	e.sd = 0.001;
	e.estimate = 0.02;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_DIFFERENCE), VERDICT_RULE_MANY_RUNS,
	       "on the border: many");

	e = (struct rank_estimate){.estimate = 0.1,
				   .asked_level = 0.95,
				   .sd = 0.0001,
				   .is_paired = true,
				   .n_base = 2,
				   .n_head = 2};
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 4, "up to the 6 pairs of 95 %");
	e.sd = (double)NAN;
	e.n_base = e.n_head = 1;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 5,
	       "without any spread known, likewise");
	e.is_paired = false;
	e.n_base = 9;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 3,
	       "unpaired: the smaller side up to 4");
	e.n_base = e.n_head = 0;
	e.estimate = (double)NAN;
	is_int(verdict_rule_count_more(&e, 0.02, METRIC_LOG_RATIO), 4,
	       "from nothing: what the level needs");
}

int main(void)
{
	test_verdicts();
	test_borders();
	test_count_more();
	return tap_done();
}
