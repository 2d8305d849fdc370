#include "view/series_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/vec.h"
#include "view/arm_metrics.h"
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

static struct series_diff_row compare(const struct diff_reader *reader,
				      const struct diff_builder *builder)
{
	const struct value_diff_side base = {&reader->base, builder->means};
	const struct value_diff_side head = {&reader->head,
					     builder->means + reader->base.run_count};

	return (struct series_diff_row){
		.name = arena_strdup(reader->arena, builder->name),
		.scope = arena_strdup(reader->arena, builder->scope),
		.unit = builder->unit,
		.change = value_diff_make(reader->arena, &base, &head, reader->is_paired)};
}

static int compare_rows(const void *a, const void *b)
{
	const struct series_diff_row *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (left->change.is_apart != right->change.is_apart)
		return left->change.is_apart ? -1 : 1;
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
		diff->apart_count += row->change.is_apart;
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
