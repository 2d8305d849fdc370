/* MSER-5 on series whose warm-up is known: seeded simulations, and one worked by hand. */
#include "stats/steady.h"

#include "stats/rng.h"
#include "tap.h"

enum { SLOTS = 300, RUNS = 300 }; /* 30 s; simulated runs */

/* As good as normal, with deviation 1: the sum of twelve uniform numbers. */
static double next_normal(struct rng *rng)
{
	double sum = -6.0;

	for (int i = 0; i < 12; i++)
		sum += rng_next_double(rng);
	return sum;
}

/* Level 1, which it starts 40 % below and nears with the time constant tau (s); noise of 3 %. */
static void make_ramp(struct rng *rng, double tau, double *values)
{
	for (int i = 0; i < SLOTS; i++)
		values[i] = 1.0 - (tau > 0 ? 0.4 * exp(-(i + 0.5) / 10.0 / tau) : 0.0) +
			    0.03 * next_normal(rng);
}

static double mean_from(const double *values, size_t from)
{
	double sum = 0.0;

	for (size_t i = from; i < SLOTS; i++)
		sum += values[i];
	return sum / (double)(SLOTS - from);
}

struct outcome {
	double bias_whole, bias_kept; /* of the mean, averaged over the runs */
	double share_not_reached, share_cut;
};

static struct outcome simulate(double tau, uint64_t seed)
{
	struct outcome outcome = {0};
	double values[SLOTS];
	struct rng rng;
	int reached = 0;

	rng_init(&rng, seed);
	for (int run = 0; run < RUNS; run++) {
		size_t cut;

		make_ramp(&rng, tau, values);
		if (steady_find(values, SLOTS, &cut) == STEADY_REACHED) {
			reached++;
			outcome.bias_kept += mean_from(values, cut) - 1.0;
			outcome.share_cut += (double)cut / SLOTS;
		}
		outcome.bias_whole += (mean_from(values, 0) - 1.0) / RUNS;
	}
	outcome.bias_kept /= reached;
	outcome.share_cut /= reached;
	outcome.share_not_reached = 1.0 - (double)reached / RUNS;
	printf("# tau %.0f s: bias %+.2f %% to %+.3f %%, cut %.1f %%, not reached %.1f %%\n", tau,
	       100 * outcome.bias_whole, 100 * outcome.bias_kept, 100 * outcome.share_cut,
	       100 * outcome.share_not_reached);
	return outcome;
}

static void test_simulated(void)
{
	struct outcome flat = simulate(0, 1), one = simulate(1, 2), three = simulate(3, 3),
		       ten = simulate(10, 4);

	is_near(one.bias_whole, -0.0133, 0.0005, "tau 1 s: 1.3 % too low with the warm-up");
	ok(fabs(one.bias_kept) < fabs(one.bias_whole) / 25, "25 times less without it");
	is_near(three.bias_whole, -0.04, 0.0005, "tau 3 s: 4 % too low");
	ok(fabs(three.bias_kept) < fabs(three.bias_whole) / 15, "15 times less without");
	ok(one.share_cut > 0.05 && three.share_cut > one.share_cut,
	   "a longer ramp is a longer cut");
	ok(one.share_not_reached < 0.1 && three.share_not_reached < 0.1,
	   "and both are found to settle");
	ok(ten.share_not_reached > 0.7, "tau 10 s: mostly told as not settled");
	ok(fabs(flat.bias_kept) < 0.001 && flat.share_not_reached < 0.1 && flat.share_cut < 0.05,
	   "a flat series settles, and keeps most of itself");
}

/*
 * Ten batches 9 5 5 … 5: without the first nothing varies any more. Then ten that climb: MSER wants
 * ever less.
 */
static void test_by_hand(void)
{
	double values[55];
	size_t cut = 99;

	for (int i = 0; i < 55; i++)
		values[i] = i < 5 ? 9.0 : 5.0;
	ok(steady_find(values, 50, &cut) == STEADY_REACHED && cut == 5, "the first batch goes");
	ok(steady_find(values, 54, &cut) == STEADY_REACHED && cut == 5,
	   "slots of a batch that is not full do nothing");
	ok(steady_find(values, 49, &cut) == STEADY_TOO_SHORT && cut == 0,
	   "nine batches are too few");
	ok(steady_find(values, 0, &cut) == STEADY_TOO_SHORT, "none, too");
	for (int i = 0; i < 55; i++)
		values[i] = 0.1;
	ok(steady_find(values, 55, &cut) == STEADY_REACHED && cut == 0,
	   "a constant series is left whole");
	for (int i = 0; i < 55; i++)
		values[i] = i;
	ok(steady_find(values, 55, &cut) == STEADY_NOT_REACHED && cut == 0,
	   "a climb is not steady");
}

static void test_gaps(void)
{
	double values[80];
	size_t cut;

	for (int i = 0; i < 80; i++)
		values[i] = i < 20 ? 9.0 : 5.0;
	values[3] = values[41] = (double)NAN;
	for (int i = 5; i < 15; i++)
		values[i] = (double)NAN;
	ok(steady_find(values, 80, &cut) == STEADY_REACHED && cut == 20,
	   "slots without a value are skipped, and the cut is still at its place");
	for (int i = 5; i < 80; i++)
		values[i] = (double)NAN;
	ok(steady_find(values, 80, &cut) == STEADY_TOO_SHORT, "only batches with values count");
}

static void test_halves(void)
{
	static const double values[] = {1, 3, 100, 4, 4};
	static const double gaps[] = {1, (double)NAN, 2, (double)NAN};

	is_near(steady_half_log_ratio(values, 5), log(2.0), 1e-15, "twice as much later");
	is_near(steady_half_log_ratio(values, 2), log(3.0), 1e-15, "of two");
	is_near(steady_half_log_ratio(gaps, 4), log(2.0), 1e-15, "gaps are skipped");
	ok(isnan(steady_half_log_ratio(values, 1)) && isnan(steady_half_log_ratio(gaps + 1, 2)),
	   "no half, no ratio");
}

int main(void)
{
	test_by_hand();
	test_gaps();
	test_halves();
	test_simulated();
	return tap_done();
}
