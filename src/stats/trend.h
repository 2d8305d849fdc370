/*
 * Whether a short series rises or falls, and how fast, without assuming a line or a shape of the
 * noise: Mann's test (Nonparametric tests against trend, Econometrica 13, 1945; Kendall's S) and
 * the slope of Theil (1950) and Sen (Estimates of the regression coefficient based on Kendall's
 * tau, JASA 63, 1968). Pure functions, safe from any thread.
 *
 * For what should not grow: requests in flight, waiting connections, memory. The test takes the
 * points for independent; those of a series that wanders slowly are not, and its p is then too
 * small. Ask for a slope that matters, too.
 */
#ifndef STATS_TREND_H
#define STATS_TREND_H

#include <stddef.h>
#include <stdint.h>

enum {
	TREND_MAX_POINTS = 1000, /* a longer series is thinned out to at most so many */
	TREND_MIN_POINTS = 8,	 /* with fewer the normal approximation means nothing */
};

struct trend {
	uint32_t count; /* of points that were compared */
	int64_t s;	/* pairs that rise less pairs that fall */
	double z;	/* s in its standard deviations, corrected for ties and continuity */
	double p;	/* two-sided, by the normal approximation; 1 below TREND_MIN_POINTS */
	double slope;	/* median slope of all pairs, per step of the given series; 0 below 2 */
};

/*
 * `values` are finite, at equal steps; of a long series the means of equally many neighbours are
 * compared (a rest at its end, too short for a mean, is left out). Time grows as the square of the
 * points: some 50 ms for TREND_MAX_POINTS.
 */
void trend_find(const double *values, size_t count, struct trend *ret_trend);

#endif
