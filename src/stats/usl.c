#include "stats/usl.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "stats/quantile.h"
#include "stats/rng.h"
#include "util/alloc.h"

enum { GAMMA, ALPHA, BETA, PARAMETERS };

struct parameters {
	double of[PARAMETERS];
};

static double usl_rate(const struct parameters *at, double n)
{
	return at->of[GAMMA] * n / (1.0 + at->of[ALPHA] * (n - 1.0) + at->of[BETA] * n * (n - 1.0));
}

/* Normal equations of a least squares problem of up to three unknowns. */
struct normal {
	double matrix[PARAMETERS][PARAMETERS];
	double right[PARAMETERS];
	double cost; /* sum of squared residuals */
};

static void normal_add(struct normal *normal, const double *slopes, double residual)
{
	for (int i = 0; i < PARAMETERS; i++) {
		for (int j = 0; j < PARAMETERS; j++)
			normal->matrix[i][j] += slopes[i] * slopes[j];
		normal->right[i] -= slopes[i] * residual;
	}
	normal->cost += residual * residual;
}

/*
 * Solves for the unknowns in `is_free`, the others 0, with the diagonal stretched by 1 + damping
 * (Marquardt), by Cholesky's decomposition. False when it is singular.
 */
static bool normal_solve(const struct normal *normal, const bool *is_free, double damping,
			 double *ret_step)
{
	double lower[PARAMETERS][PARAMETERS] = {{0}}, half[PARAMETERS];

	for (int i = 0; i < PARAMETERS; i++) {
		half[i] = is_free[i] ? normal->right[i] : 0.0;
		for (int j = 0; j <= i; j++) {
			double sum = is_free[i] && is_free[j] ? normal->matrix[i][j] : 0.0;

			if (i == j)
				sum = is_free[i] ? sum * (1.0 + damping) : 1.0;
			for (int k = 0; k < j; k++)
				sum -= lower[i][k] * lower[j][k];
			if (i == j && is_free[i] && !(sum > 1e-14 * normal->matrix[i][i]))
				return false;
			lower[i][j] = i == j ? sqrt(sum) : sum / lower[j][j];
		}
		for (int k = 0; k < i; k++)
			half[i] -= lower[i][k] * half[k];
		half[i] /= lower[i][i];
	}
	for (int i = PARAMETERS - 1; i >= 0; i--) {
		ret_step[i] = half[i];
		for (int k = i + 1; k < PARAMETERS; k++)
			ret_step[i] -= lower[k][i] * ret_step[k];
		ret_step[i] /= lower[i][i];
	}
	return true;
}

/* Residuals rate of the law / rate measured - 1, and their slopes. cost INFINITY: no such law. */
static void linearize(const struct usl_point *points, uint32_t count, const struct parameters *at,
		      struct normal *normal)
{
	*normal = (struct normal){0};
	for (uint32_t i = 0; i < count; i++) {
		double n = points[i].n;
		double slow = 1.0 + at->of[ALPHA] * (n - 1.0) + at->of[BETA] * n * (n - 1.0);
		double ratio = usl_rate(at, n) / points[i].rate;
		double slopes[PARAMETERS] = {n / slow / points[i].rate, -ratio * (n - 1.0) / slow,
					     -ratio * n * (n - 1.0) / slow};

		if (!(slow > 0.0)) {
			normal->cost = (double)INFINITY;
			return;
		}
		normal_add(normal, slopes, ratio - 1.0);
	}
}

/*
 * n / rate = (1 + alpha (n - 1) + beta n (n - 1)) / gamma is linear in 1 / gamma, alpha / gamma and
 * beta / gamma: near the solution already.
 */
static bool find_start(const struct usl_point *points, uint32_t count, const bool *is_free,
		       struct parameters *ret_start)
{
	struct normal normal = {0};
	double linear[PARAMETERS];

	for (uint32_t i = 0; i < count; i++) {
		double n = points[i].n, weight = points[i].rate / n;
		double slopes[PARAMETERS] = {weight, weight * (n - 1.0), weight * n * (n - 1.0)};

		normal_add(&normal, slopes, -1.0);
	}
	if (!normal_solve(&normal, is_free, 0.0, linear) || !(linear[GAMMA] > 0.0))
		return false;
	ret_start->of[GAMMA] = 1.0 / linear[GAMMA];
	ret_start->of[ALPHA] = linear[ALPHA] / linear[GAMMA];
	ret_start->of[BETA] = linear[BETA] / linear[GAMMA];
	return true;
}

/* Levenberg and Marquardt's descent over the free ones; false when it finds no law at all. */
static bool descend(const struct usl_point *points, uint32_t count, const bool *is_free,
		    struct parameters *ret_at, double *ret_cost)
{
	struct parameters at = {{0}};
	struct normal normal, next_normal;
	double damping = 1e-3;

	if (!find_start(points, count, is_free, &at))
		return false;
	linearize(points, count, &at, &normal);
	for (int i = 0; i < 200 && isfinite(normal.cost) && damping < 1e12; i++) {
		struct parameters next = at;
		double step[PARAMETERS], gain;

		if (!normal_solve(&normal, is_free, damping, step))
			return false;
		for (int k = 0; k < PARAMETERS; k++)
			next.of[k] += step[k];
		linearize(points, count, &next, &next_normal);
		if (!(next_normal.cost < normal.cost)) {
			damping *= 10.0;
			continue;
		}
		gain = normal.cost - next_normal.cost;
		at = next;
		normal = next_normal;
		damping *= 0.1;
		if (gain <= 1e-16 * normal.cost)
			break;
	}
	*ret_at = at;
	*ret_cost = normal.cost;
	return isfinite(normal.cost);
}

/*
 * With limits at 0 the best law is the best one, without limits, of one of four problems: nothing
 * held at 0, beta, alpha, or both. All free is the best there is where it keeps to the limits.
 */
static bool fit_law(const struct usl_point *points, uint32_t count, struct parameters *ret_at)
{
	static const bool problems[][PARAMETERS] = {
		{true, true, true}, {true, true, false}, {true, false, true}, {true, false, false}};
	double best = (double)INFINITY;

	for (int i = 0; i < 4; i++) {
		struct parameters at;
		double cost;

		if (!descend(points, count, problems[i], &at, &cost) || !(cost < best) ||
		    !(at.of[GAMMA] > 0.0 && at.of[ALPHA] >= 0.0 && at.of[BETA] >= 0.0))
			continue;
		best = cost;
		*ret_at = at;
		if (i == 0)
			break;
	}
	return isfinite(best);
}

static void find_peak(const struct parameters *at, double *ret_n, double *ret_rate)
{
	double alpha = at->of[ALPHA], beta = at->of[BETA];

	if (alpha >= 1.0) {
		*ret_n = 1.0;
		*ret_rate = at->of[GAMMA];
	} else if (beta > 0.0) {
		*ret_n = fmax(1.0, sqrt((1.0 - alpha) / beta));
		*ret_rate = usl_rate(at, *ret_n);
	} else {
		*ret_n = (double)INFINITY;
		*ret_rate = alpha > 0.0 ? at->of[GAMMA] / alpha : (double)INFINITY;
	}
}

/* Runs by their n: what is drawn again stays within one level. */
struct levels {
	uint32_t *level;  /* of each point */
	uint32_t *starts; /* where each level's runs begin in `order`; one more at the end */
	uint32_t *order;
	double *mean_log; /* of the rates, by level */
	uint32_t count;
};

static void find_levels(const struct usl_point *points, uint32_t count, struct levels *levels)
{
	uint32_t placed = 0;

	for (uint32_t i = 0; i < count; i++)
		levels->level[i] = UINT32_MAX;
	for (uint32_t i = 0; i < count; i++) {
		if (levels->level[i] != UINT32_MAX)
			continue;
		levels->starts[levels->count] = placed;
		for (uint32_t j = i; j < count; j++) {
			if (points[j].n < points[i].n || points[j].n > points[i].n)
				continue;
			levels->level[j] = levels->count;
			levels->order[placed++] = j;
			levels->mean_log[levels->count] += log(points[j].rate);
		}
		levels->mean_log[levels->count] /= placed - levels->starts[levels->count];
		levels->starts[++levels->count] = placed;
	}
}

static void draw_again(const struct usl_point *points, uint32_t count, const struct levels *levels,
		       struct rng *rng, struct usl_point *ret_drawn)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t level = levels->level[i], start = levels->starts[level];
		uint32_t size = levels->starts[level + 1] - start;
		uint32_t from = levels->order[start + rng_next_below(rng, size)];
		double mean = levels->mean_log[level], distance = log(points[from].rate) - mean;

		if (size > 1)
			distance *= sqrt(size / (size - 1.0));
		ret_drawn[i] = (struct usl_point){points[i].n, exp(mean + distance)};
	}
}

/* No interpolation: some may be INFINITY. */
static void set_bounds(struct usl_range *range, double *values, uint32_t count)
{
	uint32_t tail = count / 40;

	quantile_sort(values, count);
	range->lo = values[tail];
	range->hi = values[count - 1 - tail];
}

enum { RANGES = 5 };

static void find_bounds(const struct usl_point *points, uint32_t count, const struct levels *levels,
			uint64_t seed, struct usl_range *const *ranges)
{
	scoped_free struct usl_point *drawn = alloc_array(count, sizeof(*drawn));
	scoped_free double *values = alloc_array(RANGES * USL_RESAMPLES, sizeof(*values));
	uint32_t fitted = 0;
	struct rng rng;

	rng_init(&rng, seed);
	for (int i = 0; i < USL_RESAMPLES; i++) {
		struct parameters at;
		double peak_n, peak_rate;

		draw_again(points, count, levels, &rng, drawn);
		if (!fit_law(drawn, count, &at))
			continue;
		find_peak(&at, &peak_n, &peak_rate);
		for (int k = 0; k < PARAMETERS; k++)
			values[(uint32_t)k * USL_RESAMPLES + fitted] = at.of[k];
		values[3 * USL_RESAMPLES + fitted] = peak_n;
		values[4 * USL_RESAMPLES + fitted++] = peak_rate;
	}
	if (fitted < USL_RESAMPLES / 2)
		return;
	for (int k = 0; k < RANGES; k++)
		set_bounds(ranges[k], values + (ptrdiff_t)k * USL_RESAMPLES, fitted);
}

static double find_r_squared(const struct usl_point *points, uint32_t count,
			     const struct parameters *at)
{
	double mean = 0.0, total = 0.0, left = 0.0;

	for (uint32_t i = 0; i < count; i++)
		mean += points[i].rate / count;
	for (uint32_t i = 0; i < count; i++) {
		double error = points[i].rate - usl_rate(at, points[i].n);

		total += (points[i].rate - mean) * (points[i].rate - mean);
		left += error * error;
	}
	return left < total ? 1.0 - left / total : 0.0;
}

static bool is_in_range(const struct usl_point *points, uint32_t count, double n)
{
	double least = (double)INFINITY, greatest = 0.0;

	for (uint32_t i = 0; i < count; i++) {
		least = fmin(least, points[i].n);
		greatest = fmax(greatest, points[i].n);
	}
	return n >= least && n <= greatest;
}

int usl_fit(const struct usl_point *points, uint32_t count, uint64_t seed, struct usl *ret_usl)
{
	scoped_free uint32_t *level = alloc_array((size_t)count + 1, sizeof(*level));
	scoped_free uint32_t *starts = alloc_array((size_t)count + 1, sizeof(*starts));
	scoped_free uint32_t *order = alloc_array((size_t)count + 1, sizeof(*order));
	scoped_free double *mean_log = alloc_array((size_t)count + 1, sizeof(*mean_log));
	struct levels levels = {level, starts, order, mean_log, 0};
	const struct usl_range none = {(double)NAN, (double)NAN, (double)NAN};
	struct usl usl = {none, none, none, none, none, 0.0, false};
	struct usl_range *const ranges[RANGES] = {&usl.gamma, &usl.alpha, &usl.beta, &usl.peak_n,
						  &usl.peak_rate};
	struct parameters at;

	for (uint32_t i = 0; i < count; i++) {
		if (!(points[i].n > 0.0 && points[i].rate > 0.0) || isinf(points[i].n) ||
		    isinf(points[i].rate))
			return -EINVAL;
	}
	find_levels(points, count, &levels);
	if (levels.count < USL_MIN_LEVELS || !fit_law(points, count, &at))
		return -ENODATA;
	for (int k = 0; k < PARAMETERS; k++)
		ranges[k]->value = at.of[k];
	find_peak(&at, &usl.peak_n.value, &usl.peak_rate.value);
	usl.r_squared = find_r_squared(points, count, &at);
	usl.is_peak_in_range = is_in_range(points, count, usl.peak_n.value);
	if (levels.count < count)
		find_bounds(points, count, &levels, seed, ranges);
	*ret_usl = usl;
	return 0;
}
