/*
 * Held against R: the same procedure there (psignrank(), Walsh averages, 20,000 trials of normal
 * pairs with log(1 + change), borders at ±log(1.02)), and against the code that judges runs.
 */
#include "stats/power.h"

#include "stats/rank.h"
#include "stats/rng.h"
#include "stats/verdict_rule.h"
#include "tap.h"

/* Four standard errors of a share of POWER_TRIALS near one half. */
#define TOLERANCE 0.045

static struct power_design paired(double sd, uint32_t pairs)
{
	return (struct power_design){.is_paired = true,
				     .looks = {pairs, 1, pairs},
				     .level = 0.95,
				     .sd = sd,
				     .delta = 0.02};
}

static void test_against_r(void)
{
	static const struct {
		double sd;
		uint32_t pairs;
		double effect, equivalent, regressed;
	} rows[] = {
		{0.007, 6, 0.00, 0.97235, 0}, {0.007, 6, 0.03, 0, 0.5980},
		{0.007, 10, 0.03, 0, 0.9685}, {0.015, 10, 0.00, 0.90245, 0},
		{0.015, 10, 0.03, 0, 0.4373}, {0.015, 24, 0.03, 0, 0.84115},
		{0.030, 10, 0.00, 0.1122, 0}, {0.030, 10, 0.05, 0, 0.7574},
		{0.030, 24, 0.00, 0.7130, 0}, {0.030, 24, 0.05, 0, 0.99265},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct power_design design = paired(rows[i].sd, rows[i].pairs);
		struct power power;

		power_simulate(&design, rows[i].effect, 7, &power);
		is_near(rows[i].effect > 0 ? power.regressed : power.equivalent,
			rows[i].effect > 0 ? rows[i].regressed : rows[i].equivalent, TOLERANCE,
			"power as R has it");
		is_near(power.regressed + power.improved + power.equivalent + power.inconclusive,
			1.0, 1e-12, "shares add up");
		is_near(power.mean_pairs, rows[i].pairs, 1e-12, "one look is all pairs");
	}
}

/* With other random numbers and rank_estimate_*(). */
static double regressed_slowly(bool is_paired, uint32_t n, uint32_t m, double sd, double effect)
{
	double base[32], head[32];
	uint32_t regressed = 0;
	struct rng rng;

	rng_init(&rng, 99);
	for (int trial = 0; trial < POWER_TRIALS; trial++) {
		struct rank_estimate e;

		for (int side = 0; side < 2; side++) {
			for (uint32_t i = 0; i < (side == 0 ? n : m); i++) {
				double sum = -6.0; /* of twelve: nearly normal */

				for (int j = 0; j < 12; j++)
					sum += rng_next_double(&rng);
				(side == 0 ? base : head)[i] = sd * sum + side * log1p(effect);
			}
		}
		if (is_paired)
			rank_estimate_paired(head, m, 0.95, &e);
		else
			rank_estimate_unpaired(base, n, head, m, 0.95, &e);
		regressed +=
			verdict_rule_apply(&e, 0.02, -1, METRIC_LOG_RATIO) == VERDICT_REGRESSED;
	}
	return (double)regressed / POWER_TRIALS;
}

static void test_against_rule(void)
{
	struct power_design unpaired = {
		.n_base = 6, .n_head = 9, .level = 0.95, .sd = 0.02, .delta = 0.02};
	struct power_design pairs = paired(0.02, 12);
	struct power power;

	power_simulate(&unpaired, 0.05, 3, &power);
	is_near(power.regressed, regressed_slowly(false, 6, 9, 0.02, 0.05), TOLERANCE + 0.015,
		"unpaired, as the rule on intervals says");
	is_near(power.mean_pairs, 0.0, 0.0, "no pairs there");
	power_simulate(&pairs, 0.035, 3, &power);
	is_near(power.regressed, regressed_slowly(true, 0, 12, 0.02, 0.035), TOLERANCE + 0.015,
		"paired, too");
}

static void test_looks(void)
{
	struct power_design design = paired(0.01, 20);
	struct power all, looks, again, improved;

	power_simulate(&design, 0.03, 5, &all);
	design.looks = (struct sequential){8, 2, 20};
	design.level = sequential_get_level(&design.looks, 0.05);
	power_simulate(&design, 0.03, 5, &looks);
	ok(looks.mean_pairs > 8 && looks.mean_pairs < 20, "looking on the way ends sooner");
	ok(looks.regressed <= all.regressed && looks.regressed > 0.5, "and sees a little less");
	power_simulate(&design, 0.03, 5, &again);
	ok(memcmp(&looks, &again, sizeof(looks)) == 0, "one seed, one answer");
	power_simulate(&design, 1.0 / 1.03 - 1.0, 5, &improved);
	is_near(improved.improved, looks.regressed, TOLERANCE + 0.015, "mirrored: improved");
	power_simulate(&design, 0.0, 5, &all);
	ok(all.regressed + all.improved <= 0.05, "no change is none");
	ok(all.equivalent > 0.9, "but equivalent");
}

static void test_visible(void)
{
	struct power_design design = paired(0.015, 24);
	double visible = power_find_visible(&design, 0.8, 2);
	struct power power;

	ok(visible > 0.02 && visible < 0.03, "24 pairs see less than 3 %, but never 2 %");
	power_simulate(&design, visible, 2, &power);
	is_near(power.regressed, 0.8, 0.01, "what it finds is seen in that share");
	ok(power_find_visible(&design, 0.95, 2) > visible, "more often takes a greater change");
	design = paired(0.015, 6);
	ok(power_find_visible(&design, 0.8, 2) > visible, "as do fewer pairs");
	design = paired(0.015, 5);
	ok(isinf(power_find_visible(&design, 0.8, 2)), "five pairs see nothing at 95 %");
	design = paired(3.0, 8);
	ok(isinf(power_find_visible(&design, 0.8, 2)), "nor eight that differ twentyfold");
	design = paired(0.0, 6);
	is_near(power_find_visible(&design, 0.8, 2), 0.02, 1e-4, "without noise: delta");
	design = (struct power_design){.n_base = 3, .n_head = 3, .level = 0.95, .delta = 0.02};
	ok(isinf(power_find_visible(&design, 0.8, 2)), "three runs a side see nothing");
	design = (struct power_design){.level = 0.95, .delta = 0.02};
	power_simulate(&design, 0.5, 2, &power);
	is_near(power.inconclusive, 1.0, 0.0, "nothing measured, nothing seen");
}

int main(void)
{
	test_against_r();
	test_against_rule();
	test_looks();
	test_visible();
	return tap_done();
}
