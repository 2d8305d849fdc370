#include "view/series_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "stats/rank.h"
#include "util/vec.h"
#include "view/arm_metrics.h"
#include "view/run_diff.h"
#include "view/series_runs.h"

/* A series with the mean of each run, base runs first; NaN = that run has none. */
struct diff_builder {
	char name[48], scope[48];
	enum series_unit unit;
	double *means;
	bool is_zero;
};

struct diff_reader {
	struct arena *arena;
	struct arm_metrics base, head; /* which runs count */
	uint32_t run_count;	       /* of both sides */
	bool is_paired;
	double *a, *b; /* scratch, run_count each */
	VEC(struct diff_builder) series;
};

static struct diff_builder *find_builder(struct diff_reader *reader, const struct series *series)
{
	struct diff_builder fresh = {.unit = series->unit, .is_zero = true};

	for (size_t i = 0; i < reader->series.count; i++)
		if (strcmp(reader->series.items[i].name, series->name) == 0 &&
		    strcmp(reader->series.items[i].scope, series->scope) == 0)
			return &reader->series.items[i];
	memcpy(fresh.name, series->name, sizeof(fresh.name));
	memcpy(fresh.scope, series->scope, sizeof(fresh.scope));
	fresh.means = arena_alloc(reader->arena, reader->run_count, sizeof(*fresh.means));
	for (uint32_t i = 0; i < reader->run_count; i++)
		fresh.means[i] = (double)NAN;
	vec_push(&reader->series, fresh);
	return &reader->series.items[reader->series.count - 1];
}

static int read_run(struct diff_reader *reader, struct store *store,
		    const struct stored_run *stored, uint32_t place, struct err *err)
{
	struct series_run run;
	int r = series_runs_read_one(&run, reader->arena, store, stored, err);

	for (size_t i = 0; r == 0 && i < run.list.count; i++) {
		struct series_window window = series_runs_get_window(&run, &run.list.items[i]);
		struct diff_builder *builder;
		double sum, length;

		series_runs_add_up(&window, &sum, &length);
		if (length <= 0)
			continue;
		builder = find_builder(reader, &run.list.items[i]);
		builder->means[place] = sum / length;
		builder->is_zero &= builder->means[place] == 0.0;
	}
	series_list_release(&run.list);
	return r;
}

static uint32_t take_values(const double *means, uint32_t count, double *out)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < count; i++)
		if (isfinite(means[i]))
			out[taken++] = means[i];
	return taken;
}

/* The head's mean in the pair of a run of the base; NaN when it has none. */
static double find_partner(const struct diff_reader *reader, const double *head_means,
			   uint32_t pair)
{
	for (uint32_t i = 0; i < reader->head.run_count; i++)
		if (reader->head.runs[i]->record.pair == pair)
			return head_means[i];
	return (double)NAN;
}

/* Into reader->a the differences, and what is shown beside them is of the pairs, too. */
static void estimate_pairs(struct diff_reader *reader, const double *base_means,
			   const double *head_means, struct series_diff_row *row,
			   struct rank_estimate *estimate)
{
	double *bases = arena_alloc(reader->arena, reader->run_count, sizeof(*bases));
	uint32_t count = 0;

	for (uint32_t i = 0; i < reader->base.run_count; i++) {
		double head = find_partner(reader, head_means, reader->base.runs[i]->record.pair);

		if (!isfinite(base_means[i]) || !isfinite(head))
			continue;
		reader->a[count] = head - base_means[i];
		reader->b[count] = head;
		bases[count++] = base_means[i];
	}
	rank_estimate_paired(reader->a, count, RUN_DIFF_LEVEL, estimate);
	if (count == 0)
		return;
	row->n_base = row->n_head = count;
	row->base = quantile_of_values(bases, count, 0.5);
	row->head = quantile_of_values(reader->b, count, 0.5);
}

static struct series_diff_row compare(struct diff_reader *reader,
				      const struct diff_builder *builder)
{
	const double *base_means = builder->means;
	const double *head_means = builder->means + reader->base.run_count;
	struct series_diff_row row = {.name = arena_strdup(reader->arena, builder->name),
				      .scope = arena_strdup(reader->arena, builder->scope),
				      .unit = builder->unit};
	struct rank_estimate estimate;

	row.n_base = take_values(base_means, reader->base.run_count, reader->a);
	row.n_head = take_values(head_means, reader->head.run_count, reader->b);
	row.base = quantile_of_values(reader->a, row.n_base, 0.5);
	row.head = quantile_of_values(reader->b, row.n_head, 0.5);
	if (row.n_base == 0 || row.n_head == 0)
		return row;
	if (reader->is_paired)
		estimate_pairs(reader, base_means, head_means, &row, &estimate);
	else
		rank_estimate_unpaired(reader->a, row.n_base, reader->b, row.n_head, RUN_DIFF_LEVEL,
				       &estimate);
	row.has_estimate = isfinite(estimate.estimate);
	row.has_interval = estimate.has_interval;
	row.difference = estimate.estimate;
	row.lo = estimate.lo;
	row.hi = estimate.hi;
	row.level = estimate.level;
	row.is_apart = row.has_interval && (row.lo > 0 || row.hi < 0);
	return row;
}

static int compare_rows(const void *a, const void *b)
{
	const struct series_diff_row *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (left->is_apart != right->is_apart)
		return left->is_apart ? -1 : 1;
	return order != 0 ? order : strcmp(left->scope, right->scope);
}

static void settle(struct diff_reader *reader, struct series_diff *diff)
{
	diff->method = reader->is_paired ? "paired Hodges-Lehmann" : "Hodges-Lehmann";
	diff->rows = arena_alloc(reader->arena, reader->series.count + 1, sizeof(*diff->rows));
	for (size_t i = 0; i < reader->series.count; i++) {
		struct series_diff_row *row = &diff->rows[diff->row_count];

		if (reader->series.items[i].is_zero)
			continue;
		*row = compare(reader, &reader->series.items[i]);
		diff->apart_count += row->is_apart;
		diff->row_count++;
	}
	qsort(diff->rows, diff->row_count, sizeof(*diff->rows), compare_rows);
}

int series_diff_read(struct series_diff *ret_diff, struct arena *arena,
		     const struct selection *base, uint32_t base_arm, const struct selection *head,
		     uint32_t head_arm, struct err *err)
{
	struct diff_reader reader = {.arena = arena};
	int r = arm_metrics_read(&reader.base, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&reader.head, arena, head, head_arm, ARM_RUNS_COMPARABLE, err);
	if (r < 0)
		return r;
	reader.is_paired =
		arm_metrics_are_paired(base, base_arm, &reader.base, head, head_arm, &reader.head);
	reader.run_count = reader.base.run_count + reader.head.run_count;
	reader.a = arena_alloc(arena, reader.run_count + 1, sizeof(*reader.a));
	reader.b = arena_alloc(arena, reader.run_count + 1, sizeof(*reader.b));
	for (uint32_t i = 0; i < reader.base.run_count && r == 0; i++)
		r = read_run(&reader, base->store, reader.base.runs[i], i, err);
	for (uint32_t i = 0; i < reader.head.run_count && r == 0; i++)
		r = read_run(&reader, head->store, reader.head.runs[i], reader.base.run_count + i,
			     err);
	*ret_diff = (struct series_diff){.method = ""};
	if (r == 0)
		settle(&reader, ret_diff);
	vec_release(&reader.series);
	return r;
}
