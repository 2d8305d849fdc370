#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

uint64_t quantile_of_histogram(const struct histogram *histogram, double q)
{
	uint64_t rank, seen = 0;

	if (histogram->count == 0)
		return 0;
	if (!(q > 0.0))
		return histogram->min_ns;
	/* One step down, as HdrHistogram does: 0.07 * 100 is 7.000000000000001, and means 7. */
	rank = q < 1.0 ? (uint64_t)ceil(nextafter(q, 0.0) * (double)histogram->count)
		       : histogram->count;
	if (rank >= histogram->count)
		return histogram->max_ns;
	for (uint32_t slot = histogram->first_slot; slot < histogram->end_slot; slot++) {
		seen += histogram->slots[slot];
		if (seen >= rank && seen > 0) {
			uint64_t highest_ns = histogram_slot_highest_ns(slot);

			return highest_ns < histogram->max_ns ? highest_ns : histogram->max_ns;
		}
	}
	return histogram->max_ns;
}

uint64_t quantile_needed_count(double q)
{
	if (!(q > 0.0) || q >= 1.0)
		return 1;
	/* 1 - 0.9 is a little less than 0.1; without the last factor p90 would need 101 values. */
	return (uint64_t)ceil(QUANTILE_ANSWERS_BEYOND / (1.0 - q) * (1.0 - 1e-9));
}

bool quantile_is_earned(uint64_t count, double q)
{
	return count >= quantile_needed_count(q);
}

double quantile_mean_ns(const struct histogram *histogram)
{
	return histogram->count > 0 ? (double)histogram->sum_ns / (double)histogram->count : 0.0;
}

double quantile_share_above(const struct histogram *histogram, uint64_t value_ns)
{
	uint32_t first = histogram_slot_of(value_ns) + 1;
	uint64_t above = 0;

	if (histogram->count == 0)
		return 0.0;
	if (value_ns < histogram->min_ns)
		return 1.0;
	if (first < histogram->first_slot)
		first = histogram->first_slot;
	for (uint32_t slot = first; slot < histogram->end_slot; slot++)
		above += histogram->slots[slot];
	return (double)above / (double)histogram->count;
}

double quantile_of_sorted(const double *sorted, size_t count, double q)
{
	double place, fraction;
	size_t below;

	if (count == 0)
		return (double)NAN;
	place = fmin(fmax(q, 0.0), 1.0) * (double)(count - 1);
	below = (size_t)place;
	fraction = place - (double)below;
	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

double quantile_of_values(const double *values, size_t count, double q)
{
	scoped_free double *sorted = alloc_array(count + 1, sizeof(*sorted));

	if (count > 0)
		memcpy(sorted, values, count * sizeof(*sorted));
	quantile_sort(sorted, count);
	return quantile_of_sorted(sorted, count, q);
}

static int compare_numbers(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

void quantile_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_numbers);
}
