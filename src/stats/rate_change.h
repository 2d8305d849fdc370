/*
 * Whether a count per unit of work changed: samples of a function per request, in several runs of
 * two sides. Pure functions, safe from any thread.
 *
 * A run's count k of exposure e (requests answered) is taken for quasi-Poisson: mean rate * e,
 * variance phi times the mean; phi, the dispersion between runs, is estimated from both sides
 * together (Pearson's chi-square over its degrees of freedom d).
 *
 *	theta = ln((K_head/E_head) / (K_base/E_base));  se = sqrt(phi (1/K_base + 1/K_head));
 *	t = theta / se
 *
 * Three to ten runs say little of one function's phi, so it is shrunk towards what all functions
 * say (empirical Bayes; Smyth, Linear models and empirical Bayes methods, SAGMB 3, 2004, whose
 * moments of ln phi, limma's fitFDist, find phi0 and its weight d0):
 *
 *	phi = max(1, (d0 phi0 m + d phi_f) / (d0 + d)),  m = 1 + cv^2 * mean count a run
 *
 * with min(d0 + d, df_max) degrees of freedom for t. Three things there are not in the paper, and
 * without each of them simulated comparisons of a program with itself name a false function too
 * often. With them it is 3 to 5 of 100 at 5 to 10 runs a side, up to 8 at 3 runs (Benjamini and
 * Hochberg's q of 5 %; bench/verdicts_functions.c prints the table):
 * - The trend m. A run that is 4 % faster moves a function of 5,000 samples far beyond its Poisson
 *   noise, and one of 50 not at all. One phi0 for both is too small for the hot one.
 * - The floor of 1 comes last. Raising each phi_f to 1 before the moments are taken makes the
 *   functions look alike, d0 too great, and up to a quarter of comparisons false.
 * - df_max. Functions that rise and fall together with their run are not so many witnesses of its
 *   dispersion as there are functions: with rho^2 the mean squared correlation between two
 *   functions' residuals, all of them together are worth d / rho^2 (Satterthwaite's degrees of
 *   freedom of the sum of their chi-squares).
 *
 * A count that is zero on one side has no logarithm: there rate_change_test() holds the two sums,
 * each over phi, against each other with rate_change_test_exact().
 */
#ifndef STATS_RATE_CHANGE_H
#define STATS_RATE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Functions with fewer counts on both sides together are noise: do not test them. */
enum { RATE_CHANGE_MIN_COUNT = 50 };

struct rate_change_side {
	const double *counts;	 /* by run, 0 or more */
	const double *exposures; /* by run, above 0 */
	uint32_t run_count;
};

struct rate_change {
	double base_sum, head_sum;   /* counts */
	double base_rate, head_rate; /* per unit of exposure */
	double theta;		     /* ln of head's rate over base's; ±INFINITY when one is 0 */
	double phi, df;		     /* after shrinking */
	double se, t, p;	     /* NAN when nothing can be said: no counts, or one run each */
	double lo, hi;		     /* of theta, 95 % */
	double visible;		     /* the smallest |theta| seen in 8 of 10 cases: 2.8 se */
	bool is_exact;		     /* one side is 0: by the exact test; no se, t, visible */
};

/* Dispersion of all functions: what each one's is shrunk towards. */
struct rate_change_prior {
	double cv_squared; /* of a rate between runs, what the counts do not explain */
	double phi;	   /* left over beside 1 + cv_squared * mean count a run */
	double df;	   /* what it is worth; 0 = nothing known, INFINITY = functions are alike */
	double df_max;	   /* what all functions together are worth */
};

/*
 * phi of one function alone, not raised to 1, and its degrees of freedom: runs of sides that have
 * counts, less one a side. 1 and 0 without any.
 */
double rate_change_find_phi(const struct rate_change_side *base,
			    const struct rate_change_side *head, uint32_t *ret_df);

/*
 * From `count` functions in the same runs: bases[i] and heads[i] are one function. Those without
 * counts on a side, or below RATE_CHANGE_MIN_COUNT, are passed over. Time grows with count *
 * runs^2.
 */
void rate_change_find_prior(const struct rate_change_side *bases,
			    const struct rate_change_side *heads, uint32_t count,
			    struct rate_change_prior *ret_prior);

/* `prior` NULL = not shrunk. */
void rate_change_test(const struct rate_change_side *base, const struct rate_change_side *head,
		      const struct rate_change_prior *prior, struct rate_change *ret_change);

/*
 * Two Poisson counts (rounded down to whole ones) with their exposures: p-value, ratio head/base
 * and its 95 % interval (Clopper-Pearson). R's poisson.test(c(head, base), c(E_head, E_base)): p is
 * the chance, given the sum, of every split that is no likelier. All NAN without counts.
 */
void rate_change_test_exact(double base, double base_exposure, double head, double head_exposure,
			    double *ret_ratio, double *ret_lo, double *ret_hi, double *ret_p);

#endif
