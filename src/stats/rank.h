/*
 * How far two sets of runs lie apart: Hodges-Lehmann estimates with exact, distribution-free
 * confidence intervals.
 *
 * The unit is the run, never the request: the requests of one run share its luck. Paired is for
 * runs that were interleaved (one difference a pair), unpaired for everything else. Ratios: give
 * logarithms and take exp() of the estimate and its bounds.
 *
 * The method is that of R's wilcox.test(conf.int = TRUE, exact = TRUE): Hollander, Wolfe and
 * Chicken, Nonparametric Statistical Methods, 3rd edition, sections 3.2-3.3 (Walsh averages,
 * Wilcoxon's signed ranks) and 4.2-4.3 (differences, Mann-Whitney's U). Ties are not treated apart:
 * the bounds are order statistics of the averages or differences also then, and an average that
 * equals a border counts as on either side of it. Both make the interval at most wider, and a
 * p-value at most greater, than without ties: where everything ties with the border, p is 1, never
 * 0, as the conditional null distribution of some tools gives.
 *
 * Pure functions, safe from any thread. Values must be finite. Time and memory grow as the square
 * of the runs (the null distributions with their cube, up to RANK_EXACT_RUNS runs in all): some
 * tens of ms at 100 runs a side.
 */
#ifndef STATS_RANK_H
#define STATS_RANK_H

#include <stdbool.h>
#include <stdint.h>

/* With more runs than this in all, the null distribution is normal, with continuity correction. */
enum { RANK_EXACT_RUNS = 200 };

struct rank_estimate {
	double estimate;    /* head - base; NAN without runs */
	bool has_interval;  /* false: too few runs for the level that was asked for */
	double lo, hi;	    /* NAN without an interval */
	double asked_level; /* 0..1 */
	double level;	    /* really covered; without an interval: what so few could reach */
	uint64_t k;	    /* lo is the k-th smallest, hi the k-th largest; 0 = none */
	double sd;	    /* of one difference head - base; NAN below 2 runs a side */
	bool is_paired;
	uint32_t n_base, n_head; /* paired: both the number of pairs */
};

/* From one difference (head - base) a pair. `level` 0..1, for example 0.95. */
void rank_estimate_paired(const double *differences, uint32_t count, double level,
			  struct rank_estimate *ret_estimate);

void rank_estimate_unpaired(const double *base, uint32_t n_base, const double *head,
			    uint32_t n_head, double level, struct rank_estimate *ret_estimate);

/*
 * Exact one-sided p-values of a border, 0 < p <= 1, 1 without runs: the interval that is asked for
 * at the level 1 - a lies wholly above the border exactly when 2 * above <= a, wholly below it
 * exactly when 2 * below <= a.
 */
struct rank_p {
	double above; /* of "the shift is at most the border": small when it is above */
	double below; /* of "the shift is at least the border": small when it is below */
};

/* As rank_estimate_paired() and rank_estimate_unpaired() take them. A border of NAN gives 1. */
void rank_p_paired(const double *differences, uint32_t count, double border, struct rank_p *ret_p);
void rank_p_unpaired(const double *base, uint32_t n_base, const double *head, uint32_t n_head,
		     double border, struct rank_p *ret_p);

/*
 * The largest k with P(statistic <= k - 1) <= (1 - level) / 2: the interval is from the k-th
 * smallest average or difference to the k-th largest. 0 = so few have no interval.
 */
uint64_t rank_signed_k(uint32_t pairs, double level);
uint64_t rank_sum_k(uint32_t n, uint32_t m, double level);

/*
 * The fewest pairs, or runs on each side, that can reach a level: 6 and 4 for 0.95, 8 and 5 for
 * 0.99.
 */
uint32_t rank_min_pairs(double level);
uint32_t rank_min_runs(double level);

/*
 * P(W <= w) of the signed-rank statistic of n pairs, and P(U <= u) of Mann-Whitney's U, when
 * nothing differs.
 */
double rank_signed_cdf(uint32_t pairs, uint64_t w);
double rank_sum_cdf(uint32_t n, uint32_t m, uint64_t u);

#endif
