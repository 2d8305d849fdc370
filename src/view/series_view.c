#include "view/series_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_read.h"
#include "util/vec.h"

enum { BORDER_NS = 50 * 1000 * 1000 };

struct row_builder {
	char name[48], scope[48];
	enum series_unit unit;
	VEC(double) values;
	double weighted_sum, weight; /* by the length of the interval that a point describes */
};

struct row_builders {
	VEC_FIELDS(struct row_builder);
};

static struct row_builder *find_row(struct row_builders *rows, const struct series *series)
{
	struct row_builder fresh = {.unit = series->unit};

	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->items[i].name, series->name) == 0 &&
		    strcmp(rows->items[i].scope, series->scope) == 0)
			return &rows->items[i];
	memcpy(fresh.name, series->name, sizeof(fresh.name));
	memcpy(fresh.scope, series->scope, sizeof(fresh.scope));
	vec_push(rows, fresh);
	return &rows->items[rows->count - 1];
}

static void add_point(struct row_builder *row, double value, double weight)
{
	vec_push(&row->values, value);
	row->weighted_sum += value * weight;
	row->weight += weight;
}

/*
 * The window's points: a point describes the interval that ends at it, so the one at the window's
 * start is not its.
 */
static int add_run(struct row_builders *rows, struct store *store, const struct stored_run *run,
		   struct err *err)
{
	uint64_t begin_ns = run->record.phase_begin_ns[PHASE_MEASURE];
	uint64_t end_ns = run->record.phase_end_ns[PHASE_MEASURE];
	struct series_list list = {0};
	int r = store_read_series(store, run->key, &list, err);

	if (end_ns == 0)
		end_ns = UINT64_MAX - BORDER_NS;
	for (size_t i = 0; i < list.count; i++) {
		const struct series *series = &list.items[i];

		for (size_t j = 0; j < series->points.count; j++) {
			const struct series_point *point = &series->points.items[j];
			uint64_t since_ns = j > 0 ? point[-1].time_ns : begin_ns;
			/* The sample of a border is taken a moment behind it. */
			bool is_inside = point->time_ns > begin_ns + BORDER_NS &&
					 point->time_ns < end_ns + BORDER_NS;

			if (is_inside && isfinite(point->value))
				add_point(find_row(rows, series), point->value,
					  (double)(point->time_ns - since_ns));
		}
	}
	series_list_release(&list);
	return r;
}

static struct series_view_row settle(struct arena *arena, struct row_builder *builder)
{
	struct series_view_row row = {.name = arena_strdup(arena, builder->name),
				      .scope = arena_strdup(arena, builder->scope),
				      .unit = builder->unit,
				      .point_count = builder->values.count,
				      .min = (double)INFINITY,
				      .max = -(double)INFINITY};
	double *values = arena_alloc(arena, builder->values.count, sizeof(*values));

	for (size_t i = 0; i < builder->values.count; i++) {
		values[i] = builder->values.items[i];
		row.min = fmin(row.min, values[i]);
		row.max = fmax(row.max, values[i]);
	}
	row.mean = builder->weight > 0 ? builder->weighted_sum / builder->weight : values[0];
	row.values = values;
	vec_release(&builder->values);
	return row;
}

static int compare_rows(const void *a, const void *b)
{
	const struct series_view_row *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : strcmp(left->scope, right->scope);
}

int series_view_read(struct series_view *ret_view, struct arena *arena,
		     const struct selection *selection, uint32_t arm, struct err *err)
{
	struct row_builders rows = {0};
	int r = 0;

	for (uint32_t a = 0; a < selection->arm_count && r == 0; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			if (arm == UINT32_MAX || arm == a)
				r = add_run(&rows, selection->store, &selection->arms[a].runs[i],
					    err);
	ret_view->row_count = (uint32_t)rows.count;
	ret_view->rows = arena_alloc(arena, rows.count + 1, sizeof(*ret_view->rows));
	for (size_t i = 0; i < rows.count; i++)
		ret_view->rows[i] = settle(arena, &rows.items[i]);
	vec_release(&rows);
	qsort(ret_view->rows, ret_view->row_count, sizeof(*ret_view->rows), compare_rows);
	return r;
}
