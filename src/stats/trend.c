#include "stats/trend.h"

#include <math.h>
#include <string.h>

#include "stats/normal.h"
#include "stats/quantile.h"
#include "util/alloc.h"

/* Means of `step` neighbours each; returns how many. */
static size_t thin_out(const double *values, size_t count, size_t step, double *points)
{
	size_t made = 0;

	for (size_t at = 0; at + step <= count; at += step) {
		double sum = 0.0;

		for (size_t i = 0; i < step; i++)
			sum += values[at + i];
		points[made++] = sum / (double)step;
	}
	return made;
}

/* The variance of s when nothing trends; each group of t equal values takes its share off. */
static double variance_of_s(const double *points, size_t count)
{
	scoped_free double *sorted = alloc_array(count + 1, sizeof(*sorted));
	double n = (double)count, total = n * (n - 1) * (2 * n + 5);

	if (count > 0)
		memcpy(sorted, points, count * sizeof(*sorted));
	quantile_sort(sorted, count);
	for (size_t from = 0, to; from < count; from = to) {
		double t;

		for (to = from + 1; to < count && sorted[to] <= sorted[from]; to++)
			;
		t = (double)(to - from);
		total -= t * (t - 1) * (2 * t + 5);
	}
	return total / 18.0;
}

/* Both need each pair once: s, and the median of the slopes. */
static void compare_pairs(const double *points, size_t count, struct trend *trend)
{
	scoped_free double *slopes = alloc_array(count * (count - 1) / 2 + 1, sizeof(*slopes));
	size_t pairs = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			double rise = points[j] - points[i];

			trend->s += (rise > 0) - (rise < 0);
			slopes[pairs++] = rise / (double)(j - i);
		}
	}
	quantile_sort(slopes, pairs);
	trend->slope = quantile_of_sorted(slopes, pairs, 0.5);
}

void trend_find(const double *values, size_t count, struct trend *ret_trend)
{
	size_t step = (count + TREND_MAX_POINTS - 1) / TREND_MAX_POINTS, used;
	scoped_free double *points = alloc_array(TREND_MAX_POINTS + 1, sizeof(*points));
	double variance;

	*ret_trend = (struct trend){.p = 1.0};
	if (count == 0)
		return;
	used = thin_out(values, count, step, points);
	ret_trend->count = (uint32_t)used;
	if (used < 2)
		return;
	compare_pairs(points, used, ret_trend);
	ret_trend->slope /= (double)step;
	variance = variance_of_s(points, used);
	if (ret_trend->s == 0 || !(variance > 0.0))
		return;
	ret_trend->z = ((double)ret_trend->s - (ret_trend->s > 0 ? 1.0 : -1.0)) / sqrt(variance);
	if (used >= TREND_MIN_POINTS)
		ret_trend->p = 2.0 * normal_cdf(-fabs(ret_trend->z));
}
