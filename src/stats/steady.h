/*
 * Where the warm-up of a run ends: MSER-5 of White, Cobb and Spratt, A comparison of five
 * steady-state truncation heuristics for simulation, Winter Simulation Conference 2000. Pure
 * functions, safe from any thread.
 *
 * The series is one value per slot (100 ms) in order, of throughput or of the mean logarithm of the
 * response time; five slots make a batch. Cut off are the d batches that make the standard error of
 * the mean of the rest smallest, sum((Y_i - mean)^2) / (n - d)^2 for i > d; of equal ones the
 * fewest, so that a constant series is left whole. At most half of the batches may go: where the
 * best place is that limit, the series has not settled in what was seen of it.
 *
 * A flat series with independent noise loses a fiftieth of itself on the average, when its first
 * batches happen to lie far out: that makes no bias.
 */
#ifndef STATS_STEADY_H
#define STATS_STEADY_H

#include <stddef.h>

enum {
	STEADY_BATCH_SLOTS = 5,
	STEADY_MIN_BATCHES = 10, /* 5 s of 100 ms */
};

enum steady_result {
	STEADY_REACHED,
	STEADY_NOT_REACHED,
	STEADY_TOO_SHORT, /* fewer than STEADY_MIN_BATCHES with values: nothing can be said */
};

/*
 * `values` are finite, or NAN for a slot in which nothing happened: a batch is the mean of those it
 * has, and one that has none is as if it were not there. Slots of a last batch that is not full are
 * left out. On STEADY_REACHED, ret_cut_count is how many slots belong to the warm-up (0, or a
 * multiple of five); else it is 0.
 */
enum steady_result steady_find(const double *values, size_t count, size_t *ret_cut_count);

/*
 * ln(mean of the second half / mean of the first half) of positive values (NAN: skipped), for
 * saying how much a series still moves: 0.02 is about 2 %. Of an odd number the middle one is left
 * out. NAN when a half has no values or its mean is not positive.
 */
double steady_half_log_ratio(const double *values, size_t count);

#endif
