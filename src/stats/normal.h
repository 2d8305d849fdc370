/* The standard normal distribution. Pure functions. */
#ifndef STATS_NORMAL_H
#define STATS_NORMAL_H

/* P(Z <= z). */
double normal_cdf(double z);

/*
 * The z with P(Z <= z) = p, for 0 < p < 1, to at least ten digits. -INFINITY for p <= 0, INFINITY
 * for p >= 1.
 */
double normal_quantile(double p);

#endif
