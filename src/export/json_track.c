#include "export/json_track.h"

#include <math.h>

#include "export/json_change.h"
#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_baseline(const struct stored_baseline *baseline)
{
	json_t *object = json_object();

	json_value_set(object, "experiment", json_text_make(baseline->experiment));
	json_value_set(object, "arm", json_change_make_text(baseline->arm));
	json_value_set(object, "plan", json_text_make(baseline->plan));
	json_value_set(object, "revision", json_change_make_text(baseline->revision));
	json_value_set(object, "machine", json_change_make_text(baseline->machine));
	json_value_set(object, "who", json_text_make(baseline->who));
	json_value_set(object, "note", json_text_make(baseline->note));
	json_value_set(object, "accepted_wall_ns", json_value_make_known(baseline->wall_ns));
	json_value_set(object, "verdict_then", json_change_make_verdict(baseline->verdict));
	json_value_set(object, "is_forced", json_boolean(baseline->is_forced));
	return object;
}

/* Of an arm without a baseline the medians alone. */
static json_t *make_value(const struct arm_metric *metric)
{
	struct run_diff_metric alone = {.info = metric->info,
					.scope = metric->scope,
					.base = (double)NAN,
					.head = metric->median,
					.n_head = metric->value_count,
					.method = ""};

	return json_change_make_metric(&alone);
}

static json_t *make_arm(const struct track_arm *arm)
{
	json_t *object = json_object(), *metrics = json_array(), *differences = json_array();

	for (uint32_t i = 0; arm->has_base && i < arm->diff.metric_count; i++)
		json_array_append_new(metrics, json_change_make_metric(&arm->diff.metrics[i]));
	for (uint32_t i = 0; !arm->has_base && i < arm->metrics.metric_count; i++)
		json_array_append_new(metrics, make_value(&arm->metrics.metrics[i]));
	for (uint32_t i = 0; i < arm->compared.count; i++)
		json_array_append_new(differences,
				      json_change_make_difference(&arm->compared.differences[i]));
	json_value_set(object, "name", json_text_make(arm->label));
	json_value_set(object, "metrics", metrics);
	json_value_set(object, "environment_differences", differences);
	json_value_set(object, "verdict",
		       json_change_make_verdict(arm->has_base ? arm->diff.verdict : VERDICT_NONE));
	json_value_set(object, "why_none",
		       json_change_make_text(arm->has_base ? arm->diff.why_none : arm->why_none));
	return object;
}

static json_t *make_point(const struct history_point *point)
{
	json_t *object = json_object();

	json_value_set(object, "experiment", json_text_make(point->experiment));
	json_value_set(object, "revision", json_change_make_text(point->revision));
	json_value_set(object, "is_dirty", json_boolean(point->is_dirty));
	json_value_set(object, "created_wall_ns", json_value_make_known(point->wall_ns));
	json_value_set(object, "is_baseline", json_boolean(point->is_baseline));
	return object;
}

static json_t *make_change(const struct history *history, const struct history_change *change)
{
	json_t *object = json_object();

	json_value_set(object, "at", json_value_make_count(change->at));
	json_value_set(object, "experiment",
		       json_text_make(history->points[change->at].experiment));
	json_value_set(object, "revision",
		       json_change_make_text(history->points[change->at].revision));
	json_value_set(object, "last_before",
		       json_text_make(history->points[change->last_before].experiment));
	json_value_set(object, "before", json_value_make_real(change->before));
	json_value_set(object, "behind", json_value_make_real(change->behind));
	json_value_set(object, "is_confirmed", json_boolean(change->is_confirmed));
	json_value_set(object, "is_worse", json_boolean(change->direction < 0));
	return object;
}

static json_t *make_series(const struct history *history, const struct history_series *series)
{
	json_t *object = json_object(), *values = json_array(), *runs = json_array();
	json_t *changes = json_array();

	for (uint32_t i = 0; i < history->point_count; i++) {
		json_array_append_new(values, json_value_make_real(series->values[i]));
		json_array_append_new(runs, json_value_make_count(series->runs[i]));
	}
	for (uint32_t i = 0; i < series->change_count; i++)
		json_array_append_new(changes, make_change(history, &series->changes[i]));
	json_value_set(object, "arm", json_text_make(series->arm));
	json_value_set(object, "metric", json_text_make(series->info->name));
	json_value_set(object, "unit", json_string(metric_unit_name(series->info->unit)));
	json_value_set(object, "values", values);
	json_value_set(object, "runs", runs);
	json_value_set(object, "changes", changes);
	return object;
}

static json_t *make_history(const struct history *history)
{
	json_t *object = json_object(), *points = json_array(), *series = json_array();
	json_t *gaps = json_array();

	for (uint32_t i = 0; i < history->point_count; i++)
		json_array_append_new(points, make_point(&history->points[i]));
	for (uint32_t i = 0; i < history->series_count; i++)
		json_array_append_new(series, make_series(history, &history->series[i]));
	for (uint32_t i = 0; i < history->gap_count; i++) {
		json_t *gap = json_object();

		json_value_set(gap, "experiment", json_text_make(history->gaps[i].experiment));
		json_value_set(gap, "why", json_text_make(history->gaps[i].why));
		json_array_append_new(gaps, gap);
	}
	json_value_set(object, "points", points);
	json_value_set(object, "series", series);
	json_value_set(object, "left_out", gaps);
	json_value_set(object, "since", json_change_make_text(history->since));
	json_value_set(object, "cut_count", json_value_make_count(history->cut_count));
	return object;
}

void json_track_write(struct strbuf *json, const struct track_view *view, const char *sentence)
{
	json_t *document = json_object(), *arms = json_array();

	for (uint32_t i = 0; i < view->arm_count; i++)
		json_array_append_new(arms, make_arm(&view->arms[i]));
	json_value_set(document, "schema", json_string("sonde.track/1"));
	json_value_set(document, "plan", json_text_make(view->head->experiment.name));
	json_value_set(document, "run", json_text_make(view->head->experiment.id));
	json_value_set(document, "primary", json_text_make(view->head->experiment.primary_metric));
	json_value_set(document, "baseline",
		       view->has_baseline ? make_baseline(&view->baseline) : json_null());
	json_value_set(document, "why_no_baseline", json_change_make_text(view->no_base));
	json_value_set(document, "arms", arms);
	json_value_set(document, "history", make_history(&view->history));
	json_value_set(document, "verdict", json_change_make_verdict(track_view_get_verdict(view)));
	json_value_set(document, "answer", json_string(track_answer_name(view->answer)));
	json_value_set(document, "sentence", json_text_make(sentence));
	json_text_write(json, document, true);
}

void json_track_write_log(struct strbuf *json, const struct track_log *log)
{
	json_t *document = json_object(), *rows = json_array();

	for (uint32_t i = 0; i < log->count; i++) {
		json_t *row = make_baseline(&log->rows[i].baseline);

		json_value_set(row, "is_present", json_boolean(log->rows[i].is_present));
		json_value_set(row, "is_removed", json_boolean(log->rows[i].is_removed));
		json_array_append_new(rows, row);
	}
	json_value_set(document, "schema", json_string("sonde.track-log/1"));
	json_value_set(document, "accepted", rows);
	json_text_write(json, document, true);
}

void json_track_write_accepted(struct strbuf *json, const struct stored_baseline *accepted,
			       uint32_t run_count, const struct stored_baseline *before)
{
	json_t *document = json_object();

	json_value_set(document, "schema", json_string("sonde.accept/1"));
	json_value_set(document, "baseline", make_baseline(accepted));
	json_value_set(document, "runs", json_value_make_count(run_count));
	json_value_set(document, "before", before != NULL ? make_baseline(before) : json_null());
	json_text_write(json, document, true);
}
