/*
 * The divisive detector of changepoint.h in its parts. Only for changepoint.c and the tests, which
 * hold it against Apache Otava's published results. That one differs in two things, which
 * `is_otava` turns on: its standard deviations are of n (too small in short segments, and p with
 * them), and when merging takes a point away, the point before it keeps the p and the size of the
 * segment that it had.
 */
#ifndef STATS_CHANGEPOINT_DIVISIVE_H
#define STATS_CHANGEPOINT_DIVISIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Two means: the t-test of equal variances, and the change in relation to the smaller mean. */
struct changepoint_contrast {
	double before, behind;
	double p, size;
};

struct changepoint_rules {
	uint32_t window;
	double p, size;
	bool is_otava;
};

void changepoint_divisive_compare(const double *before, uint32_t before_count, const double *behind,
				  uint32_t behind_count, bool is_otava,
				  struct changepoint_contrast *ret_contrast);

/*
 * The greatest divergence Q of values[..at] and values[at..until], over all at < until <= count;
 * `count` at least 2.
 */
double changepoint_divisive_split(const double *values, uint32_t count, uint32_t *ret_at);

/* Candidates and merging; `ret_at` has `count` places. */
uint32_t changepoint_divisive_find(const double *values, uint32_t count,
				   const struct changepoint_rules *rules, uint32_t *ret_at);

/* Merging alone: takes from the `points` of `at` what does not hold; returns how many are left. */
uint32_t changepoint_divisive_merge(const double *values, uint32_t count,
				    const struct changepoint_rules *rules, uint32_t *at,
				    uint32_t points);

#endif
