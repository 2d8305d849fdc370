/* Held against R: glm(quasipoisson) in closed form, poisson.test, limma's fitFDist. */
#include "stats/rate_change.h"

#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

#define is_same(got, want, what) is_near((got) / (want), 1.0, 1e-10, what)

static const double base_counts[] = {412, 398, 455, 430, 407};
static const double head_counts[] = {512, 466, 498, 540, 489};
static const double base_requests[] = {9800, 9750, 9900, 9820, 9790};
static const double head_requests[] = {9810, 9700, 9850, 9900, 9770};

static const struct rate_change_side base_side = {base_counts, base_requests, 5};
static const struct rate_change_side head_side = {head_counts, head_requests, 5};

static void test_against_r(void)
{
	struct rate_change change;
	uint32_t df;

	is_same(rate_change_find_phi(&base_side, &head_side, &df), 1.05848600438526, "phi");
	is_int(df, 8, "of eight degrees of freedom");
	rate_change_test(&base_side, &head_side, NULL, &change);
	is_same(change.theta, 0.17601114524927, "theta");
	is_same(change.se, 0.0304320665640329, "standard error");
	is_same(change.t, 5.78373949330455, "t");
	is_same(change.p, 0.000412750220110102, "p");
	is_same(change.lo, 0.105834673909802, "from");
	is_same(change.hi, 0.246187616588739, "to");
	is_near(change.visible, 2.8 * change.se, 1e-15, "what could have been seen");
	is_near(change.base_sum, 2102, 0.0, "all counts of base");
	is_same(change.head_rate, 2505.0 / 49030.0, "rate of head");
	ok(!change.is_exact, "by t");
	rate_change_test(&head_side, &base_side, NULL, &change);
	is_same(change.theta, -0.17601114524927, "the other way round");
}

/* With a given prior: (d0 phi0 + d phi) / (d0 + d), worked by hand. */
static void test_shrinking(void)
{
	struct rate_change_prior prior = {
		.cv_squared = 0.01, .phi = 0.9, .df = 4, .df_max = (double)INFINITY};
	double expected = 0.9 * (1.0 + 0.01 * 460.7);
	struct rate_change change;

	rate_change_test(&base_side, &head_side, &prior, &change);
	is_same(change.phi, (4 * expected + 8 * 1.05848600438526) / 12, "between own and all");
	is_near(change.df, 12, 0.0, "degrees of both");
	prior.df_max = 10;
	rate_change_test(&base_side, &head_side, &prior, &change);
	is_near(change.df, 10, 0.0, "not more than all functions are worth");
	prior.df_max = 3;
	rate_change_test(&base_side, &head_side, &prior, &change);
	is_near(change.df, 8, 0.0, "and not less than the function's own");
	prior.df = (double)INFINITY;
	prior.df_max = (double)INFINITY;
	rate_change_test(&base_side, &head_side, &prior, &change);
	is_same(change.phi, expected, "all alike: the prior's");
	ok(isinf(change.df) && change.p > 0.0, "and a normal distribution");
	prior = (struct rate_change_prior){.phi = 0.1, .df = 1000, .df_max = (double)INFINITY};
	rate_change_test(&base_side, &head_side, &prior, &change);
	is_near(change.phi, 1.0, 0.0, "never below a count's own noise");
}

/*
 * Two runs of equal exposure with counts of 200 +- h, the same on both sides, have phi = h^2 / 100.
 * All means are equal and most phis below 1, so that there is no trend.
 */
static void test_prior_against_limma(void)
{
	/* fitFDist(h^2 / 100, 2) of R's limma 3.54.1 */
	static const double halves[] = {1, 3, 7, 10, 12, 14, 5, 9, 2, 11, 8, 6};
	enum { COUNT = sizeof(halves) / sizeof(halves[0]) };
	static const double exposures[] = {1, 1};
	struct rate_change_side bases[COUNT], heads[COUNT];
	double counts[COUNT][2];
	struct rate_change_prior prior;

	for (int i = 0; i < COUNT; i++) {
		counts[i][0] = 200 + halves[i];
		counts[i][1] = 200 - halves[i];
		bases[i] = heads[i] = (struct rate_change_side){counts[i], exposures, 2};
	}
	rate_change_find_prior(bases, heads, COUNT, &prior);
	is_near(prior.cv_squared, 0.0, 0.0, "no more than the counts' own noise");
	is_same(prior.phi, 0.428051066496465, "limma's scale");
	is_near(prior.df / 3.06425544395704, 1.0, 1e-7, "limma's degrees of freedom");
}

static void test_prior_of_nothing(void)
{
	static const double none[] = {0, 0, 0, 0, 0}, few[] = {5, 4, 6, 3, 5};
	static const double one_count[] = {400}, one_request[] = {1000};
	struct rate_change_side zero = {none, base_requests, 5}, rare = {few, base_requests, 5};
	struct rate_change_side single = {one_count, one_request, 1};
	struct rate_change_side bases[] = {zero, rare, base_side},
				heads[] = {base_side, rare, zero};
	struct rate_change_side singles[] = {single, single};
	struct rate_change_prior prior;

	rate_change_find_prior(bases, heads, 3, &prior);
	ok(prior.df <= 0.0 && prior.phi >= 1.0, "vanished and rare functions say nothing");
	rate_change_find_prior(bases, heads, 0, &prior);
	ok(prior.df <= 0.0, "no functions");
	rate_change_find_prior(singles, singles, 2, &prior);
	ok(prior.df <= 0.0, "one run each");
}

static double normal_number(struct rng *rng)
{
	double u = 1.0 - rng_next_double(rng);

	return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_next_double(rng));
}

/* Counts so large that they have their dispersion from their means alone: nearly normal. */
static void fill(struct rng *rng, double *counts, uint32_t functions, uint32_t runs, double shared,
		 double own)
{
	for (uint32_t r = 0; r < runs; r++) {
		double run = shared * normal_number(rng);

		for (uint32_t f = 0; f < functions; f++) {
			double mean = 100.0 * (1.0 + f % 100);
			double at = mean * exp(run + own * normal_number(rng));

			counts[f * runs + r] = fmax(0.0, round(at + sqrt(at) * normal_number(rng)));
		}
	}
}

/* The prior finds what was put in. */
static void test_prior_of_known(void)
{
	enum { FUNCTIONS = 2000, RUNS = 5 };
	static const double exposures[RUNS] = {1, 1, 1, 1, 1};
	scoped_free double *counts = alloc_array(2 * FUNCTIONS * RUNS, sizeof(*counts));
	scoped_free struct rate_change_side *sides = alloc_array(2 * FUNCTIONS, sizeof(*sides));
	struct rate_change_prior prior;
	struct rng rng;

	for (uint32_t i = 0; i < 2 * FUNCTIONS; i++)
		sides[i] = (struct rate_change_side){counts + (size_t)i * RUNS, exposures, RUNS};
	rng_init(&rng, 11);
	fill(&rng, counts, 2 * FUNCTIONS, RUNS, 0.0, 0.05);
	rate_change_find_prior(sides, sides + FUNCTIONS, FUNCTIONS, &prior);
	is_near(prior.cv_squared, 0.0025, 0.0002, "a variation of 5 % between runs");
	is_near(prior.phi, 1.0, 0.05, "and nothing else");
	ok(prior.df > 50 && prior.df_max > 1000, "all functions alike, each for itself");
	fill(&rng, counts, 2 * FUNCTIONS, RUNS, 0.0, 0.0);
	rate_change_find_prior(sides, sides + FUNCTIONS, FUNCTIONS, &prior);
	is_near(prior.cv_squared, 0.0, 0.00001, "only counting");
	fill(&rng, counts, FUNCTIONS, RUNS, 0.2, 0.0);
	fill(&rng, counts + FUNCTIONS * RUNS, FUNCTIONS, RUNS, 0.2, 0.0);
	rate_change_find_prior(sides, sides + FUNCTIONS, FUNCTIONS, &prior);
	ok(prior.df_max < 10, "what moves together is worth little more than one function");
}

static void test_exact(void)
{
	/* c(head, base), c(E_head, E_base), estimate, from, to, p */
	static const double rows[][8] = {
		{120, 90, 10000, 9500, 1.2666666666666666, 0.95573958519660518, 1.6838087376928053,
		 0.097466766766336116},
		{3, 14, 10, 20, 0.4285714285714286, 0.078969809739740382, 1.5355545172624081,
		 0.20589748674856509},
		{1000, 1100, 1e6, 1e6, 0.90909090909090906, 0.83364301346327563,
		 0.99127791187628522, 0.030720707864242414},
		{1, 2, 1, 1, 0.5, 0.0084749803491115348, 9.6045298847228615, 1},
		{5, 5, 1, 1, 1, 0.23014246893810797, 4.3451345795239966, 1},
		{12, 3, 50, 10, 0.8, 0.21589454647822387, 4.4176573795482934, 0.72739701962072734},
		{7.9, 0.2, 120, 100, (double)INFINITY, 1.2010904323626994, (double)INFINITY,
		 0.018374190897180506},
	};
	double ratio, lo, hi, p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const double *row = rows[i];

		rate_change_test_exact(row[1], row[3], row[0], row[2], &ratio, &lo, &hi, &p);
		if (isinf(row[4]))
			ok(isinf(ratio) && isinf(hi), "none at all on one side");
		else
			is_near(ratio / row[4] * row[6] / hi, 1.0, 1e-10,
				"poisson.test: ratio, to");
		is_same(lo, row[5], "from");
		is_same(p, row[7], "p");
	}
	rate_change_test_exact(9, 100, 0, 100, &ratio, &lo, &hi, &p);
	ok(ratio <= 0.0 && lo <= 0.0, "vanished");
	is_same(hi, 0.50663019029466771, "to");
	is_same(p, 0.0039062500000000035, "p");
	rate_change_test_exact(0, 100, 0, 100, &ratio, &lo, &hi, &p);
	ok(isnan(ratio) && isnan(p), "no counts, no answer");
	rate_change_test_exact(1, 0, 3, 100, &ratio, &lo, &hi, &p);
	ok(isnan(p), "no exposure, no answer");
}

static void test_zero_side(void)
{
	static const double none[] = {0, 0, 0, 0, 0}, some[] = {2, 1, 3, 2, 1};
	struct rate_change_side zero = {none, base_requests, 5}, rare = {some, base_requests, 5};
	struct rate_change_prior prior = {
		.phi = 3, .df = (double)INFINITY, .df_max = (double)INFINITY};
	struct rate_change change;

	rate_change_test(&zero, &rare, NULL, &change);
	ok(change.is_exact && isinf(change.theta) && change.theta > 0.0, "new");
	is_same(change.p, 2.0 * pow(0.5, 9), "nine heads of nine coins");
	ok(change.lo > 0.0 && isinf(change.hi) && isnan(change.se), "open above");
	rate_change_test(&rare, &zero, NULL, &change);
	ok(change.theta < 0.0 && isinf(change.theta) && change.hi < 0.0, "vanished");
	rate_change_test(&zero, &rare, &prior, &change);
	is_same(change.p, 2.0 * pow(0.5, 3), "nine counts that come in threes are three");
	prior.phi = 100;
	rate_change_test(&zero, &rare, &prior, &change);
	ok(change.p >= 1.0 && isinf(change.lo) && change.lo < 0.0, "or none");
	rate_change_test(&zero, &zero, NULL, &change);
	ok(isnan(change.p) && isnan(change.theta), "nothing on both sides");
}

static void test_one_run(void)
{
	static const double count[] = {400}, more[] = {500}, request[] = {1000};
	struct rate_change_side base = {count, request, 1}, head = {more, request, 1};
	struct rate_change change;

	rate_change_test(&base, &head, NULL, &change);
	ok(isnan(change.p) && isnan(change.se) && change.df <= 0.0, "one run each: no test");
	is_near(change.theta, log(1.25), 1e-15, "but a ratio");
	rate_change_test(&base, &head_side, NULL, &change);
	is_near(change.df, 4, 0.0, "one against five: the five say how much runs differ");
}

int main(void)
{
	test_against_r();
	test_shrinking();
	test_prior_against_limma();
	test_prior_of_nothing();
	test_prior_of_known();
	test_exact();
	test_zero_side();
	test_one_run();
	return tap_done();
}
