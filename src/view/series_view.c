#include "view/series_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/vec.h"
#include "view/series_runs.h"

struct row_builder {
	char name[48], scope[48];
	enum series_unit unit;
	VEC(double) values;
	double sum, length;	     /* value times ns, and ns */
	double loaded_sum, requests; /* of the runs with load; requests times ns per second */
	double max;
	uint64_t max_time_ns;
	uint32_t max_run;
	size_t max_first, max_end; /* of its run, in values */
};

struct row_builders {
	VEC_FIELDS(struct row_builder);
};

static struct row_builder *find_row(struct row_builders *rows, const struct series *series)
{
	struct row_builder fresh = {.unit = series->unit, .max = -(double)INFINITY};

	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->items[i].name, series->name) == 0 &&
		    strcmp(rows->items[i].scope, series->scope) == 0)
			return &rows->items[i];
	memcpy(fresh.name, series->name, sizeof(fresh.name));
	memcpy(fresh.scope, series->scope, sizeof(fresh.scope));
	vec_push(rows, fresh);
	return &rows->items[rows->count - 1];
}

static void add_values(struct row_builder *row, const struct series_run *run,
		       const struct series_window *window)
{
	size_t first = row->values.count;
	bool is_max_here = false;

	for (size_t i = 0; i < window->count; i++) {
		const struct series_point *point = &window->points[i];

		if (!isfinite(point->value))
			continue;
		vec_push(&row->values, point->value);
		if (point->value <= row->max)
			continue;
		row->max = point->value;
		row->max_time_ns = point->time_ns - run->begin_ns;
		row->max_run = run->run->record.number;
		is_max_here = true;
	}
	if (!is_max_here)
		return;
	row->max_first = first;
	row->max_end = row->values.count;
}

static void add_run(struct row_builders *rows, const struct series_run *run)
{
	for (size_t i = 0; i < run->list.count; i++) {
		const struct series *series = &run->list.items[i];
		struct series_window window = series_runs_get_window(run, series);
		struct row_builder *row;
		double sum, length;

		series_runs_add_up(&window, &sum, &length);
		if (length <= 0)
			continue;
		row = find_row(rows, series);
		add_values(row, run, &window);
		row->sum += sum;
		row->length += length;
		if (run->rate_rps <= 0)
			continue;
		row->loaded_sum += sum;
		row->requests += run->rate_rps * length;
	}
}

/* What a service does is for its requests; what a machine does is not. */
static double find_per_request(const struct row_builder *builder)
{
	bool is_of_process = strncmp(builder->name, "process.", 8) == 0;

	if (is_of_process && builder->requests > 0 && builder->unit == SERIES_RATIO)
		return builder->loaded_sum / builder->requests * 1e9;
	if (is_of_process && builder->requests > 0 && builder->unit == SERIES_PER_SECOND)
		return builder->loaded_sum / builder->requests;
	return (double)NAN;
}

static struct series_view_row settle(struct arena *arena, struct row_builder *builder)
{
	struct series_view_row row = {.name = arena_strdup(arena, builder->name),
				      .scope = arena_strdup(arena, builder->scope),
				      .unit = builder->unit,
				      .point_count = builder->values.count,
				      .mean = builder->sum / builder->length,
				      .min = (double)INFINITY,
				      .max = builder->max,
				      .max_time_ns = builder->max_time_ns,
				      .max_run = builder->max_run,
				      .max_value_count = builder->max_end - builder->max_first,
				      .per_request = find_per_request(builder)};
	double *values = arena_alloc(arena, builder->values.count, sizeof(*values));

	for (size_t i = 0; i < builder->values.count; i++) {
		values[i] = builder->values.items[i];
		row.min = fmin(row.min, values[i]);
	}
	row.values = values;
	row.max_values = values + builder->max_first;
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
	scoped(series_runs_cleanup) struct series_runs runs = {0};
	struct row_builders rows = {0};
	int r = series_runs_read(&runs, arena, selection, arm, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < runs.run_count; i++)
		add_run(&rows, &runs.runs[i]);
	ret_view->row_count = (uint32_t)rows.count;
	ret_view->rows = arena_alloc(arena, rows.count + 1, sizeof(*ret_view->rows));
	for (size_t i = 0; i < rows.count; i++)
		ret_view->rows[i] = settle(arena, &rows.items[i]);
	vec_release(&rows);
	qsort(ret_view->rows, ret_view->row_count, sizeof(*ret_view->rows), compare_rows);
	return r;
}

const struct series_view_row *series_view_find(const struct series_view *view, const char *name,
					       const char *scope)
{
	struct series_view_row key = {.name = name, .scope = scope};

	return view->row_count == 0
		       ? NULL
		       : bsearch(&key, view->rows, view->row_count, sizeof(key), compare_rows);
}
