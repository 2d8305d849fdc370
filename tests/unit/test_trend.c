/* Held against R: cor.test(method = "kendall", exact = FALSE, continuity = TRUE). */
#include "stats/trend.h"

#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

/*
 * x <- c(3,1,4,…); cor.test(1:20, x, method = "kendall", exact = FALSE, continuity = TRUE)
 * s <- outer(x, x, function(a, b) b - a) / outer(1:20, 1:20, function(i, j) j - i)
 * median(s[upper.tri(s)])
 */
static void test_against_r(void)
{
	static const double tied[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4};
	static const double rising[] = {10.2, 10.1, 10.4, 10.9, 10.7, 11.3, 11.2, 11.9, 12.4, 12.1};
	struct trend trend;

	trend_find(tied, 20, &trend);
	is_near(trend.z, 1.278860379778708, 1e-12, "z with ties");
	is_near(trend.p, 0.200946226864307, 1e-12, "p");
	is_near(trend.slope, 1.0 / 6.0, 1e-12, "slope");
	trend_find(rising, 10, &trend);
	is_int(trend.s, 37, "s");
	is_near(trend.z, 3.21993788759969712, 1e-12, "z without ties");
	is_near(trend.p, 0.00128218374180531, 1e-12, "p");
	is_near(trend.slope, 0.25, 1e-12, "slope");
}

static void test_small(void)
{
	static const double values[] = {1, 2, 3, 4, 5, 6, 7}, equal[9] = {0};
	struct trend trend;

	trend_find(values, 7, &trend);
	ok(trend.s == 21 && trend.p >= 1.0, "seven points: a count and a slope, no p");
	is_near(trend.slope, 1.0, 0.0, "of one a step");
	trend_find(values, 0, &trend);
	ok(trend.count == 0 && trend.p >= 1.0, "no points");
	trend_find(values, 1, &trend);
	ok(trend.count == 1 && trend.slope <= 0.0 && trend.slope >= 0.0, "one point");
	trend_find(equal, 9, &trend);
	ok(trend.s == 0 && trend.p >= 1.0, "no change is no trend");
}

/* 0.001 a step below noise of 100: not to be seen in neighbours, plain in the whole. */
static void test_long(void)
{
	enum { COUNT = 100000 };
	scoped_free double *values = alloc_array(COUNT, sizeof(*values));
	struct trend trend;
	struct rng rng;

	rng_init(&rng, 3);
	for (int i = 0; i < COUNT; i++)
		values[i] = 0.001 * i + 100.0 * rng_next_double(&rng);
	trend_find(values, COUNT, &trend);
	is_int(trend.count, TREND_MAX_POINTS, "a long series is thinned out");
	ok(trend.p < 1e-9 && trend.s > 0, "it rises");
	is_near(trend.slope, 0.001, 0.00003, "by a thousandth a step of the given series");
	for (int i = 0; i < 1999; i++)
		values[i] = -i;
	trend_find(values, 1999, &trend);
	is_int(trend.count, 999, "the rest at the end is left out");
	is_int(trend.s, -999 * 998 / 2, "all pairs fall");
	is_near(trend.slope, -1.0, 1e-12, "one a step");
}

/* How often p < 0.05 says "trend" of noise. */
static void test_level(void)
{
	enum { RUNS = 2000, COUNT = 30 };
	struct trend trend;
	double values[COUNT];
	struct rng rng;
	int called = 0;

	rng_init(&rng, 17);
	for (int run = 0; run < RUNS; run++) {
		for (int i = 0; i < COUNT; i++)
			values[i] = rng_next_double(&rng);
		trend_find(values, COUNT, &trend);
		called += trend.p < 0.05;
	}
	is_near((double)called / RUNS, 0.05, 0.015, "of noise, one series in twenty");
}

int main(void)
{
	test_against_r();
	test_small();
	test_long();
	test_level();
	return tap_done();
}
