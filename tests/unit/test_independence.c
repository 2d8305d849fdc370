#include "stats/independence.h"

#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"

enum { SECONDS = 60, PER_SECOND = 500 };

/* Each answer is above with the probability `share`, by itself. */
static void draw(struct rng *rng, double share, uint64_t *count, uint64_t *above)
{
	for (int i = 0; i < SECONDS; i++) {
		count[i] = PER_SECOND;
		above[i] = 0;
		for (int k = 0; k < PER_SECOND; k++)
			above[i] += rng_next_double(rng) < share;
	}
}

/*
 * Five batches of 100 with 10 20 30 20 20 above: p = 0.2, sum of squares 200, V = 200 * 5/4 / 500^2
 * = 0.001, p(1 - p)/V = 160. Their inflation, 3.125, is above the limit 2.372 = qchisq(.95, 4)/4.
 */
static void test_by_hand(void)
{
	const uint64_t count[] = {100, 100, 0, 100, 100, 100}, even[] = {20, 19, 0, 21, 22, 18};
	uint64_t above[] = {10, 20, 0, 30, 20, 20};
	bool is_known = false;

	is_int(independence_effective_count(count, above, 6, &is_known), 160, "by hand: 160");
	ok(is_known, "known");
	is_int(independence_effective_count(count, even, 6, NULL), 500,
	       "no more than noise: all of them");
	is_int(independence_effective_count(count, above, 5, &is_known), 400,
	       "four batches: all of them");
	ok(!is_known, "for want of better");
	is_int(independence_effective_count(count, above, 0, &is_known), 0, "no answers");
	memset(above, 0, sizeof(above));
	is_int(independence_effective_count(count, above, 6, &is_known), 500, "none above");
	ok(!is_known, "says nothing");
}

static void test_independent(void)
{
	uint64_t count[SECONDS], above[SECONDS];
	enum { RUNS = 400 };
	struct rng rng;
	int lowered = 0;

	rng_init(&rng, 4);
	for (int run = 0; run < RUNS; run++) {
		draw(&rng, 0.01, count, above);
		lowered += independence_effective_count(count, above, SECONDS, NULL) <
			   (uint64_t)SECONDS * PER_SECOND;
	}
	is_near((double)lowered / RUNS, 0.05, 0.03, "independent answers lose nothing, mostly");
}

/*
 * Answers in clumps of ten alike: a tenth of them is independent. (The mean logarithm of what 30
 * batches estimate is 1/29 too high.)
 */
static void test_clumps(void)
{
	uint64_t count[SECONDS], above[SECONDS];
	enum { RUNS = 200 };
	double sum = 0.0;
	struct rng rng;

	rng_init(&rng, 6);
	for (int run = 0; run < RUNS; run++) {
		draw(&rng, 0.1, count, above);
		for (int i = 0; i < SECONDS; i++) {
			count[i] *= 10;
			above[i] *= 10;
		}
		sum += log((double)independence_effective_count(count, above, SECONDS, NULL));
	}
	is_near(exp(sum / RUNS) / (SECONDS * PER_SECOND), 1.035, 0.05, "a tenth of 300,000");
}

/* One pause in a minute makes all that is above p99.9. */
static void test_pause(void)
{
	uint64_t count[SECONDS], above[SECONDS] = {0}, effective;

	for (int i = 0; i < SECONDS; i++)
		count[i] = 1000;
	above[30] = 60;
	effective = independence_effective_count(count, above, SECONDS, NULL);
	ok(effective < 2000 && !quantile_is_earned(effective, 0.999),
	   "60 slow answers of one pause do not earn p99.9");
	for (int i = 0; i < SECONDS; i++)
		above[i] = 1;
	effective = independence_effective_count(count, above, SECONDS, NULL);
	ok(effective == 60000 && quantile_is_earned(effective, 0.999),
	   "60 spread over the minute do");
}

int main(void)
{
	test_by_hand();
	test_independent();
	test_clumps();
	test_pause();
	return tap_done();
}
