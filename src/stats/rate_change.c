#include "stats/rate_change.h"

#include <math.h>

#include "stats/quantile.h"
#include "stats/special.h"
#include "util/alloc.h"

/* 1.96 + 0.84: a two-sided test of 5 % sees a change of so many standard errors in 8 of 10. */
static const double SEEN_IN_8_OF_10 = 2.8;

struct sums {
	double count, exposure;
};

static struct sums side_sums(const struct rate_change_side *side)
{
	struct sums sums = {0};

	for (uint32_t run = 0; run < side->run_count; run++) {
		sums.count += side->counts[run];
		sums.exposure += side->exposures[run];
	}
	return sums;
}

/* Pearson's residuals against the side's own rate, appended at `*residuals` where not NULL. */
static double side_chi_square(const struct rate_change_side *side, struct sums sums,
			      double *residuals)
{
	double chi_square = 0.0;

	for (uint32_t run = 0; run < side->run_count; run++) {
		double mean = sums.count * side->exposures[run] / sums.exposure;
		double residual = (side->counts[run] - mean) / sqrt(mean);

		chi_square += residual * residual;
		if (residuals != NULL)
			residuals[run] = residual;
	}
	return chi_square;
}

double rate_change_find_phi(const struct rate_change_side *base,
			    const struct rate_change_side *head, uint32_t *ret_df)
{
	const struct rate_change_side *sides[] = {base, head};
	double chi_square = 0.0;
	uint32_t df = 0;

	for (int i = 0; i < 2; i++) {
		struct sums sums = side_sums(sides[i]);

		if (!(sums.count > 0.0))
			continue;
		chi_square += side_chi_square(sides[i], sums, NULL);
		df += sides[i]->run_count - 1;
	}
	*ret_df = df;
	return df > 0 ? chi_square / df : 1.0;
}

/* What the prior is made from, by function. */
struct dispersions {
	double *phis, *means; /* mean count a run */
	uint32_t count, df;
	double squared_correlation; /* mean over all pairs of functions, not below 0 */
};

static bool is_telling(const struct rate_change_side *base, const struct rate_change_side *head,
		       struct sums sums[2])
{
	sums[0] = side_sums(base);
	sums[1] = side_sums(head);
	return sums[0].count > 0.0 && sums[1].count > 0.0 &&
	       sums[0].count + sums[1].count >= RATE_CHANGE_MIN_COUNT;
}

/*
 * With z the residuals of a function, scaled to length 1, the sum over all pairs of functions of
 * (z_f . z_g)^2 is the sum of squares of the matrix sum_f z_f z_f': no pair is ever looked at. Of
 * functions that have nothing to do with each other it is 1/df a pair, which is taken off.
 */
static double mean_squared_correlation(const double *products, uint32_t runs, uint32_t functions,
				       double df)
{
	double sum = 0.0, count = functions, mean;

	if (functions < 2 || df < 2.0)
		return 1.0;
	for (uint32_t i = 0; i < runs * runs; i++)
		sum += products[i] * products[i];
	mean = (sum - count) / (count * (count - 1.0));
	return fmin(1.0, fmax(0.0, (mean * df - 1.0) / (df - 1.0)));
}

static void gather_dispersions(const struct rate_change_side *bases,
			       const struct rate_change_side *heads, uint32_t count,
			       struct dispersions *ret)
{
	uint32_t n_base = bases[0].run_count, runs = n_base + heads[0].run_count;
	scoped_free double *products = alloc_array((size_t)runs * runs, sizeof(*products));
	scoped_free double *z = alloc_array(runs, sizeof(*z));
	uint32_t correlated = 0;

	for (uint32_t f = 0; f < count; f++) {
		struct sums sums[2];
		double chi_square;

		if (!is_telling(&bases[f], &heads[f], sums))
			continue;
		chi_square = side_chi_square(&bases[f], sums[0], z) +
			     side_chi_square(&heads[f], sums[1], z + n_base);
		ret->phis[ret->count] = chi_square / ret->df;
		ret->means[ret->count++] = (sums[0].count + sums[1].count) / runs;
		if (!(chi_square > 0.0))
			continue;
		correlated++;
		for (uint32_t i = 0; i < runs; i++) {
			for (uint32_t j = 0; j < runs; j++)
				products[i * runs + j] += z[i] * z[j] / chi_square;
		}
	}
	ret->squared_correlation = mean_squared_correlation(products, runs, correlated, ret->df);
}

/*
 * cv^2 of phi = 1 + cv^2 * mean by weighted least squares; a phi varies in proportion to what it
 * should be, hence weights of 1/(1 + cv^2 * mean)^2, which a few rounds settle.
 */
static double find_trend(const struct dispersions *all)
{
	double cv_squared = 0.0;

	for (int round = 0; round < 20; round++) {
		double excess = 0.0, weight = 0.0;

		for (uint32_t f = 0; f < all->count; f++) {
			double mean = all->means[f], share = mean / (1.0 + cv_squared * mean);

			excess += share * share / mean * (all->phis[f] - 1.0);
			weight += share * share;
		}
		cv_squared = fmax(0.0, excess / weight);
	}
	return cv_squared;
}

/* fitFDist() of limma: `phis` are scaled F variables of `df` and prior->df degrees of freedom. */
static void fit_scaled_f(double *phis, uint32_t count, double df, struct rate_change_prior *prior)
{
	double least = 1e-5 * quantile_of_values(phis, count, 0.5), sum = 0.0, squares = 0.0;
	double mean_phi = 0.0, offset = log(0.5 * df) - special_digamma(0.5 * df), mean, excess;

	least = least > 0.0 ? least : 1e-5;
	for (uint32_t f = 0; f < count; f++) {
		phis[f] = fmax(phis[f], least);
		mean_phi += phis[f] / count;
		sum += log(phis[f]) + offset;
	}
	mean = sum / count;
	for (uint32_t f = 0; f < count; f++) {
		double e = log(phis[f]) + offset - mean;

		squares += e * e;
	}
	excess = squares / (count - 1) - special_trigamma(0.5 * df);
	if (excess > 0.0) {
		double half = special_trigamma_inverse(excess);

		prior->df = 2.0 * half;
		prior->phi = exp(mean + special_digamma(half) - log(half));
	} else {
		prior->df = (double)INFINITY;
		prior->phi = mean_phi;
	}
}

void rate_change_find_prior(const struct rate_change_side *bases,
			    const struct rate_change_side *heads, uint32_t count,
			    struct rate_change_prior *ret_prior)
{
	struct dispersions all = {0};
	scoped_free double *phis = alloc_array(count + 1, sizeof(*phis));
	scoped_free double *means = alloc_array(count + 1, sizeof(*means));

	*ret_prior = (struct rate_change_prior){.phi = 1.0, .df_max = (double)INFINITY};
	if (count == 0 || bases[0].run_count == 0 || heads[0].run_count == 0 ||
	    bases[0].run_count + heads[0].run_count <= 2)
		return;
	all.df = bases[0].run_count + heads[0].run_count - 2;
	all.phis = phis;
	all.means = means;
	gather_dispersions(bases, heads, count, &all);
	if (all.count < 2)
		return;
	ret_prior->cv_squared = find_trend(&all);
	for (uint32_t f = 0; f < all.count; f++)
		phis[f] /= 1.0 + ret_prior->cv_squared * means[f];
	fit_scaled_f(phis, all.count, all.df, ret_prior);
	ret_prior->df_max = all.df / all.squared_correlation;
}

/* Of `runs` runs in all, the function's own phi and df standing in `change`. */
static void shrink(const struct rate_change_prior *prior, double runs, struct rate_change *change)
{
	double mean = (change->base_sum + change->head_sum) / runs, own = change->df;
	double expected = prior->phi * (1.0 + prior->cv_squared * mean);

	if (isinf(prior->df))
		change->phi = expected;
	else if (prior->df > 0.0)
		change->phi = (prior->df * expected + own * change->phi) / (prior->df + own);
	change->df = fmax(own, fmin(prior->df + own, prior->df_max));
}

static void test_zero(struct sums base, struct sums head, struct rate_change *change)
{
	double ratio, lo, hi;

	change->is_exact = true;
	change->theta = base.count > 0.0 ? -(double)INFINITY : (double)INFINITY;
	rate_change_test_exact(base.count / change->phi, base.exposure, head.count / change->phi,
			       head.exposure, &ratio, &lo, &hi, &change->p);
	if (isnan(change->p)) { /* less than one count is left of it: says nothing */
		change->p = 1.0;
		change->lo = -(double)INFINITY;
		change->hi = (double)INFINITY;
		return;
	}
	change->lo = lo > 0.0 ? log(lo) : -(double)INFINITY;
	change->hi = log(hi);
}

void rate_change_test(const struct rate_change_side *base, const struct rate_change_side *head,
		      const struct rate_change_prior *prior, struct rate_change *ret_change)
{
	const double none = (double)NAN;
	struct sums b = side_sums(base), h = side_sums(head);
	struct rate_change change = {
		.base_sum = b.count,
		.head_sum = h.count,
		.base_rate = b.count / b.exposure,
		.head_rate = h.count / h.exposure,
		.theta = none,
		.se = none,
		.t = none,
		.p = none,
		.lo = none,
		.hi = none,
		.visible = none,
	};
	uint32_t df;
	double reach;

	change.phi = rate_change_find_phi(base, head, &df);
	change.df = df;
	if (df > 0 && prior != NULL)
		shrink(prior, base->run_count + head->run_count, &change);
	change.phi = fmax(1.0, change.phi);
	if (b.count > 0.0 && h.count > 0.0)
		change.theta = log(change.head_rate / change.base_rate);
	if (df > 0 && isnan(change.theta)) {
		test_zero(b, h, &change);
	} else if (df > 0) {
		change.se = sqrt(change.phi * (1.0 / b.count + 1.0 / h.count));
		change.t = change.theta / change.se;
		change.p = 2.0 * special_student_cdf(-fabs(change.t), change.df);
		reach = special_student_quantile(0.975, change.df) * change.se;
		change.lo = change.theta - reach;
		change.hi = change.theta + reach;
		change.visible = SEEN_IN_8_OF_10 * change.se;
	}
	*ret_change = change;
}

/*
 * How many of the counts from..n (descending in chance) are no likelier than `chance`. R allows for
 * rounding by the same factor.
 */
static uint64_t count_rarer_above(uint64_t from, uint64_t n, double p, double chance)
{
	uint64_t low = from, high = n + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (special_binomial_pmf(middle, n, p) <= chance * (1.0 + 1e-7))
			high = middle;
		else
			low = middle + 1;
	}
	return n + 1 - low;
}

/* P(X >= k). */
static double at_least(uint64_t k, uint64_t n, double p)
{
	return k == 0 ? 1.0 : special_binomial_cdf(n - k, n, 1.0 - p);
}

/* Of the lower half; the upper one is its mirror. */
static double two_sided(uint64_t k, uint64_t n, double p)
{
	double mean = (double)n * p;
	uint64_t rarer;

	if (fabs((double)k - mean) <= 1e-12 * mean)
		return 1.0;
	if ((double)k > mean)
		return two_sided(n - k, n, 1.0 - p);
	rarer = count_rarer_above((uint64_t)ceil(mean), n, p, special_binomial_pmf(k, n, p));
	return special_binomial_cdf(k, n, p) + (rarer > 0 ? at_least(n + 1 - rarer, n, p) : 0.0);
}

void rate_change_test_exact(double base, double base_exposure, double head, double head_exposure,
			    double *ret_ratio, double *ret_lo, double *ret_hi, double *ret_p)
{
	const double other = base_exposure / head_exposure, most = 4503599627370496.0; /* 2^52 */
	double k = floor(head), rest = floor(base), lo, hi;

	*ret_ratio = *ret_lo = *ret_hi = *ret_p = (double)NAN;
	if (!(k >= 0.0 && rest >= 0.0 && k + rest >= 1.0 && k + rest < most && other > 0.0) ||
	    isinf(other))
		return;
	lo = k > 0.0 ? special_beta_inverse(k, rest + 1.0, 0.025) : 0.0;
	hi = rest > 0.0 ? special_beta_inverse(rest, k + 1.0, 0.025) : 0.0; /* 1 less the bound */
	*ret_ratio = k / rest * other;
	*ret_lo = lo / (1.0 - lo) * other;
	*ret_hi = (1.0 - hi) / hi * other;
	*ret_p = fmin(1.0, two_sided((uint64_t)k, (uint64_t)(k + rest),
				     head_exposure / (base_exposure + head_exposure)));
}
