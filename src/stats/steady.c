#include "stats/steady.h"

#include <math.h>

#include "util/alloc.h"

/* Of the finite ones; NAN when there is none. */
static double mean_of(const double *values, size_t count)
{
	double sum = 0.0;
	size_t present = 0;

	for (size_t i = 0; i < count; i++) {
		if (isnan(values[i]))
			continue;
		sum += values[i];
		present++;
	}
	return present > 0 ? sum / (double)present : (double)NAN;
}

/*
 * From the last batch to the first, mean and sum of squares grow one batch at a time (Welford's
 * recurrence), so that each cut costs one step. Returns how many of the batches to cut.
 */
static size_t find_cut(const double *batches, size_t count)
{
	double mean = 0.0, squares = 0.0, least = (double)INFINITY;
	size_t best = 0;

	for (size_t d = count; d-- > 0;) {
		double kept = (double)(count - d), step = batches[d] - mean, error;

		mean += step / kept;
		squares += step * (batches[d] - mean);
		error = squares / (kept * kept);
		if (d <= count / 2 && error <= least) {
			least = error;
			best = d;
		}
	}
	return best;
}

enum steady_result steady_find(const double *values, size_t count, size_t *ret_cut_count)
{
	size_t batch_count = 0, cut;
	scoped_free double *batches = alloc_array(count / STEADY_BATCH_SLOTS + 1, sizeof(*batches));
	/* the slot at which each of them ends */
	scoped_free size_t *ends = alloc_array(count / STEADY_BATCH_SLOTS + 1, sizeof(*ends));

	*ret_cut_count = 0;
	for (size_t at = 0; at + STEADY_BATCH_SLOTS <= count; at += STEADY_BATCH_SLOTS) {
		double mean = mean_of(values + at, STEADY_BATCH_SLOTS);

		if (isnan(mean))
			continue;
		batches[batch_count] = mean;
		ends[batch_count++] = at + STEADY_BATCH_SLOTS;
	}
	if (batch_count < STEADY_MIN_BATCHES)
		return STEADY_TOO_SHORT;
	cut = find_cut(batches, batch_count);
	if (cut == batch_count / 2)
		return STEADY_NOT_REACHED;
	*ret_cut_count = cut > 0 ? ends[cut - 1] : 0;
	return STEADY_REACHED;
}

double steady_half_log_ratio(const double *values, size_t count)
{
	size_t half = count / 2;
	double first = mean_of(values, half), second = mean_of(values + (count - half), half);

	return first > 0.0 && second > 0.0 ? log(second / first) : (double)NAN;
}
