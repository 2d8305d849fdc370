#include "export/json_compare.h"

#include <math.h>

#include "export/json_change.h"
#include "export/json_functions_diff.h"
#include "export/json_machine.h"
#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_delta_from(const struct run_diff_metric *metric)
{
	if (!(metric->delta > 0))
		return json_null();
	switch (metric->delta_from) {
	case RUN_DIFF_DELTA_DEFAULT:
		return json_string("default");
	case RUN_DIFF_DELTA_ASKED:
		return json_string("asked");
	case RUN_DIFF_DELTA_FLOOR:
		return json_string("proofs");
	}
	return json_null();
}

static json_t *make_metric(const struct run_diff_metric *metric)
{
	json_t *object = json_change_make_metric(metric);
	bool is_one_each = metric->n_base == 1 && metric->n_head == 1;

	json_value_set(object, "delta_from", make_delta_from(metric));
	json_value_set(object, "proofs", json_value_make_count(metric->null_count));
	json_value_set(object, "more_ns", json_value_make_known(metric->more_ns));
	json_value_set(object, "within_noise",
		       is_one_each && metric->has_estimate && !isnan(metric->noise)
			       ? json_boolean(metric->is_within_noise)
			       : json_null());
	return object;
}

static json_t *make_metrics(const struct run_diff *diff)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < diff->metric_count; i++)
		json_array_append_new(list, make_metric(&diff->metrics[i]));
	return list;
}

static json_t *make_differences(const struct comparability *compared)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < compared->count; i++)
		json_array_append_new(list, json_change_make_difference(&compared->differences[i]));
	return list;
}

static json_t *make_quantile(const struct latency_shift_row *row)
{
	json_t *object = json_object();

	json_value_set(object, "q", json_value_make_real(row->q));
	json_value_set(object, "base_ns", json_value_make_real(row->base));
	json_value_set(object, "head_ns", json_value_make_real(row->head));
	json_value_set(object, "change_ratio", json_value_make_real(row->change));
	json_value_set(object, "lo", json_value_make_real(row->lo));
	json_value_set(object, "hi", json_value_make_real(row->hi));
	json_value_set(object, "band_lo", json_value_make_real(row->band_lo));
	json_value_set(object, "band_hi", json_value_make_real(row->band_hi));
	json_value_set(object, "is_apart", json_boolean(row->is_apart_in_band));
	json_value_set(object, "why_not", json_change_make_text(row->why_not));
	return object;
}

static json_t *make_shift(const struct latency_shift *shift)
{
	json_t *object = json_object(), *rows = json_array(), *notes = json_array();

	for (uint32_t i = 0; i < LATENCY_SHIFT_ROWS; i++)
		json_array_append_new(rows, make_quantile(&shift->rows[i]));
	for (uint32_t i = 0; i < shift->note_count; i++)
		json_array_append_new(notes, json_text_make(shift->notes[i]));
	json_value_set(object, "design", json_text_make(shift->design));
	json_value_set(object, "level", json_value_make_real(shift->level));
	json_value_set(object, "is_within_run", json_boolean(shift->is_within_run));
	json_value_set(object, "quantiles", rows);
	json_value_set(object, "notes", notes);
	return object;
}

static const char *get_kind(enum wait_diff_kind kind)
{
	switch (kind) {
	case WAIT_DIFF_TIME:
		return "time_ns";
	case WAIT_DIFF_EVENT:
		return "events";
	case WAIT_DIFF_SYSCALL:
		return "calls";
	}
	return "";
}

static json_t *make_wait(const struct wait_diff_row *row)
{
	json_t *object = json_object();

	json_value_set(object, "kind", json_string(get_kind(row->kind)));
	json_value_set(object, "name", json_text_make(row->name));
	json_change_set_values(object, &row->change);
	return object;
}

static json_t *make_waits(const struct wait_diff *waits)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < waits->row_count; i++)
		json_array_append_new(list, make_wait(&waits->rows[i]));
	return list;
}

void json_compare_write(struct strbuf *json, const struct json_compare *compare)
{
	const struct run_diff *diff = compare->diff;
	const struct comparability *compared = compare->compared;
	json_t *document = json_object();

	json_value_set(document, "schema", json_string("sonde.compare/1"));
	json_value_set(document, "base", json_text_make(diff->base_label));
	json_value_set(document, "head", json_text_make(diff->head_label));
	json_value_set(document, "design", json_text_make(diff->design));
	json_value_set(document, "pair_count", json_value_make_count(diff->pair_count));
	json_value_set(document, "primary", json_text_make(diff->primary));
	json_value_set(document, "differences",
		       compared != NULL ? make_differences(compared) : json_null());
	json_value_set(document, "left_out", json_change_make_text(diff->left_out));
	json_value_set(document, "metrics", make_metrics(diff));
	json_value_set(document, "series",
		       compare->series != NULL ? json_machine_make_series(compare->series)
					       : json_null());
	json_value_set(document, "functions", json_functions_diff_make(compare->functions));
	json_value_set(document, "latency_shift",
		       compare->shift != NULL ? make_shift(compare->shift) : json_null());
	json_value_set(document, "waits",
		       compare->waits != NULL ? make_waits(compare->waits) : json_null());
	json_value_set(document, "commits",
		       compare->commits != NULL ? json_incref(compare->commits) : json_null());
	json_value_set(document, "verdict", json_change_make_verdict(diff->verdict));
	json_value_set(document, "veto",
		       diff->veto != NULL && diff->veto[0] != '\0' ? json_text_make(diff->veto)
								   : json_null());
	json_value_set(document, "why_none", json_change_make_text(diff->why_none));
	json_text_write(json, document, true);
}
