#include "view/series_runs.h"

#include <math.h>
#include <string.h>

#include "store/store_read.h"

enum { BORDER_NS = 50 * 1000 * 1000 };

static int read_rate(struct series_run *out, struct arena *arena, struct store *store,
		     struct err *err)
{
	struct metric_value *metrics;
	uint32_t count;
	int r = store_list_metrics(store, arena, out->run->key, &metrics, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++)
		if (strcmp(metrics[i].name, "rate_rps") == 0 && metrics[i].scope[0] == '\0' &&
		    isfinite(metrics[i].value) && metrics[i].value > 0)
			out->rate_rps = metrics[i].value;
	return r;
}

int series_runs_read_one(struct series_run *ret_run, struct arena *arena, struct store *store,
			 const struct stored_run *run, struct err *err)
{
	uint64_t end_ns = run->record.phase_end_ns[PHASE_MEASURE];
	int r;

	*ret_run = (struct series_run){.run = run,
				       .begin_ns = run->record.phase_begin_ns[PHASE_MEASURE],
				       .end_ns = end_ns != 0 ? end_ns : UINT64_MAX};
	r = store_read_series(store, run->key, &ret_run->list, err);
	return r < 0 ? r : read_rate(ret_run, arena, store, err);
}

int series_runs_read(struct series_runs *ret_runs, struct arena *arena,
		     const struct selection *selection, uint32_t arm, struct err *err)
{
	int r = 0;

	*ret_runs = (struct series_runs){.experiment = selection->experiment.id};
	ret_runs->runs = arena_alloc(arena, selection->run_count + 1, sizeof(*ret_runs->runs));
	for (uint32_t a = 0; a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			if (arm == UINT32_MAX || arm == a)
				r = series_runs_read_one(&ret_runs->runs[ret_runs->run_count++],
							 arena, selection->store,
							 &selection->arms[a].runs[i], err);
	return r;
}

void series_runs_release(struct series_runs *runs)
{
	for (uint32_t i = 0; i < runs->run_count; i++)
		series_list_release(&runs->runs[i].list);
	runs->run_count = 0;
}

struct series_window series_runs_get_window(const struct series_run *run,
					    const struct series *series)
{
	const struct series_point *points = series->points.items;
	bool has_end = run->end_ns < UINT64_MAX - BORDER_NS && run->end_ns > BORDER_NS;
	uint64_t last_ns = has_end ? run->end_ns + BORDER_NS : UINT64_MAX;
	uint64_t full_ns = has_end ? run->end_ns - BORDER_NS : UINT64_MAX;
	size_t first = 0, end;

	while (first < series->points.count && points[first].time_ns <= run->begin_ns + BORDER_NS)
		first++;
	end = first;
	while (end < series->points.count && points[end].time_ns < last_ns &&
	       (end == first || points[end - 1].time_ns < full_ns))
		end++;
	if (first == end)
		return (struct series_window){0};
	return (struct series_window){.points = &points[first],
				      .count = end - first,
				      .begin_ns = first > 0 ? points[first - 1].time_ns
							    : run->begin_ns};
}

void series_runs_add_up(const struct series_window *window, double *ret_sum, double *ret_length)
{
	uint64_t since_ns = window->begin_ns;

	*ret_sum = *ret_length = 0;
	for (size_t i = 0; i < window->count; i++) {
		const struct series_point *point = &window->points[i];
		double length = point->time_ns > since_ns ? (double)(point->time_ns - since_ns) : 1;

		since_ns = point->time_ns;
		if (!isfinite(point->value))
			continue;
		*ret_sum += point->value * length;
		*ret_length += length;
	}
}

uint64_t series_runs_get_wall_ns(const struct series_run *run, uint64_t time_ns)
{
	uint64_t start_ns = run->run->record.phase_begin_ns[PHASE_START];

	if (start_ns == 0)
		start_ns = run->begin_ns;
	return run->run->record.started_wall_ns + (time_ns - start_ns);
}
