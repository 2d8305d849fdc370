/*
 * Plans of looks; their levels against a simulation that shares nothing with the one behind them.
 */
#include "stats/sequential.h"

#include "stats/rank.h"
#include "stats/rng.h"
#include "tap.h"

enum { TRIALS = 4000 };

static const struct sequential standard = {SEQUENTIAL_FIRST, SEQUENTIAL_STEP, SEQUENTIAL_LAST};

static void test_looks(void)
{
	struct sequential odd = {8, 5, 20}, one = {10, 3, 10};

	is_int(sequential_count_looks(&standard), 7, "8, 10, … 20");
	ok(sequential_is_look(&standard, 8) && sequential_is_look(&standard, 14) &&
		   sequential_is_look(&standard, 20),
	   "looks");
	ok(!sequential_is_look(&standard, 7) && !sequential_is_look(&standard, 9) &&
		   !sequential_is_look(&standard, 22) && !sequential_is_look(&standard, 0),
	   "none before, between and after");
	is_int(sequential_count_looks(&odd), 4, "8, 13, 18 and the last");
	ok(sequential_is_look(&odd, 18) && sequential_is_look(&odd, 20) &&
		   !sequential_is_look(&odd, 19),
	   "the last one in any case");
	is_int(sequential_count_looks(&one), 1, "one look");
	ok(sequential_is_look(&one, 10) && !sequential_is_look(&one, 7), "is the only one");
}

static double level_of(uint32_t first, uint32_t step, uint32_t last, double error)
{
	struct sequential looks = {first, step, last};

	return sequential_get_level(&looks, error);
}

static void test_levels(void)
{
	is_near(level_of(8, 2, 20, 0.05), 0.98311, 1e-9, "seven looks, near .0175 each");
	is_near(level_of(10, 1, 10, 0.05), 0.95, 1e-12, "one look is one interval");
	is_near(level_of(20, 20, 40, 0.05), 0.975, 1e-12, "two far apart share the error");
	is_near(level_of(50, 1, 50, 0.2), 0.8, 1e-12, "any error");
	ok(level_of(8, 2, 21, 0.05) >= level_of(8, 2, 20, 0.05), "one look more is no milder");
	ok(level_of(8, 2, 40, 0.05) > level_of(8, 2, 20, 0.05), "many more are stricter");
	ok(level_of(8, 2, 20, 0.01) > 0.99 && level_of(8, 2, 20, 0.01) < 0.999, "an error of 1 %");
	ok(level_of(8, 2, 20, 0.07) >= 0.93 && level_of(8, 2, 20, 0.07) <= 0.98311,
	   "one between is as safe as the one below");
	is_near(level_of(8, 2, 20, 0.001), 1.0 - 0.001 / 7, 1e-12, "one below all is shared out");
	for (uint32_t last = 8; last <= SEQUENTIAL_MOST; last++) {
		struct sequential looks = {8, 2, last};
		double each = 1.0 - sequential_get_level(&looks, 0.05);

		if (each > 0.05 + 1e-12 || each < 0.05 / sequential_count_looks(&looks) - 1e-12)
			ok(false, "a level between all and its share");
	}
}

/* The share of walks of symmetric differences with any interval that excludes zero. */
static double find_error(const struct sequential *looks, double error)
{
	double level = sequential_get_level(looks, error), differences[SEQUENTIAL_MOST];
	uint32_t wrong = 0;
	struct rng rng;

	rng_init(&rng, 11);
	for (uint32_t trial = 0; trial < TRIALS; trial++) {
		bool is_wrong = false;

		for (uint32_t i = 0; i < looks->last; i++)
			differences[i] = rng_next_double(&rng) - rng_next_double(&rng);
		for (uint32_t pairs = looks->first; pairs <= looks->last && !is_wrong; pairs++) {
			struct rank_estimate estimate;

			if (!sequential_is_look(looks, pairs))
				continue;
			rank_estimate_paired(differences, pairs, level, &estimate);
			is_wrong = estimate.has_interval && (estimate.lo > 0 || estimate.hi < 0);
		}
		wrong += is_wrong;
	}
	return (double)wrong / TRIALS;
}

/* Four standard errors are 1.4 points at 5 %. */
static void test_error(void)
{
	static const struct sequential others[] = {{7, 3, 25}, {8, 2, 13}, {10, 5, 20}};
	double error = find_error(&standard, 0.05);

	ok(error < 0.05 + 0.014 && error > 0.05 - 0.020, "the standard plan errs in about 5 %");
	for (int i = 0; i < 3; i++)
		ok(find_error(&others[i], 0.05) < 0.05 + 0.014, "no other plan in more");
	ok(find_error(&standard, 0.10) < 0.10 + 0.019, "nor with 10 %");
}

int main(void)
{
	test_looks();
	test_levels();
	test_error();
	return tap_done();
}
