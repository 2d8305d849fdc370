/* Held against R, quantile functions in plain lists, and the exponential distribution. */
#include "stats/distance.h"

#include "stats/rng.h"
#include "tap.h"

static struct histogram *make(const uint64_t *values, size_t count)
{
	struct histogram *histogram = histogram_new();

	for (size_t i = 0; i < count; i++)
		histogram_record(histogram, values[i]);
	return histogram;
}

/*
 * a <- c(100,200,300,400,500); b <- c(150,150,350,400,900,1000)
 * u <- sort(unique(c((0:5)/5, (0:6)/6))); m <- (head(u, -1) + tail(u, -1)) / 2
 * sum(diff(u) * abs(sort(a)[ceiling(m*5)] - sort(b)[ceiling(m*6)])); ks.test(a, b)$statistic
 */
static void test_against_r(void)
{
	scoped(histogram_cleanup) struct histogram *a =
		make((const uint64_t[]){100, 200, 300, 400, 500}, 5);
	scoped(histogram_cleanup) struct histogram *b =
		make((const uint64_t[]){150, 150, 350, 400, 900, 1000}, 6);
	scoped(histogram_cleanup) struct histogram *far = make((const uint64_t[]){2000, 2000}, 2);
	scoped(histogram_cleanup) struct histogram *none = histogram_new();

	is_near(distance_wasserstein_ns(a, b), 205.0, 1e-9, "Wasserstein-1");
	is_near(distance_wasserstein_ns(b, a), 205.0, 1e-9, "either way");
	is_near(distance_wasserstein_ns(a, a), 0.0, 0.0, "none from itself");
	is_near(distance_wasserstein_ns(a, far), 1700.0, 1e-9, "apart: the difference of means");
	is_near(distance_ks(a, b), 1.0 / 3.0, 1e-12, "D");
	is_near(distance_ks(a, a), 0.0, 0.0, "none from itself");
	is_near(distance_ks(a, far), 1.0, 0.0, "apart: 1");
	is_near(distance_ks(far, a), 1.0, 0.0, "either way");
	ok(isnan(distance_ks(a, none)) && isnan(distance_wasserstein_ns(none, a)),
	   "nothing has no distance");
}

/* 1 - .Call(stats:::C_pKS2, x, tol = 1e-16) in R 4.2 */
static void test_kolmogorov(void)
{
	static const double x[] = {0.3, 0.5, 0.9, 1.0, 1.36, 2.0, 3.0};
	static const double want[] = {0.999990694198665,   0.963945243664875,  0.392730707940654,
				      0.269999671677355,   0.0494858767553779, 0.00067092525577972,
				      3.04599594436183e-08};

	for (int i = 0; i < 7; i++)
		is_near(distance_ks_p(x[i] / sqrt(1000.0), 1000), want[i], 1e-14, "Kolmogorov's p");
	is_near(distance_ks_p(0.0, 1000), 1.0, 0.0, "no distance: 1");
	is_near(distance_ks_p(0.001, 1000), 1.0, 0.0, "hardly any: 1");
	is_near(distance_ks_p(1.0, 1000), 0.0, 1e-300, "all: 0");
	ok(isnan(distance_ks_p((double)NAN, 1000)), "unknown stays unknown");
}

/*
 * Drawn gaps with mean 50 us against such as are 3 % longer: of exponentials with means m and m', W
 * is |m - m'| and D is r^(1/(1-r)) - r^(r/(1-r)) in magnitude, r = m/m'.
 */
static void test_exponential(void)
{
	enum { COUNT = 200000 };
	scoped(histogram_cleanup) struct histogram *intended = histogram_new();
	scoped(histogram_cleanup) struct histogram *same = histogram_new();
	scoped(histogram_cleanup) struct histogram *longer = histogram_new();
	double r = 1.0 / 1.03, d = pow(r, r / (1 - r)) - pow(r, 1 / (1 - r));
	struct rng rng;

	rng_init(&rng, 8);
	for (int i = 0; i < COUNT; i++) {
		double gap = -50000.0 * log1p(-rng_next_double(&rng));

		histogram_record(intended, (uint64_t)gap);
		histogram_record(longer, (uint64_t)(1.03 * gap));
		histogram_record(same, (uint64_t)(-50000.0 * log1p(-rng_next_double(&rng))));
	}
	is_near(distance_wasserstein_ns(intended, longer) / 50000.0, 0.03, 0.0005,
		"3 % longer: 0.03 of the mean gap");
	ok(distance_wasserstein_ns(intended, same) / 50000.0 < 0.01, "drawn anew: nearly none");
	is_near(distance_ks(intended, longer), d, 0.001, "D by the closed form");
	ok(distance_ks_p(distance_ks(intended, longer), COUNT) < 1e-9 &&
		   distance_ks_p(distance_ks(intended, longer), DISTANCE_KS_SUBSAMPLE) > 0.9,
	   "significant of all, far from it of a subsample");
}

int main(void)
{
	test_against_r();
	test_kolmogorov();
	test_exponential();
	return tap_done();
}
