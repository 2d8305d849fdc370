#include "view/diff_delta.h"

#include <math.h>
#include <string.h>

#include "stats/quantile.h"
#include "view/comparability.h"

/*
 * A difference is compared against a threshold in its own unit: delta of the greater median, so
 * that swapping the sides mirrors the verdict, and never less than these. A metric that is zero on
 * both sides then is EQUIVALENT, and neither one failure in 10,000 requests, one event in 100, nor
 * a microsecond of waiting is a change that matters.
 */
#define SMALLEST_RATIO 1e-4
#define SMALLEST_COUNT 1e-2
#define SMALLEST_NS 1e3

/* What a floor is of |estimate|, and of which proofs. */
#define FLOOR_QUANTILE 0.95
/*
 * Estimates of fewer pairs scatter more: down to this part they are taken as they are, a floor that
 * is high rather than low; from there on as if they had that many.
 */
#define SAME_SIZE_LEAST 0.4
#define SAME_SIZE_MOST 1.5

/*
 * A proof is held against what was known when it began. Its own first look is no measure of itself,
 * and its verdict does not change with what is proved later.
 */
static uint32_t keep_earlier(struct stored_null *nulls, uint32_t count, uint64_t wall_ns)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		if (nulls[i].wall_ns < wall_ns)
			nulls[kept++] = nulls[i];
	return kept;
}

int diff_delta_read(struct diff_delta *ret_delta, struct arena *arena, const struct selection *head,
		    const struct run_diff_options *options, struct err *err)
{
	const struct stored_experiment *experiment = &head->experiment;
	struct stored_null *read = NULL;
	const char *machine;
	int r = 0;

	*ret_delta = (struct diff_delta){.asked = options->delta};
	if (options->has_nulls || options->nulls != NULL) {
		ret_delta->nulls = options->nulls;
		ret_delta->null_count = options->null_count;
	} else {
		machine = comparability_get_machine(arena, experiment->environment);
		if (machine[0] != '\0')
			r = store_list_nulls(head->store, arena, machine, experiment->name, &read,
					     &ret_delta->null_count, err);
		if (strcmp(experiment->kind, "prove") == 0)
			ret_delta->null_count = keep_earlier(read, ret_delta->null_count,
							     experiment->created_wall_ns);
		ret_delta->nulls = read;
	}
	ret_delta->scratch = arena_alloc(arena, ret_delta->null_count + 1ull, sizeof(double));
	return r;
}

static void fill_usual(const struct diff_delta *delta, struct run_diff_metric *row)
{
	double relative = fmax(delta->asked, RUN_DIFF_DELTA);
	double in_unit = relative * fmax(fabs(row->base), fabs(row->head));

	row->delta_from =
		delta->asked > RUN_DIFF_DELTA ? RUN_DIFF_DELTA_ASKED : RUN_DIFF_DELTA_DEFAULT;
	if (row->info->scale == METRIC_LOG_RATIO) {
		row->delta = relative;
	} else if (row->info->unit == METRIC_RATIO) {
		/* success and failures: 2 % of all requests is much */
		row->delta = SMALLEST_RATIO;
		row->delta_from = RUN_DIFF_DELTA_DEFAULT;
	} else {
		row->delta =
			fmax(in_unit, row->info->unit == METRIC_NS ? SMALLEST_NS : SMALLEST_COUNT);
	}
}

/* What it says of a proof of so many pairs; NAN when it was of far more. */
static double scale(const struct stored_null *null, double size)
{
	double least = SAME_SIZE_LEAST * size;

	if (null->pairs > SAME_SIZE_MOST * size)
		return (double)NAN;
	return fabs(null->estimate) * (null->pairs < least ? sqrt(null->pairs / least) : 1);
}

void diff_delta_fill(const struct diff_delta *delta, struct run_diff_metric *row, bool is_paired)
{
	double floor, size = row->n_base < row->n_head ? row->n_base : row->n_head;

	fill_usual(delta, row);
	if (!is_paired)
		return;
	for (uint32_t i = 0; i < delta->null_count; i++) {
		const struct stored_null *null = &delta->nulls[i];
		double value = scale(null, size);

		if (strcmp(null->metric, row->info->name) == 0 &&
		    strcmp(null->scope, row->scope) == 0 && isfinite(value))
			delta->scratch[row->null_count++] = value;
	}
	if (row->null_count < RUN_DIFF_FLOOR_PROOFS)
		return;
	floor = quantile_of_values(delta->scratch, row->null_count, FLOOR_QUANTILE);
	if (row->info->scale == METRIC_LOG_RATIO)
		floor = expm1(floor);
	if (floor > row->delta) {
		row->delta = floor;
		row->delta_from = RUN_DIFF_DELTA_FLOOR;
	}
}
