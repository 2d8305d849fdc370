/*
 * Where a series of results (one value a commit) changed its level. Two detectors, because each
 * alone is wrong in its own way: the divisive one sees a change two points after it and cries wolf
 * on noise that hangs together; the piecewise constant fit hardly ever errs and needs more points.
 * What both name is confirmed, what only the first names is a suspicion. Pure functions, safe from
 * any thread.
 *
 * Divisive: Matteson and James, A nonparametric approach for multiple change point analysis, JASA
 * 109 (2014), in windows and with a t-test for the permutation test as Fleming et al., Hunter, ICPE
 * 2023, has it; with standard deviations of n - 1. In windows of `window` points that overlap by
 * half, the split with the greatest divergence Q is a candidate when a t-test of the whole interval
 * says so at ten times `p` (twice from 0.05 on); then points are merged away until all have less
 * than `p` and more than `size` of relative change.
 *
 * Fit: the piecewise constant function that minimizes sum |y - median of its segment| + gamma *
 * segments, gamma chosen by Bayes' information criterion with autocorrelated noise (as asv's
 * step_detect).
 */
#ifndef STATS_CHANGEPOINT_H
#define STATS_CHANGEPOINT_H

#include <stdbool.h>
#include <stdint.h>

enum { CHANGEPOINT_MAX_POINTS = 1000 };

struct changepoint_options {
	uint32_t window; /* 50; at least 2 */
	double p;	 /* 1e-4 */
	double size;	 /* 0.02: smaller relative changes of the mean do not matter */
	/*
	 * 2: points that a level needs, before and behind the change (3 where a point is one run)
	 */
	uint32_t after;
};

#define CHANGEPOINT_OPTIONS_DEFAULT                                                                \
	{                                                                                          \
		.window = 50, .p = 1e-4, .size = 0.02, .after = 2                                  \
	}

struct changepoint {
	uint32_t at;	       /* the first point of the new level */
	double before, behind; /* means of the segments on either side */
	/* of the t-test between them: a score, since the best split was chosen */
	double p;
	bool is_confirmed; /* also a step of the fit, within one point */
};

/*
 * Values are finite and in order; more than CHANGEPOINT_MAX_POINTS: the last so many. Returns how
 * many (ascending by `at`), at most `capacity`; beyond it the latest are kept.
 */
uint32_t changepoint_find(const double *values, uint32_t count,
			  const struct changepoint_options *options, struct changepoint *ret_points,
			  uint32_t capacity);

/* The divisive detector alone, before `after` and the fit; `ret_at` has `count` places. */
uint32_t changepoint_find_divisive(const double *values, uint32_t count, uint32_t window, double p,
				   double size, uint32_t *ret_at);

/* The first points of the fit's segments behind the first one; `ret_at` has `count` places. */
uint32_t changepoint_fit(const double *values, uint32_t count, uint32_t *ret_at);

#endif
