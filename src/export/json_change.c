#include "export/json_change.h"

#include "export/json_text.h"
#include "export/json_value.h"

json_t *json_change_make_verdict(enum verdict verdict)
{
	return verdict == VERDICT_NONE ? json_null() : json_string(verdict_name(verdict));
}

json_t *json_change_make_text(const char *text)
{
	return text != NULL && text[0] != '\0' ? json_text_make(text) : json_null();
}

static json_t *make_if(bool is_known, double value)
{
	return is_known ? json_value_make_real(value) : json_null();
}

json_t *json_change_make_metric(const struct run_diff_metric *metric)
{
	const struct metric_info *info = metric->info;
	bool is_ratio = info->scale == METRIC_LOG_RATIO;
	json_t *object = json_object();

	json_value_set(object, "name", json_text_make(info->name));
	json_value_set(object, "scope", json_text_make(metric->scope));
	json_value_set(object, "unit", json_string(metric_unit_name(info->unit)));
	json_value_set(object, "better",
		       info->better == 0 ? json_null()
					 : json_string(info->better > 0 ? "higher" : "lower"));
	json_value_set(object, "is_primary", json_boolean(metric->is_primary));
	json_value_set(object, "base", json_value_make_real(metric->base));
	json_value_set(object, "head", json_value_make_real(metric->head));
	json_value_set(object, "ratio",
		       make_if(metric->has_estimate && is_ratio, metric->estimate));
	json_value_set(object, "difference",
		       make_if(metric->has_estimate && !is_ratio, metric->estimate));
	json_value_set(object, "lo", make_if(metric->has_interval, metric->lo));
	json_value_set(object, "hi", make_if(metric->has_interval, metric->hi));
	json_value_set(object, "level", make_if(metric->has_interval, metric->level));
	json_value_set(object, "delta", make_if(metric->delta > 0, metric->delta));
	json_value_set(object, "n_base", json_value_make_count(metric->n_base));
	json_value_set(object, "n_head", json_value_make_count(metric->n_head));
	json_value_set(object, "method",
		       metric->has_estimate ? json_text_make(metric->method) : json_null());
	json_value_set(object, "p", make_if(metric->has_estimate, metric->p));
	json_value_set(object, "adjusted_p", make_if(metric->has_estimate, metric->adjusted_p));
	json_value_set(object, "more", json_value_make_known(metric->more));
	json_value_set(object, "verdict", json_change_make_verdict(metric->verdict));
	return object;
}

json_t *json_change_make_difference(const struct comparability_difference *difference)
{
	json_t *object = json_object();

	json_value_set(object, "what", json_text_make(difference->what));
	json_value_set(object, "base", json_text_make(difference->base));
	json_value_set(object, "head", json_text_make(difference->head));
	json_value_set(object, "refused",
		       json_boolean(difference->severity == COMPARABILITY_REFUSED));
	return object;
}

static json_t *make_known(bool is_known, double value)
{
	return is_known ? json_value_make_real(value) : json_null();
}

void json_change_set_values(json_t *object, const struct value_diff *values)
{
	json_value_set(object, "base", json_value_make_real(values->base));
	json_value_set(object, "head", json_value_make_real(values->head));
	json_value_set(object, "difference", make_known(values->has_estimate, values->difference));
	json_value_set(object, "lo", make_known(values->has_interval, values->lo));
	json_value_set(object, "hi", make_known(values->has_interval, values->hi));
	json_value_set(object, "level", make_known(values->has_interval, values->level));
	json_value_set(object, "n_base", json_value_make_count(values->n_base));
	json_value_set(object, "n_head", json_value_make_count(values->n_head));
}
