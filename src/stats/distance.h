/*
 * How far two distributions lie apart, for example the actual gaps between sends from the
 * intended ones. Pure functions, safe from any thread.
 *
 * An effect size comes first: at 600,000 sends a lag of any size is "significant", and its p-value
 * only says how many there were. So distance_wasserstein_ns() is in units of time, to be divided by
 * the mean intended gap and held against a limit; and distance_ks_p() is the p-value of a subsample
 * of a fixed size, not of all.
 */
#ifndef STATS_DISTANCE_H
#define STATS_DISTANCE_H

#include <stdint.h>

#include "model/histogram.h"

enum { DISTANCE_KS_SUBSAMPLE = 1000 };

/*
 * Wasserstein-1: the mean of |Q_a(u) - Q_b(u)| over all quantiles 0 < u < 1, which is the area
 * between the two distribution functions; ns. To the histograms' resolution (a value counts as its
 * slot's middle). NAN when one is empty.
 */
double distance_wasserstein_ns(const struct histogram *a, const struct histogram *b);

/*
 * Kolmogorov and Smirnov's D: the greatest difference of the two distribution functions, 0..1. NAN
 * when one is empty. Where one has all its values at one place (a constant rate's intended gaps), D
 * is near 1/2 or above whatever the size of the lag: use it for drawn gaps only.
 */
double distance_ks(const struct histogram *a, const struct histogram *b);

/*
 * The p-value that a test of `count` independent values against a known distribution has at the
 * distance d: P(K > d sqrt(count)) of the Kolmogorov distribution (Smirnov 1948), the limit for
 * many values. 1 for d <= 0, NAN for NAN.
 */
double distance_ks_p(double d, uint64_t count);

#endif
