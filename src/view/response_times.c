#include "view/response_times.h"

#include <math.h>

#include "stats/quantile.h"

enum { TICKS_PER_HALF = 5, HALVES = 40 };

void response_times_find_quantiles(const struct load_view_name *name, const double *q, size_t count,
				   struct survival_quantile *ret_quantiles)
{
	survival_find_quantiles(name->response, name->censored, q, count, ret_quantiles);
}

void response_times_find_in_second(const struct load_view_second *second, const double *q,
				   size_t count, struct histogram *scratch, uint64_t *ret_ns)
{
	histogram_clear(scratch);
	load_view_add_second(second, scratch);
	for (size_t i = 0; i < count; i++)
		ret_ns[i] = quantile_is_earned(scratch->count, q[i])
				    ? quantile_of_histogram(scratch, q[i])
				    : 0;
}

/* Its middle, but nothing that lies outside of what was really seen. */
static double value_of_slot(const struct histogram *response, uint32_t slot)
{
	double middle = (double)histogram_slot_middle_ns(slot);

	return fmin(fmax(middle, (double)response->min_ns), (double)response->max_ns);
}

void response_times_find_spread(const struct histogram *response,
				struct response_spread *ret_spread)
{
	double mean = quantile_mean_ns(response), squares = 0.0, within = 0.0;

	*ret_spread = (struct response_spread){.mean_ns = mean};
	if (response->count == 0)
		return;
	for (uint32_t slot = response->first_slot; slot < response->end_slot; slot++) {
		double off = value_of_slot(response, slot) - mean;

		squares += off * off * (double)response->slots[slot];
	}
	ret_spread->stdev_ns = sqrt(squares / (double)response->count);
	for (uint32_t slot = response->first_slot; slot < response->end_slot; slot++)
		if ((double)histogram_slot_highest_ns(slot) >= mean - ret_spread->stdev_ns &&
		    (double)histogram_slot_lowest_ns(slot) <= mean + ret_spread->stdev_ns)
			within += (double)response->slots[slot];
	ret_spread->within_ratio = within / (double)response->count;
}

/*
 * The levels of the iterator, ascending, the last 1. In percent the steps have no rounding errors.
 */
static void list_levels(double levels[static RESPONSE_TIMES_MAX_ROWS])
{
	double percent = 0.0;
	size_t at = 0;

	for (int half = 1; half <= HALVES; half++) {
		for (int tick = 0; tick < TICKS_PER_HALF; tick++) {
			levels[at++] = percent / 100.0;
			percent += 100.0 / TICKS_PER_HALF * exp2(-half);
		}
	}
	while (at < RESPONSE_TIMES_MAX_ROWS)
		levels[at++] = 1.0;
}

size_t response_times_list_rows(const struct load_view_name *name,
				struct response_row rows[static RESPONSE_TIMES_MAX_ROWS])
{
	struct survival_quantile quantiles[RESPONSE_TIMES_MAX_ROWS];
	double levels[RESPONSE_TIMES_MAX_ROWS];
	const struct histogram *response = name->response;
	uint64_t greatest_ns, answers = 0;
	uint32_t slot = 0;
	size_t count = 0;

	list_levels(levels);
	response_times_find_quantiles(name, levels, RESPONSE_TIMES_MAX_ROWS, quantiles);
	greatest_ns = quantiles[RESPONSE_TIMES_MAX_ROWS - 1].value_ns;
	if (greatest_ns == 0)
		return 0;
	while (count < RESPONSE_TIMES_MAX_ROWS) {
		struct response_row *row = &rows[count];

		*row = (struct response_row){levels[count], quantiles[count].value_ns, 0};
		/*
		 * q = 0 is the exact minimum; the iterator's first row is its slot's highest value
		 */
		for (; slot < response->end_slot && histogram_slot_lowest_ns(slot) <= row->value_ns;
		     slot++)
			answers += response->slots[slot];
		row->answers = answers;
		count++;
		if (row->value_ns == greatest_ns && count < RESPONSE_TIMES_MAX_ROWS) {
			rows[count] = (struct response_row){1.0, greatest_ns, answers};
			return count + 1;
		}
	}
	return count;
}
