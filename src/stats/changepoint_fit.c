#include <math.h>
#include <string.h>

#include "stats/changepoint.h"
#include "stats/quantile.h"
#include "util/alloc.h"

/*
 * The method is asv's step_detect (solve_potts_autogamma), but for one thing: there the
 * segmentation for one gamma is approximate, from pieces of 20 points that are joined afterwards;
 * here it is the exact one (Friedrich et al., Complexity penalized M-estimation, J. Computational
 * and Graphical Statistics 17, 2008), which up to CHANGEPOINT_MAX_POINTS costs little.
 */
struct fit {
	const double *values;
	uint32_t count;
	double *costs;	  /* [first * count + last]: sum |y - median| of first..last */
	double *best;	  /* cost of the first so many points */
	uint32_t *starts; /* of the last segment of 0..i */
	uint32_t *right;  /* exclusive ends of the segments */
	double *levels;	  /* their medians */
	uint32_t segments;
	double criterion; /* of `chosen` */
	uint32_t *chosen; /* ends */
	uint32_t chosen_count;
};

static uint32_t insert_sorted(double *sorted, uint32_t count, double value)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sorted[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(sorted + low + 1, sorted + low, (count - low) * sizeof(*sorted));
	sorted[low] = value;
	return low;
}

/*
 * The cost of a segment is what its upper half holds more than its lower half; with each point both
 * sums change by it and by the one that crosses the middle. Counted from the first value, so that
 * equal ones sum up to exactly 0.
 */
static void fill_costs(struct fit *fit)
{
	scoped_free double *sorted = alloc_array((size_t)fit->count + 1, sizeof(*sorted));

	for (uint32_t first = 0; first < fit->count; first++) {
		double low = 0.0, all = 0.0;

		for (uint32_t last = first; last < fit->count; last++) {
			double value = fit->values[last] - fit->values[0];
			uint32_t had = last - first, half = (had + 1) / 2;
			uint32_t at = insert_sorted(sorted, had, value);
			double cost;

			/* `low` is the sum of the lowest had / 2, and becomes that of `half`. */
			if (at < had / 2)
				low += value - sorted[had / 2];
			if (half > had / 2)
				low += sorted[half - 1];
			all += value;
			cost = all - 2.0 * low - ((had + 1) % 2 == 1 ? sorted[half] : 0.0);
			fit->costs[(size_t)first * fit->count + last] = fmax(0.0, cost);
		}
	}
}

/* The segments of least cost for one gamma, with their medians. */
static void solve(struct fit *fit, double gamma)
{
	scoped_free double *part = alloc_array(fit->count, sizeof(*part));
	uint32_t end = fit->count, from = 0;

	fit->best[0] = -gamma;
	for (uint32_t last = 0; last < fit->count; last++) {
		fit->best[last + 1] = (double)INFINITY;
		for (uint32_t first = 0; first <= last; first++) {
			double cost = fit->best[first] + gamma +
				      fit->costs[(size_t)first * fit->count + last];

			if (cost <= fit->best[last + 1]) {
				fit->best[last + 1] = cost;
				fit->starts[last] = first;
			}
		}
	}
	fit->segments = 0;
	for (uint32_t at = fit->count; at > 0; at = fit->starts[at - 1])
		fit->segments++;
	for (uint32_t i = fit->segments; i-- > 0; end = fit->starts[end - 1])
		fit->right[i] = end;
	for (uint32_t i = 0; i < fit->segments; from = fit->right[i++]) {
		uint32_t size = fit->right[i] - from;

		memcpy(part, fit->values + from, size * sizeof(*part));
		fit->levels[i] = quantile_of_values(part, size, 0.5);
	}
}

/* Golden section search on low..high, which are also tried, until it is narrower than `width`. */
static double search_minimum(double (*function)(struct fit *, double), struct fit *fit, double low,
			     double high, double width, double flat)
{
	const double ratio = 2.0 / (1.0 + sqrt(5.0));
	double x0 = (ratio * low - (1.0 - ratio) * high) / (2.0 * ratio - 1.0);
	double x3 = (ratio * high - (1.0 - ratio) * low) / (2.0 * ratio - 1.0);
	double x1 = ratio * x0 + (1.0 - ratio) * x3, x2 = (1.0 - ratio) * x0 + ratio * x3;
	double f1 = function(fit, x1), f2 = function(fit, x2), f0 = fmax(fabs(f1), fabs(f2));

	while (fabs(x0 - x3) >= width && fabs(f1 - f2) >= flat * f0) {
		if (f2 < f1) {
			x0 = x1;
			x1 = x2;
			x2 = ratio * x1 + (1.0 - ratio) * x3;
			f1 = f2;
			f2 = function(fit, x2);
		} else {
			x3 = x2;
			x2 = x1;
			x1 = ratio * x2 + (1.0 - ratio) * x0;
			f2 = f1;
			f1 = function(fit, x1);
		}
	}
	return f2 < f1 ? x2 : x1;
}

/* What the noise is, when each point keeps the share rho of the error of the one before it. */
static double noise(struct fit *fit, double rho)
{
	double before = fit->values[0] - fit->levels[0], sum = fabs(before);
	uint32_t at = 1;

	for (uint32_t i = 0; i < fit->segments; i++) {
		for (; at < fit->right[i]; at++) {
			double error = fit->values[at] - fit->levels[i];

			sum += fabs(error - rho * before);
			before = error;
		}
	}
	return sum;
}

/* Noise that measurements have at least: a fit without any would else be infinitely good. */
static double noise_floor(const struct fit *fit)
{
	double least = (double)INFINITY;

	for (uint32_t i = 0; i < fit->segments; i++) {
		double step = fit->segments > 2
				      ? fabs(fit->levels[i] - fit->levels[i > 0 ? i - 1 : 1])
				      : fabs(fit->levels[i]);

		least = fmin(least, step);
	}
	return fmax(1e-300, (fit->segments > 2 ? 0.1 : 0.001) * least);
}

/* The criterion of the segmentation for gamma = e^x times the cost of one segment. */
static double criterion(struct fit *fit, double x)
{
	double n = fit->count, rho, value;

	solve(fit, fit->costs[fit->count - 1] * exp(x));
	rho = search_minimum(noise, fit, -1.0, 1.0, 0.05, 1e-8);
	value = 4.0 * log(n) / n * fit->segments + log(noise_floor(fit) + noise(fit, rho));
	if (value < fit->criterion) {
		fit->criterion = value;
		fit->chosen_count = fit->segments;
		memcpy(fit->chosen, fit->right, fit->segments * sizeof(*fit->right));
	}
	return value;
}

uint32_t changepoint_fit(const double *values, uint32_t count, uint32_t *ret_at)
{
	uint32_t skipped = count > CHANGEPOINT_MAX_POINTS ? count - CHANGEPOINT_MAX_POINTS : 0;
	uint32_t used = count - skipped;
	scoped_free double *costs = alloc_array((size_t)used * used + 1, sizeof(*costs));
	scoped_free double *best = alloc_array((size_t)used + 1, sizeof(*best));
	scoped_free double *levels = alloc_array((size_t)used + 1, sizeof(*levels));
	scoped_free uint32_t *starts = alloc_array((size_t)used + 1, sizeof(*starts));
	scoped_free uint32_t *right = alloc_array((size_t)used + 1, sizeof(*right));
	scoped_free uint32_t *chosen = alloc_array((size_t)used + 1, sizeof(*chosen));
	struct fit fit = {
		.values = values + skipped,
		.count = used,
		.costs = costs,
		.best = best,
		.starts = starts,
		.right = right,
		.levels = levels,
		.chosen = chosen,
		.criterion = (double)INFINITY,
	};
	double least;

	if (used < 2)
		return 0;
	fill_costs(&fit);
	if (!(costs[used - 1] > 0.0))
		return 0;
	least = log(0.1 / used);
	search_minimum(criterion, &fit, least, 0.0, 0.1 * fabs(least), 0.0);
	for (uint32_t i = 0; i + 1 < fit.chosen_count; i++)
		ret_at[i] = skipped + chosen[i];
	return fit.chosen_count > 0 ? fit.chosen_count - 1 : 0;
}
