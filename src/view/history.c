#include "view/history.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/changepoint.h"
#include "util/vec.h"
#include "view/arm_metrics.h"
#include "view/comparability.h"
#include "view/run_diff.h"

/* What ends a series when it differs (comparability_difference.what). */
static const char *const breaks[] = {"kernel", "governor", "turbo", "SMT", "sonde"};

#define NOT_KNOWN "not known" /* comparability.h's word */

struct reading {
	struct arena *arena; /* the caller's */
	const struct selection *head;
	const char *baseline;
	struct history *history;
	VEC(struct history_point) points; /* newest first while reading */
	VEC(struct history_gap) gaps;
	bool is_ended;
};

/* ---- one experiment ---- */

static struct selected_arm *find_or_add_arm(struct selection *look, struct arena *arena,
					    const struct run_record *record)
{
	struct selected_arm *arm = look->arms;

	for (; arm < look->arms + look->arm_count; arm++)
		if (strcmp(arm->name, record->arm) == 0)
			return arm;
	*arm = (struct selected_arm){
		.name = record->arm,
		.place = record->arm_place,
		.runs = arena_alloc(arena, look->run_count, sizeof(*arm->runs))};
	look->arm_count++;
	return arm;
}

/* A selection on the head's store: opening the store again for each would be slow. */
static int select_experiment(struct selection *look, struct arena *arena, struct store *store,
			     const struct stored_experiment *experiment, struct err *err)
{
	int r;

	*look = (struct selection){
		.store = store, .experiment = *experiment, .word = experiment->id};
	r = store_list_runs(store, arena, experiment->id, &look->runs, &look->run_count, err);
	look->arms = arena_alloc(arena, look->run_count + 1, sizeof(*look->arms));
	for (uint32_t i = 0; r == 0 && i < look->run_count; i++) {
		struct selected_arm *arm = find_or_add_arm(look, arena, &look->runs[i].record);

		if (look->runs[i].record.phase_begin_ns[PHASE_MEASURE] != 0)
			arm->runs[arm->run_count++] = look->runs[i];
	}
	return r;
}

/* The same arm in both; false when they have none in common. */
static bool find_namesake(const struct selection *look, const struct selection *head,
			  uint32_t *ret_look_arm, uint32_t *ret_head_arm)
{
	for (uint32_t h = 0; h < head->arm_count; h++)
		for (uint32_t l = 0; l < look->arm_count; l++)
			if (strcmp(look->arms[l].name, head->arms[h].name) == 0) {
				*ret_look_arm = l;
				*ret_head_arm = h;
				return true;
			}
	return false;
}

static const struct comparability_difference *find_break(const struct comparability *compared)
{
	for (uint32_t i = 0; i < compared->count; i++)
		for (size_t b = 0; b < sizeof(breaks) / sizeof(breaks[0]); b++)
			if (strcmp(compared->differences[i].what, breaks[b]) == 0)
				return &compared->differences[i];
	return NULL;
}

static void add_gap(struct reading *reading, const char *experiment, const char *why)
{
	vec_push(&reading->gaps,
		 (struct history_gap){.experiment = arena_strdup(reading->arena, experiment),
				      .why = arena_strdup(reading->arena, why)});
}

/*
 * Whether the head may be compared with it: 1; 0 when it became a gap or the end of the series; a
 * negative errno when it cannot be read.
 */
static int is_of_series(struct reading *reading, struct arena *scratch,
			const struct selection *look, struct err *err)
{
	const struct comparability_difference *difference;
	struct comparability compared;
	uint32_t look_arm, head_arm;
	const char *refusal;
	int r;

	if (!find_namesake(look, reading->head, &look_arm, &head_arm)) {
		add_gap(reading, look->experiment.id, "no arm in common");
		return 0;
	}
	r = comparability_read(&compared, scratch, look, look_arm, reading->head, head_arm, err);
	if (r < 0)
		return r;
	refusal = comparability_explain_refusal(scratch, &compared);
	if (refusal[0] != '\0') {
		add_gap(reading, look->experiment.id, refusal);
		return 0;
	}
	difference = find_break(&compared);
	if (difference == NULL)
		return 1;
	if (strcmp(difference->base, NOT_KNOWN) == 0) { /* damaged: says nothing of what follows */
		add_gap(reading, look->experiment.id,
			arena_printf(scratch, "%s not known", difference->what));
		return 0;
	}
	reading->is_ended = true;
	reading->history->since =
		arena_printf(reading->arena, "%s %s until %s, %s since %s", difference->what,
			     difference->base, look->experiment.id, difference->head,
			     reading->points.items[reading->points.count - 1].experiment);
	return 0;
}

static void read_revision(struct history_point *point, struct arena *arena, const char *environment)
{
	json_t *object = json_loads(environment, 0, NULL);
	const char *revision = json_string_value(json_object_get(object, "git_revision"));

	point->revision = revision != NULL ? arena_strdup(arena, revision) : "";
	point->is_dirty = json_is_true(json_object_get(object, "git_dirty"));
	json_decref(object);
}

static const struct selected_arm *find_arm(const struct selection *look, const char *name)
{
	for (uint32_t i = 0; i < look->arm_count; i++)
		if (strcmp(look->arms[i].name, name) == 0)
			return &look->arms[i];
	return NULL;
}

/* The medians of one experiment, at the place `at` of every series. */
static int read_values(struct reading *reading, struct arena *scratch, const struct selection *look,
		       size_t at, struct err *err)
{
	const struct history *history = reading->history;
	struct arm_metrics metrics = {0};
	const char *of_arm = NULL;

	for (uint32_t i = 0; i < history->series_count; i++) {
		struct history_series *series = &history->series[i];
		const struct selected_arm *arm = find_arm(look, series->arm);
		const struct arm_metric *metric;

		if (arm == NULL)
			continue;
		if (of_arm != series->arm) { /* series of one arm stand together */
			int r = arm_metrics_read(&metrics, scratch, look,
						 (uint32_t)(arm - look->arms), ARM_RUNS_COMPARABLE,
						 err);

			if (r < 0)
				return r;
			of_arm = series->arm;
		}
		metric = arm_metrics_find(&metrics, series->info->name, "");
		if (metric == NULL)
			continue;
		series->values[at] = metric->median;
		series->runs[at] = metric->value_count;
	}
	return 0;
}

static bool has_values(const struct history *history, size_t at)
{
	for (uint32_t i = 0; i < history->series_count; i++)
		if (isfinite(history->series[i].values[at]))
			return true;
	return false;
}

/* A damaged one may have left some values behind. */
static void clear_values(const struct history *history, size_t at)
{
	for (uint32_t i = 0; i < history->series_count; i++) {
		history->series[i].values[at] = (double)NAN;
		history->series[i].runs[at] = 0;
	}
}

static int try_experiment(struct reading *reading, struct arena *scratch,
			  const struct stored_experiment *experiment, bool is_head, struct err *err)
{
	size_t at = reading->points.count;
	struct history_point point = {.wall_ns = experiment->created_wall_ns,
				      .is_baseline =
					      strcmp(experiment->id, reading->baseline) == 0};
	struct selection look;
	int r = select_experiment(&look, scratch, reading->head->store, experiment, err);

	if (r == 0 && !is_head)
		r = is_of_series(reading, scratch, &look, err);
	else if (r == 0)
		r = 1;
	if (r <= 0)
		return r;
	r = read_values(reading, scratch, &look, at, err);
	if (r < 0)
		return r;
	if (!is_head && !has_values(reading->history, at)) {
		add_gap(reading, experiment->id, "no run that counts");
		return 0;
	}
	point.experiment = arena_strdup(reading->arena, experiment->id);
	read_revision(&point, reading->arena, experiment->environment);
	vec_push(&reading->points, point);
	return 0;
}

/* Whatever is wrong with it concerns only itself. */
static void add_experiment(struct reading *reading, const struct stored_experiment *experiment,
			   bool is_head)
{
	struct arena scratch;
	struct err err = {0};

	if (experiment->state != RUN_DONE && !is_head) {
		add_gap(reading, experiment->id, run_state_name(experiment->state));
		return;
	}
	arena_init(&scratch);
	if (try_experiment(reading, &scratch, experiment, is_head, &err) < 0) {
		clear_values(reading->history, reading->points.count);
		add_gap(reading, experiment->id,
			arena_printf(&scratch, "damaged: %s", err_text(&err)));
	}
	arena_release(&scratch);
}

/* ---- series ---- */

/* One for each arm and metric (in total) that the head has. */
static int make_series(struct reading *reading, struct err *err)
{
	const struct selection *head = reading->head;
	VEC(struct history_series) list = {0};
	int r = 0;

	for (uint32_t arm = 0; arm < head->arm_count && r == 0; arm++) {
		struct arm_metrics metrics;

		r = arm_metrics_read(&metrics, reading->arena, head, arm, ARM_RUNS_COMPARABLE, err);
		for (uint32_t i = 0; r == 0 && i < metrics.metric_count; i++) {
			struct history_series series = {.arm = head->arms[arm].name,
							.info = metrics.metrics[i].info};

			if (metrics.metrics[i].scope[0] != '\0')
				continue;
			series.values =
				arena_alloc(reading->arena, HISTORY_MOST, sizeof(*series.values));
			series.runs =
				arena_alloc(reading->arena, HISTORY_MOST, sizeof(*series.runs));
			vec_push(&list, series);
		}
	}
	reading->history->series = arena_alloc(reading->arena, list.count + 1, sizeof(*list.items));
	if (list.count > 0)
		memcpy(reading->history->series, list.items, list.count * sizeof(*list.items));
	reading->history->series_count = (uint32_t)list.count;
	vec_release(&list);
	for (size_t at = 0; at < HISTORY_MOST; at++)
		clear_values(reading->history, at);
	return r;
}

static void reverse(struct history *history)
{
	for (uint32_t i = 0, j = history->point_count; i + 1 < j; i++) {
		struct history_point point = history->points[i];

		j--;
		history->points[i] = history->points[j];
		history->points[j] = point;
		for (uint32_t s = 0; s < history->series_count; s++) {
			struct history_series *series = &history->series[s];
			double value = series->values[i];
			uint32_t runs = series->runs[i];

			series->values[i] = series->values[j];
			series->values[j] = value;
			series->runs[i] = series->runs[j];
			series->runs[j] = runs;
		}
	}
}

static int get_direction(const struct metric_info *info, const struct changepoint *point)
{
	if (point->behind > point->before)
		return info->better;
	return point->behind < point->before ? -info->better : 0;
}

static void find_changes(struct history *history, struct history_series *series,
			 struct arena *arena, double delta)
{
	struct changepoint_options options = CHANGEPOINT_OPTIONS_DEFAULT;
	double values[HISTORY_MOST];
	uint32_t places[HISTORY_MOST], count = 0;
	struct changepoint found[HISTORY_MOST];

	options.size = delta > 0 ? delta : RUN_DIFF_DELTA;
	for (uint32_t i = 0; i < history->point_count; i++) {
		if (!isfinite(series->values[i]))
			continue;
		if (series->runs[i] == 1)
			options.after = 3;
		values[count] = series->values[i];
		places[count++] = i;
	}
	series->change_count = changepoint_find(values, count, &options, found, HISTORY_MOST);
	series->changes = arena_alloc(arena, series->change_count + 1, sizeof(*series->changes));
	for (uint32_t i = 0; i < series->change_count; i++)
		series->changes[i] = (struct history_change){
			.at = places[found[i].at],
			.last_before = places[found[i].at - 1],
			.before = found[i].before,
			.behind = found[i].behind,
			.is_confirmed = found[i].is_confirmed,
			.direction = get_direction(series->info, &found[i])};
}

static bool is_of_plan(const struct stored_experiment *experiment, const struct selection *head)
{
	return strcmp(experiment->name, head->experiment.name) == 0 &&
	       strcmp(experiment->kind, head->experiment.kind) == 0;
}

/* From the head back in time. */
static void read_back(struct reading *reading, const struct stored_experiment *list, uint32_t count)
{
	uint32_t i = 0;

	while (i < count && strcmp(list[i].id, reading->head->experiment.id) != 0)
		i++;
	for (bool is_head = true; i < count && !reading->is_ended; i++, is_head = false) {
		if (!is_of_plan(&list[i], reading->head))
			continue;
		if (reading->points.count == HISTORY_MOST)
			reading->history->cut_count++;
		else
			add_experiment(reading, &list[i], is_head);
	}
}

int history_read(struct history *ret_history, struct arena *arena, const struct selection *head,
		 const struct history_options *options, struct err *err)
{
	struct reading reading = {.arena = arena, .head = head, .history = ret_history};
	struct stored_experiment *list;
	uint32_t count;
	int r;

	*ret_history = (struct history){.since = ""};
	reading.baseline = options != NULL && options->baseline != NULL ? options->baseline : "";
	r = store_list_experiments(head->store, arena, &list, &count, err);
	if (r == 0)
		r = make_series(&reading, err);
	if (r == 0) {
		read_back(&reading, list, count);
		ret_history->point_count = (uint32_t)reading.points.count;
		ret_history->points =
			arena_alloc(arena, reading.points.count + 1, sizeof(*ret_history->points));
		ret_history->gap_count = (uint32_t)reading.gaps.count;
		ret_history->gaps =
			arena_alloc(arena, reading.gaps.count + 1, sizeof(*ret_history->gaps));
	}
	if (r == 0 && reading.points.count > 0)
		memcpy(ret_history->points, reading.points.items,
		       reading.points.count * sizeof(*ret_history->points));
	if (r == 0 && reading.gaps.count > 0)
		memcpy(ret_history->gaps, reading.gaps.items,
		       reading.gaps.count * sizeof(*ret_history->gaps));
	vec_release(&reading.points);
	vec_release(&reading.gaps);
	if (r < 0)
		return r;
	reverse(ret_history);
	for (uint32_t i = 0; i < ret_history->series_count; i++)
		find_changes(ret_history, &ret_history->series[i], arena,
			     options != NULL ? options->delta : 0);
	return 0;
}

/* ---- looking ---- */

const struct history_series *history_find(const struct history *history, const char *arm,
					  const char *metric)
{
	for (uint32_t i = 0; i < history->series_count; i++)
		if (strcmp(history->series[i].arm, arm) == 0 &&
		    strcmp(history->series[i].info->name, metric) == 0)
			return &history->series[i];
	return NULL;
}

int64_t history_find_baseline(const struct history *history)
{
	for (uint32_t i = 0; i < history->point_count; i++)
		if (history->points[i].is_baseline)
			return i;
	return -1;
}

const struct history_change *history_find_decline(const struct history_series *series,
						  int64_t baseline)
{
	const struct history_change *last;

	if (series->change_count == 0)
		return NULL;
	last = &series->changes[series->change_count - 1];
	return last->is_confirmed && last->direction < 0 && baseline < (int64_t)last->at ? last
											 : NULL;
}
