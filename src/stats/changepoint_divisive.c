#include "stats/changepoint_divisive.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "stats/special.h"
#include "util/alloc.h"

struct moments {
	double mean, squares; /* sum of squared deviations */
};

static struct moments find_moments(const double *values, uint32_t count)
{
	struct moments moments = {0};

	for (uint32_t i = 0; i < count; i++)
		moments.mean += values[i] / count;
	for (uint32_t i = 0; i < count; i++)
		moments.squares += (values[i] - moments.mean) * (values[i] - moments.mean);
	return moments;
}

static double variance_of(const struct moments *moments, uint32_t count, uint32_t ddof)
{
	return count >= 2 ? moments->squares / (count - ddof) : 0.0;
}

static double relative_change(double from, double to)
{
	return fabs(from) > 0.0 ? fabs(to / from - 1.0) : 0.0;
}

void changepoint_divisive_compare(const double *before, uint32_t before_count, const double *behind,
				  uint32_t behind_count, bool is_otava,
				  struct changepoint_contrast *ret_contrast)
{
	struct moments left = find_moments(before, before_count);
	struct moments right = find_moments(behind, behind_count);
	double n = before_count, m = behind_count, df = n + m - 2.0, variance;
	double difference = fabs(left.mean - right.mean), p = 1.0;
	uint32_t ddof = is_otava ? 0 : 1;

	/* Equal values have means that differ by rounding, and no variance to say how little. */
	if (df > 0.0 && difference > 1e-12 * (fabs(left.mean) + fabs(right.mean))) {
		variance = ((n - 1.0) * variance_of(&left, before_count, ddof) +
			    (m - 1.0) * variance_of(&right, behind_count, ddof)) /
			   df;
		p = 2.0 *
		    special_student_cdf(-difference / sqrt(variance * (1.0 / n + 1.0 / m)), df);
	}
	*ret_contrast = (struct changepoint_contrast){
		.before = left.mean,
		.behind = right.mean,
		.p = p,
		.size = fmax(relative_change(left.mean, right.mean),
			     relative_change(right.mean, left.mean)),
	};
}

/*
 * Distances of one window, so summed that those of any of its parts take one subtraction:
 * sums[i * count + j] is the sum over t < i of |x_t - x_j|.
 */
struct distances {
	double *sums;
	uint32_t count;
};

static void fill_distances(struct distances *distances, const double *values)
{
	uint32_t count = distances->count;

	for (uint32_t j = 0; j < count; j++) {
		double sum = 0.0;

		for (uint32_t i = 0; i <= count; i++) {
			distances->sums[i * count + j] = sum;
			if (i < count)
				sum += fabs(values[i] - values[j]);
		}
	}
}

/* The sum over from <= t < to of |x_t - x_j|. */
static double distances_to(const struct distances *distances, uint32_t from, uint32_t to,
			   uint32_t j)
{
	const double *sums = distances->sums;
	uint32_t count = distances->count;

	return sums[(size_t)to * count + j] - sums[(size_t)from * count + j];
}

/*
 * The greatest Q in from..to, at least two points. With A, B and C the sums of the distances
 * between the two parts, inside the left one (n points) and inside the right one (m points),
 *
 *	Q = 2/(n + m) (A - m/(n - 1) B - n/(m - 1) C)
 *
 * (Matteson and James, equations 5 to 7, with alpha = 1); what is inside one point is 0.
 */
static double find_split(const struct distances *distances, uint32_t from, uint32_t to,
			 uint32_t *ret_at)
{
	double best = -(double)INFINITY, left = 0.0;

	for (uint32_t at = from + 1; at < to; at++) {
		double n = at - from, right = 0.0, between = 0.0;

		left += distances_to(distances, from, at - 1, at - 1);
		for (uint32_t until = at + 1; until <= to; until++) {
			double m = until - at, q;

			between += distances_to(distances, from, at, until - 1);
			right += distances_to(distances, at, until - 1, until - 1);
			q = between - (n > 1.0 ? m / (n - 1.0) * left : 0.0) -
			    (m > 1.0 ? n / (m - 1.0) * right : 0.0);
			q *= 2.0 / (n + m);
			if (q > best) {
				best = q;
				*ret_at = at;
			}
		}
	}
	return best;
}

double changepoint_divisive_split(const double *values, uint32_t count, uint32_t *ret_at)
{
	scoped_free double *sums = alloc_array(((size_t)count + 1) * count, sizeof(*sums));
	struct distances distances = {.sums = sums, .count = count};

	fill_distances(&distances, values);
	return find_split(&distances, 0, count, ret_at);
}

/* Into a list in ascending order, once. */
static uint32_t insert_point(uint32_t *at, uint32_t points, uint32_t point)
{
	uint32_t place = points;

	while (place > 0 && at[place - 1] >= point)
		place--;
	if (place < points && at[place] == point)
		return points;
	memmove(at + place + 1, at + place, (points - place) * sizeof(*at));
	at[place] = point;
	return points + 1;
}

/*
 * Splits one window where Q is greatest, again and again, until a t-test of the interval that would
 * be split says no. Appends to `found`, by the window's own count, ascending.
 */
static uint32_t split_window(const double *values, uint32_t count, struct distances *distances,
			     double p, bool is_otava, uint32_t *found)
{
	uint32_t points = 0;

	distances->count = count;
	fill_distances(distances, values);
	for (;;) {
		double best = -(double)INFINITY;
		uint32_t best_at = 0, from = 0, to = 0;
		struct changepoint_contrast contrast;

		for (uint32_t i = 0; i <= points; i++) {
			uint32_t begin = i > 0 ? found[i - 1] : 0, at = 0;
			uint32_t end = i < points ? found[i] : count;
			double q = end - begin > 1 ? find_split(distances, begin, end, &at) : best;

			if (q > best) {
				best = q;
				best_at = at;
				from = begin;
				to = end;
			}
		}
		if (best_at == 0)
			return points;
		changepoint_divisive_compare(values + from, best_at - from, values + best_at,
					     to - best_at, is_otava, &contrast);
		if (!(contrast.p <= p))
			return points;
		points = insert_point(found, points, best_at);
	}
}

/* The point `i` against its neighbours. */
static void compare_point(const double *values, uint32_t count, bool is_otava, const uint32_t *at,
			  uint32_t points, uint32_t i, struct changepoint_contrast *contrasts)
{
	uint32_t from = i > 0 ? at[i - 1] : 0, to = i + 1 < points ? at[i + 1] : count;

	changepoint_divisive_compare(values + from, at[i] - from, values + at[i], to - at[i],
				     is_otava, &contrasts[i]);
}

/* The point that holds least; `points` when all hold. */
static uint32_t find_weakest(const struct changepoint_contrast *contrasts, uint32_t points,
			     const struct changepoint_rules *rules)
{
	uint32_t by_p = 0, by_size = 0;

	for (uint32_t i = 1; i < points; i++) {
		if (contrasts[i].p > contrasts[by_p].p)
			by_p = i;
		if (contrasts[i].size < contrasts[by_size].size)
			by_size = i;
	}
	if (!(contrasts[by_p].p < rules->p))
		return by_p;
	return contrasts[by_size].size > rules->size ? points : by_size;
}

uint32_t changepoint_divisive_merge(const double *values, uint32_t count,
				    const struct changepoint_rules *rules, uint32_t *at,
				    uint32_t points)
{
	scoped_free struct changepoint_contrast *contrasts =
		alloc_array((size_t)points + 1, sizeof(*contrasts));

	for (uint32_t i = 0; i < points; i++)
		compare_point(values, count, rules->is_otava, at, points, i, contrasts);
	while (points > 0) {
		uint32_t out = find_weakest(contrasts, points, rules), other;

		if (out == points)
			break;
		points--;
		memmove(at + out, at + out + 1, (points - out) * sizeof(*at));
		memmove(contrasts + out, contrasts + out + 1, (points - out) * sizeof(*contrasts));
		other = rules->is_otava ? out + 1 : out - 1; /* of the first one: none */
		if (out < points)
			compare_point(values, count, rules->is_otava, at, points, out, contrasts);
		if (other < points)
			compare_point(values, count, rules->is_otava, at, points, other, contrasts);
	}
	return points;
}

/* More is let through at first: what is weak in its window may be strong beside its neighbours. */
static double first_pass_p(double p)
{
	if (p < 0.05)
		return 10.0 * p;
	return p < 0.5 ? 2.0 * p : p;
}

uint32_t changepoint_divisive_find(const double *values, uint32_t count,
				   const struct changepoint_rules *rules, uint32_t *ret_at)
{
	uint32_t width = rules->window < 2 ? 2 : rules->window, points = 0;
	uint32_t most = width < count ? width : count;
	scoped_free double *sums = alloc_array(((size_t)most + 1) * most + 1, sizeof(*sums));
	scoped_free uint32_t *found = alloc_array((size_t)most + 1, sizeof(*found));
	struct distances distances = {.sums = sums};

	for (uint32_t start = 0; start < count;) {
		uint32_t length = count - start < width ? count - start : width;
		uint32_t next = start + width / 2;
		uint32_t more = split_window(values + start, length, &distances,
					     first_pass_p(rules->p), rules->is_otava, found);

		for (uint32_t i = 0; i < more; i++)
			points = insert_point(ret_at, points, start + found[i]);
		if (more > 0 && start + found[more - 1] > next)
			next = start + found[more - 1];
		start = next;
	}
	return changepoint_divisive_merge(values, count, rules, ret_at, points);
}
