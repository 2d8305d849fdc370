#include "export/json_functions_diff.h"

#include <math.h>

#include "export/json_text.h"
#include "export/json_value.h"

/* json_value_make_real() makes null of NAN and INFINITY. */
static json_t *make_row(const struct function_diff_row *row)
{
	json_t *object = json_object();

	json_value_set(object, "name", json_text_make(row->name));
	json_value_set(object, "module", json_text_make(row->module));
	json_value_set(object, "base", json_value_make_real(row->base));
	json_value_set(object, "head", json_value_make_real(row->head));
	json_value_set(object, "base_samples", json_value_make_real(row->base_samples));
	json_value_set(object, "head_samples", json_value_make_real(row->head_samples));
	json_value_set(object, "ratio", json_value_make_real(row->ratio));
	json_value_set(object, "lo", json_value_make_real(row->lo));
	json_value_set(object, "hi", json_value_make_real(row->hi));
	json_value_set(object, "p", json_value_make_real(row->p));
	json_value_set(object, "q", json_value_make_real(row->q));
	json_value_set(object, "visible_ratio", json_value_make_real(row->visible));
	json_value_set(object, "is_tested", json_boolean(row->is_tested));
	json_value_set(object, "is_significant", json_boolean(row->is_significant));
	json_value_set(object, "is_new", json_boolean(row->is_new));
	json_value_set(object, "is_vanished", json_boolean(row->is_vanished));
	json_value_set(object, "is_kernel", json_boolean(row->is_kernel));
	return object;
}

/* The unit of `base` and `head`. */
static const char *get_unit(const struct function_diff *diff)
{
	switch (diff->work) {
	case PROFILE_PER_REQUEST:
		return diff->is_clock ? "ns_per_request" : "events_per_request";
	case PROFILE_PER_SECOND:
		return diff->is_clock ? "ns_per_s" : "events_per_s";
	case PROFILE_SHARE:
		break;
	}
	return "ratio";
}

json_t *json_functions_diff_make(const struct function_diff *diff)
{
	json_t *object, *rows;

	if (diff == NULL)
		return json_null();
	object = json_object();
	json_value_set(object, "measure", json_text_make(diff->measure));
	json_value_set(object, "unit", json_string(get_unit(diff)));
	json_value_set(object, "of", json_string(diff->is_total ? "total" : "self"));
	json_value_set(object, "base", json_value_make_real(diff->base));
	json_value_set(object, "head", json_value_make_real(diff->head));
	json_value_set(object, "n_base", json_value_make_count(diff->base_run_count));
	json_value_set(object, "n_head", json_value_make_count(diff->head_run_count));
	json_value_set(object, "within_run", json_boolean(diff->is_within_run));
	json_value_set(object, "left_out",
		       diff->left_out[0] != '\0' ? json_text_make(diff->left_out) : json_null());
	json_value_set(object, "tested", json_value_make_count(diff->tested_count));
	json_value_set(object, "significant", json_value_make_count(diff->significant_count));
	json_value_set(object, "q", json_value_make_real(FUNCTION_DIFF_Q));
	rows = json_array();
	for (uint32_t i = 0; i < diff->count; i++)
		json_array_append_new(rows, make_row(&diff->rows[i]));
	json_value_set(object, "functions", rows);
	return object;
}
