#include "stats/changepoint.h"

#include <stdlib.h>
#include <string.h>

#include "stats/changepoint_divisive.h"
#include "util/alloc.h"

uint32_t changepoint_find_divisive(const double *values, uint32_t count, uint32_t window, double p,
				   double size, uint32_t *ret_at)
{
	const struct changepoint_rules rules = {.window = window, .p = p, .size = size};

	return changepoint_divisive_find(values, count, &rules, ret_at);
}

/*
 * Takes out what stands between levels of too few points, one at a time, the shortest level first:
 * a lone outlier is two changes, and without the one the other must show itself again.
 */
static uint32_t drop_short_levels(const double *values, uint32_t count,
				  const struct changepoint_options *options, uint32_t *at,
				  uint32_t points)
{
	const struct changepoint_rules rules = {.p = options->p, .size = options->size};

	while (points > 0) {
		uint32_t shortest = count, out = 0;

		for (uint32_t i = 0; i <= points; i++) {
			uint32_t from = i > 0 ? at[i - 1] : 0;
			uint32_t to = i < points ? at[i] : count;

			if (to - from < shortest) {
				shortest = to - from;
				out = i > 0 ? i - 1 : 0;
			}
		}
		if (shortest >= options->after)
			break;
		points--;
		memmove(at + out, at + out + 1, (points - out) * sizeof(*at));
		points = changepoint_divisive_merge(values, count, &rules, at, points);
	}
	return points;
}

static bool is_step(const uint32_t *steps, uint32_t count, uint32_t at)
{
	for (uint32_t i = 0; i < count; i++) {
		if (steps[i] + 1 >= at && steps[i] <= at + 1)
			return true;
	}
	return false;
}

uint32_t changepoint_find(const double *values, uint32_t count,
			  const struct changepoint_options *options, struct changepoint *ret_points,
			  uint32_t capacity)
{
	uint32_t skipped = count > CHANGEPOINT_MAX_POINTS ? count - CHANGEPOINT_MAX_POINTS : 0;
	uint32_t used = count - skipped, points, steps, first, kept = 0;
	scoped_free uint32_t *at = alloc_array((size_t)used + 1, sizeof(*at));
	scoped_free uint32_t *fitted = alloc_array((size_t)used + 1, sizeof(*fitted));
	const double *series = values + skipped;

	points = changepoint_find_divisive(series, used, options->window, options->p, options->size,
					   at);
	points = drop_short_levels(series, used, options, at, points);
	if (points == 0)
		return 0;
	steps = changepoint_fit(series, used, fitted);
	first = points > capacity ? points - capacity : 0;
	for (uint32_t i = first; i < points; i++) {
		uint32_t from = i > 0 ? at[i - 1] : 0, to = i + 1 < points ? at[i + 1] : used;
		struct changepoint_contrast contrast;

		changepoint_divisive_compare(series + from, at[i] - from, series + at[i],
					     to - at[i], false, &contrast);
		ret_points[kept++] = (struct changepoint){
			.at = skipped + at[i],
			.before = contrast.before,
			.behind = contrast.behind,
			.p = contrast.p,
			.is_confirmed = is_step(fitted, steps, at[i]),
		};
	}
	return kept;
}
