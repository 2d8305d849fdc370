#include "stats/verdict_rule.h"

#include "stats/rng.h"
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

static struct verdict_p find_p(double upper_above, double upper_below, double lower_above,
			       double lower_below, int better)
{
	struct rank_p upper = {upper_above, upper_below}, lower = {lower_above, lower_below};
	struct verdict_p found;

	verdict_rule_find_p(&upper, &lower, better, &found);
	return found;
}

static void test_smallest_error(void)
{
	struct verdict_p found = find_p(0.01, 0.99, 0.001, 1, -1);

	ok(found.verdict == VERDICT_REGRESSED && found.p == 0.02, "above the upper border: worse");
	found = find_p(0.01, 0.99, 0.001, 1, +1);
	ok(found.verdict == VERDICT_IMPROVED && found.p == 0.02, "or better");
	found = find_p(1, 0.001, 0.99, 0.02, -1);
	ok(found.verdict == VERDICT_IMPROVED && found.p == 0.04, "below the lower one: better");
	found = find_p(1, 0.001, 0.99, 0.02, +1);
	ok(found.verdict == VERDICT_REGRESSED && found.p == 0.04, "or worse");
	found = find_p(0.99, 0.01, 0.02, 0.98, -1);
	ok(found.verdict == VERDICT_EQUIVALENT && found.p == 0.04, "between: the worse of both");
	found = find_p(1, 1, 1, 1, -1);
	ok(found.verdict == VERDICT_INCONCLUSIVE && found.p == 1.0,
	   "nothing known: nothing stands");
	found = find_p(0.01, 0.99, 0.001, 1, 0);
	ok(found.verdict == VERDICT_NONE && isnan(found.p), "no direction, no verdict");
}

/* What it finds is what the interval says, at each level. */
static void test_p_is_of_rule(void)
{
	int wrong = 0, counts[VERDICT_INCONCLUSIVE + 1] = {0};
	struct rng rng;

	rng_init(&rng, 3);
	for (int trial = 0; trial < 4000; trial++) {
		double differences[12], shift = 0.16 * rng_next_double(&rng) - 0.08;
		double border = verdict_rule_get_border(0.02, METRIC_LOG_RATIO);
		uint32_t n = 6 + (uint32_t)rng_next_below(&rng, 7);
		int better = trial % 2 == 0 ? +1 : -1;
		struct rank_p upper, lower;
		struct verdict_p found;

		for (uint32_t i = 0; i < n; i++)
			differences[i] = shift + 0.04 * (rng_next_double(&rng) - 0.5);
		rank_p_paired(differences, n, border, &upper);
		rank_p_paired(differences, n, -border, &lower);
		verdict_rule_find_p(&upper, &lower, better, &found);
		counts[found.verdict]++;
		for (double error = 0.033; error < 0.95; error += 0.0317) {
			struct rank_estimate e;
			enum verdict verdict;

			rank_estimate_paired(differences, n, 1 - error, &e);
			verdict = verdict_rule_apply(&e, 0.02, better, METRIC_LOG_RATIO);
			wrong += verdict !=
				 (found.p <= error ? found.verdict : VERDICT_INCONCLUSIVE);
		}
	}
	is_int(wrong, 0, "the smallest error is that of the interval");
	ok(counts[VERDICT_REGRESSED] > 500 && counts[VERDICT_IMPROVED] > 500 &&
		   counts[VERDICT_EQUIVALENT] > 500,
	   "with every verdict");
	is_near(verdict_rule_get_border(0.02, METRIC_DIFFERENCE), 0.02, 0.0,
		"a difference's border is delta");
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
	test_smallest_error();
	test_p_is_of_rule();
	test_count_more();
	return tap_done();
}
