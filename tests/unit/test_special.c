/* Held against R 4.2: pbeta, qbeta, pt, qt, pbinom, dbinom, digamma, trigamma. */
#include "stats/special.h"

#include "tap.h"

/* Ten digits. */
#define is_same(got, want, what) is_near((got) / (want), 1.0, 1e-10, what)

static void test_beta(void)
{
	static const double rows[][4] = {
		{2, 3, 0.4, 0.52480000000000004},	   {0.5, 0.5, 0.1, 0.20483276469913345},
		{10, 0.001, 0.5, 1.8037963803927185e-07},  {0.001, 5, 0.2, 0.99978344564642763},
		{50, 60, 0.3, 0.00034341151876628889},	   {50, 60, 0.7, 0.99999995305799594},
		{5000, 4000, 0.56, 0.80186512495034568},   {1e6, 2e6, 0.3334, 0.59680154489009318},
		{1e5, 0.5, 0.99999, 0.1572986881624259},   {3, 1e6, 1e-6, 0.080301672981258995},
		{120.5, 97.25, 0.5, 0.057038495949240271},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_same(special_beta(rows[i][0], rows[i][1], rows[i][2]), rows[i][3], "pbeta");
	ok(special_beta(2, 3, 0) <= 0.0 && special_beta(2, 3, 1) >= 1.0, "0 and 1 at the ends");
	ok(isnan(special_beta(0, 1, 0.5)) && isnan(special_beta(1, -1, 0.5)) &&
		   isnan(special_beta(1, 1, 1.5)) && isnan(special_beta(1, 1, (double)NAN)) &&
		   isnan(special_beta((double)INFINITY, 1, 0.5)),
	   "nothing beyond what is defined");
}

static void test_beta_inverse(void)
{
	static const double rows[][4] = {
		{91, 121, 0.975, 0.49628030708014093},	  {120, 91, 0.025, 0.50150586817873466},
		{0.5, 0.5, 1e-6, 2.4674011002703099e-12}, {0.01, 3, 0.2, 2.8461383846466822e-71},
		{1, 11, 0.025, 0.0022989722138142669},	  {5e4, 6e4, 0.999, 0.45918712942463413},
		{3, 0.05, 0.4, 0.99999159052904407},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_same(special_beta_inverse(rows[i][0], rows[i][1], rows[i][2]), rows[i][3],
			"qbeta");
	ok(special_beta_inverse(2, 3, 0) <= 0.0 && special_beta_inverse(2, 3, 1) >= 1.0,
	   "the ends");
	ok(isnan(special_beta_inverse(2, 3, -0.1)), "no chance below 0");
}

static void test_student(void)
{
	static const double cdf[][3] = {
		{-2.2281388519649385, 10, 0.025000000000904309},
		{-5.78374, 8, 0.00020637499063231023},
		{1.5, 3.7, 0.89320091539899338},
		{-1e-9, 4, 0.49999999962499997},
		{-40, 6, 8.1591804652712357e-09},
		{-3, 1e6, 0.0013499312707108962},
		{-8, 1e7, 6.2216174014033532e-16},
		{-12.7, 1, 0.025012163844672076},
		{0.3, 0.5, 0.57757042393475455},
	};
	static const double quantiles[][3] = {
		{0.975, 8, 2.3060041352041658},	   {0.025, 3, -3.1824463052837091},
		{1e-10, 5, -156.82559270889428},   {0.500001, 12, 2.559336258270363e-06},
		{0.9995, 1.5, 82.847446703663707}, {1e-4, 1e5, -3.7191543826413436},
		{0.3, 0.4, -1.1974301614558414},
	};

	for (size_t i = 0; i < sizeof(cdf) / sizeof(cdf[0]); i++)
		is_same(special_student_cdf(cdf[i][0], cdf[i][1]), cdf[i][2], "pt");
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		is_same(special_student_quantile(quantiles[i][0], quantiles[i][1]), quantiles[i][2],
			"qt");
	is_same(special_student_cdf(-1.96, (double)INFINITY), 0.024997895148220435,
		"no limit: normal");
	is_near(special_student_cdf(-(double)INFINITY, 3), 0.0, 0.0, "infinitely far");
	is_near(special_student_quantile(0.5, 3), 0.0, 0.0, "the middle");
	ok(isnan(special_student_cdf(1, 0)) && isnan(special_student_quantile(0.5, -1)),
	   "no degrees of freedom");
}

static void test_binomial(void)
{
	static const struct {
		uint64_t k, n;
		double p, cdf, pmf;
	} rows[] = {
		{3, 10, 0.5, 0.17187500000000006, 0.11718750000000014},
		{0, 5, 0.3, 0.16806999999999991, 0.16806999999999994},
		{90, 210, 0.45, 0.29010657914325017, 0.04569850123134956},
		{500, 1200, 0.4, 0.88630749925219021, 0.011697922871353378},
		{499000, 1000000, 0.5, 0.022804149932691052, 0.00010798197801891509},
		{7, 1000000000, 1e-8, 0.22022064525051036, 0.090079225629136811},
	};
	double sum = 0.0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_same(special_binomial_cdf(rows[i].k, rows[i].n, rows[i].p), rows[i].cdf,
			"pbinom");
		is_same(special_binomial_pmf(rows[i].k, rows[i].n, rows[i].p), rows[i].pmf,
			"dbinom");
	}
	for (uint64_t k = 0; k <= 40; k++) {
		sum += special_binomial_pmf(k, 40, 0.37);
		if (k % 10 == 0)
			is_near(special_binomial_cdf(k, 40, 0.37), sum, 1e-12,
				"the sum of its parts");
	}
	is_near(special_binomial_cdf(5, 5, 0.3), 1.0, 0.0, "all of them");
	is_near(special_binomial_pmf(6, 5, 0.3), 0.0, 0.0, "more than all");
	is_near(special_binomial_pmf(0, 5, 0.0), 1.0, 0.0, "no chance");
	ok(isnan(special_binomial_cdf(1, 5, 1.1)), "more than certain");
}

static void test_gamma(void)
{
	static const double rows[][3] = {
		{0.001, -1000.5755719318104, 1000001.6425331959},
		{0.5, -1.9635100260214231, 4.934802200544679},
		{1, -0.57721566490153231, 1.6449340668482264},
		{2.5, 0.70315664064524341, 0.49035775610023491},
		{7.3, 1.9178203356379862, 0.14679576813142711},
		{10, 2.2517525890667214, 0.10516633568168572},
		{123.4, 4.8113737751162775, 0.0081366516108652628},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_same(special_digamma(rows[i][0]), rows[i][1], "digamma");
		is_same(special_trigamma(rows[i][0]), rows[i][2], "trigamma");
		is_same(special_trigamma_inverse(rows[i][2]), rows[i][0], "and back");
	}
	ok(isinf(special_trigamma_inverse(0.0)) && isnan(special_trigamma_inverse(-1.0)) &&
		   isnan(special_digamma(0.0)) && isnan(special_trigamma(-1.0)),
	   "the limits");
}

int main(void)
{
	test_beta();
	test_beta_inverse();
	test_student();
	test_binomial();
	test_gamma();
	return tap_done();
}
