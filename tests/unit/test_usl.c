/*
 * Held against scipy.optimize.least_squares (bounds 0 and infinity) of the same objective:
 *
 *	f = lambda q: q[0]*N / (1 + q[1]*(N-1) + q[2]*N*(N-1)) / X - 1
 */
#include "stats/usl.h"

#include <errno.h>

#include "stats/rng.h"
#include "tap.h"

enum { MOST = 64 };

static int fit(const double *n, const double *rates, uint32_t count, struct usl *ret_usl)
{
	struct usl_point points[MOST];

	for (uint32_t i = 0; i < count; i++)
		points[i] = (struct usl_point){n[i], rates[i]};
	return usl_fit(points, count, 1, ret_usl);
}

static void check(const double *n, const double *rates, uint32_t count, const double *want,
		  const char *what)
{
	struct usl usl;

	is_int(fit(n, rates, count, &usl), 0, what);
	is_near(usl.gamma.value / want[0], 1.0, 1e-6, "gamma");
	is_near(usl.alpha.value, want[1], 1e-6 * want[1] + 1e-12, "alpha");
	is_near(usl.beta.value, want[2], 1e-5 * want[2] + 1e-12, "beta");
	if (isinf(want[3]))
		ok(isinf(usl.peak_n.value), "no peak");
	else
		is_near(usl.peak_n.value / want[3], 1.0, 1e-5, "peak");
	is_near(usl.r_squared, want[4], 1e-6, "r squared");
	ok(isnan(usl.alpha.lo) && isnan(usl.peak_n.hi), "one run each: no intervals");
}

static void test_against_scipy(void)
{
	/* Gunther's ray tracer and the SPEC SDM91 benchmark of his book. */
	static const double tracer_n[] = {1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64};
	static const double tracer[] = {20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310};
	static const double tracer_want[] = {21.4446935954, 0.0560540019498, 1.6883257626e-06,
					     747.7311, 0.99054990030029};
	static const double sdm_n[] = {1, 18, 36, 72, 108, 144, 216};
	static const double sdm[] = {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2};
	static const double sdm_want[] = {67.7089898596, 0.0135152248467, 0.000115091177425,
					  92.5814923, 0.9785891379380394};
	static const double users[] = {10, 100, 1000, 10000, 50000};
	static const double rates[] = {9e3, 8.1e4, 4.4e5, 7.9e5, 6.5e5};
	static const double users_want[] = {893.299333908, 0.000977124139357, 7.43903828035e-09,
					    11588.55589, 0.9993322766503455};
	static const double n[] = {1, 2, 4, 8};
	static const double level[] = {100, 190, 370, 700};
	static const double level_want[] = {98.2725734377, 0.0184892993427, 0, (double)INFINITY,
					    0.9998430306771207};
	struct usl usl;

	check(tracer_n, tracer, 11, tracer_want, "ray tracer");
	check(sdm_n, sdm, 7, sdm_want, "SPEC SDM91");
	check(users, rates, 5, users_want, "thousands of users");
	check(n, level, 4, level_want, "beta held at 0");
	fit(sdm_n, sdm, 7, &usl);
	ok(usl.is_peak_in_range, "a peak that was seen");
	is_near(usl.peak_rate.value, 1950.66285, 1e-3, "of so much");
	fit(tracer_n, tracer, 11, &usl);
	ok(!usl.is_peak_in_range, "a peak far beyond what was measured");
	fit(n, level, 4, &usl);
	is_near(usl.peak_rate.value, usl.gamma.value / usl.alpha.value, 1e-6, "levels off");
	ok(!usl.is_peak_in_range, "no peak is in no range");
}

static void test_odd(void)
{
	static const double n[] = {1, 2, 4, 8, 16};
	static const double falling[] = {1000, 900, 800, 700, 500};
	static const double more[] = {100, 205, 420, 850, 1750};
	static const double more_want[] = {104.429083357, 0, 0, (double)INFINITY,
					   0.9963856072982461};
	static const double same[] = {100, 100, 100, 100, 100};
	struct usl usl;

	check(n, more, 5, more_want, "more than linear: both held at 0");
	fit(n, more, 5, &usl);
	ok(isinf(usl.peak_rate.value), "without end");
	is_int(fit(n, falling, 5, &usl), 0, "falling from the first on");
	is_near(usl.alpha.value, 1.0647150491, 1e-6, "alpha above 1");
	is_near(usl.beta.value, 0.0597593687125, 1e-6, "beta");
	is_near(usl.peak_n.value, 1.0, 0.0, "one is best");
	is_near(usl.peak_rate.value, usl.gamma.value, 0.0, "with gamma");
	ok(usl.is_peak_in_range, "which was measured");
	is_int(fit(n, same, 5, &usl), 0, "all rates the same");
	is_near(usl.alpha.value, 1.0, 1e-9, "all is serial");
	ok(usl.r_squared >= 0.0 && usl.r_squared <= 1.0, "nothing to explain");
}

/* Great numbers of users: what is held at 0 must not count as what cannot be solved. */
static void test_many_users(void)
{
	static const double n[] = {2000, 20000, 100000, 200000}, rates[] = {32.9, 138, 191, 213};
	const double wanted[] = {33, 139, 196, 207}; /* scipy's least_squares, beta held at 0 */
	struct usl usl;
	double worst = 0;

	is_int(fit(n, rates, 4, &usl), 0, "up to 200,000 users");
	for (int i = 0; i < 4; i++) {
		double rate =
			usl.gamma.value * n[i] /
			(1 + usl.alpha.value * (n[i] - 1) + usl.beta.value * n[i] * (n[i] - 1));

		worst = fmax(worst, fabs(rate / wanted[i] - 1));
	}
	ok(worst < 0.01, "the law is near to all of them");
	is_near(usl.beta.value, 0, 1e-15, "and has no peak");
}

static void test_refused(void)
{
	static const double two[] = {1, 1, 2, 2, 2}, rates[] = {10, 11, 19, 20, 21};
	static const double n[] = {1, 2, 4}, zero[] = {10, 0, 30}, below[] = {1, -2, 4};
	static const double endless[] = {10, (double)INFINITY, 30}, none[] = {10, (double)NAN, 30};
	struct usl usl = {.r_squared = 7.0};

	is_int(fit(two, rates, 5, &usl), -ENODATA, "two levels");
	is_int(fit(two, rates, 0, &usl), -ENODATA, "nothing");
	is_int(fit(n, zero, 3, &usl), -EINVAL, "a rate of 0");
	is_int(fit(below, rates, 3, &usl), -EINVAL, "fewer than no users");
	is_int(fit(n, endless, 3, &usl), -EINVAL, "an endless rate");
	is_int(fit(n, none, 3, &usl), -EINVAL, "no number");
	is_near(usl.r_squared, 7.0, 0.0, "nothing is written then");
}

static double normal_number(struct rng *rng)
{
	double u = 1.0 - rng_next_double(rng);

	return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_next_double(rng));
}

/* How often the interval of the peak holds the true one, with three runs of 3 % noise a level. */
static void test_intervals(void)
{
	enum { SERIES = 60, RUNS = 3 };
	static const double n[] = {1, 2, 4, 8, 16, 32, 64};
	const double alpha = 0.03, beta = 0.0004, peak = sqrt((1.0 - alpha) / beta);
	struct usl_point points[MOST];
	struct usl usl, again;
	uint32_t held = 0;
	struct rng rng;

	rng_init(&rng, 77);
	for (uint64_t series = 0; series < SERIES; series++) {
		uint32_t count = 0;

		for (int level = 0; level < 7; level++) {
			double at = n[level];
			double x = 50.0 * at / (1.0 + alpha * (at - 1.0) + beta * at * (at - 1.0));

			for (int run = 0; run < RUNS; run++)
				points[count++] =
					(struct usl_point){at, x * exp(0.03 * normal_number(&rng))};
		}
		usl_fit(points, count, series, &usl);
		held += usl.peak_n.lo <= peak && peak <= usl.peak_n.hi;
	}
	printf("# %" PRIu32 " of %d\n", held, SERIES);
	ok(held >= 51, "in 95 of 100, less what so few runs and series leave open");
	ok(usl.alpha.lo <= usl.alpha.value && usl.alpha.value <= usl.alpha.hi, "around the value");
	usl_fit(points, 7 * RUNS, SERIES - 1, &again);
	ok(usl.peak_n.lo >= again.peak_n.lo && usl.peak_n.lo <= again.peak_n.lo &&
		   usl.beta.hi >= again.beta.hi && usl.beta.hi <= again.beta.hi,
	   "the same seed, the same answer");
}

int main(void)
{
	test_against_scipy();
	test_odd();
	test_many_users();
	test_refused();
	test_intervals();
	return tap_done();
}
