/*
 * Quantiles: of a latency histogram, and of a few plain numbers; and how many answers a quantile
 * has to rest on before it may be said. Pure functions, safe from any thread.
 */
#ifndef STATS_QUANTILE_H
#define STATS_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/histogram.h"

/* A quantile is earned when at least this many answers lie beyond it. */
enum { QUANTILE_ANSWERS_BEYOND = 10 };

/*
 * The value (ns) at or below which the share q (0..1) of all values lies: HdrHistogram's
 * getValueAtPercentile, the highest value of the first slot whose cumulative count reaches ceil(q *
 * count), but never above the exact maximum. q = 0 is the exact minimum, and a q that asks for the
 * last value of all is the exact maximum. 0 when empty.
 */
uint64_t quantile_of_histogram(const struct histogram *histogram, double q);

/*
 * How many values the quantile q (0..1) needs: ceil(10 / (1 - q)), that is 1,000 for p99 and 10,000
 * for p99.9. Fewer than ten values beyond it leave its place to a handful of accidents. Minimum and
 * maximum (q = 0, 1) need one.
 */
uint64_t quantile_needed_count(double q);
bool quantile_is_earned(uint64_t count, double q);

/* Mean (ns) from the exact sum; 0 when empty. */
double quantile_mean_ns(const struct histogram *histogram);

/*
 * Share (0..1) of the values above value_ns, to the histogram's resolution: its own slot does not
 * count. 0 when empty.
 */
double quantile_share_above(const struct histogram *histogram, uint64_t value_ns);

/*
 * The quantile q (0..1) of finite numbers, between two neighbours by linear interpolation: type
 * 7 of Hyndman and Fan (1996), R's default. quantile_of_sorted() wants them in ascending order, the
 * other one in any. NAN when count is 0.
 */
double quantile_of_sorted(const double *sorted, size_t count, double q);
double quantile_of_values(const double *values, size_t count, double q);

/* Ascending, in place. */
void quantile_sort(double *values, size_t count);

#endif
