#include "export/json_insight.h"

#include <math.h>

#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_warnings(const struct warnings *warnings)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < warnings->count; i++) {
		const struct warning *warning = &warnings->items[i];
		json_t *object = json_object();

		json_value_set(object, "code", json_text_make(warning->code));
		json_value_set(object, "strength", json_value_make_real(warning->strength));
		json_value_set(object, "text", json_text_make(warning->text));
		json_value_set(object, "evidence", json_text_make(warning->evidence));
		json_value_set(object, "next", json_text_make(warning->next));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *make_growth(const struct memory_growth *growth)
{
	json_t *object = json_object();

	json_value_set(object, "verdict", json_string(memory_verdict_name(growth->verdict)));
	json_value_set(object, "slope_bytes_per_s",
		       json_value_make_real(growth->slope_bytes_per_s));
	json_value_set(object, "lo", json_value_make_real(growth->lo));
	json_value_set(object, "hi", json_value_make_real(growth->hi));
	json_value_set(object, "level_bytes", json_value_make_real(growth->level_bytes));
	json_value_set(object, "points", json_value_make_count(growth->point_count));
	json_value_set(object, "why",
		       growth->why[0] != '\0' ? json_text_make(growth->why) : json_null());
	return object;
}

static json_t *make_bound(enum cpu_bound bound)
{
	switch (bound) {
	case CPU_BOUND_USER:
		return json_string("user");
	case CPU_BOUND_SYSTEM:
		return json_string("system");
	case CPU_BOUND_MIXED:
		return json_string("mixed");
	case CPU_BOUND_UNKNOWN:
		break;
	}
	return json_null();
}

static json_t *make_texts(const char *const *texts, uint32_t count)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < count && texts[i] != NULL; i++)
		json_array_append_new(list, json_text_make(texts[i]));
	return list;
}

static json_t *make_hot(const struct run_insight *insight)
{
	json_t *object;

	if (insight->hot_function == NULL)
		return json_null();
	object = json_object();
	json_value_set(object, "function", json_text_make(insight->hot_function));
	json_value_set(object, "ratio", json_value_make_real(insight->hot_ratio));
	return object;
}

void json_insight_set(json_t *object, const struct run_insight *insight)
{
	json_t *block = json_object();
	const struct warnings *warnings = &insight->warnings;

	json_value_set(block, "of", json_string(insight->is_of_request ? "request" : "work"));
	json_value_set(block, "response_mean_ns",
		       insight->response_ns > 0 ? json_integer(llround(insight->response_ns))
						: json_null());
	json_value_set(block, "on_cpu_ratio", json_value_make_real(insight->on_cpu_ratio));
	json_value_set(block, "run_queue_ratio", json_value_make_real(insight->run_queue_ratio));
	json_value_set(block, "waiting_ratio", json_value_make_real(insight->waiting_ratio));
	json_value_set(block, "cpus", json_value_make_real(insight->cpus));
	json_value_set(block, "busiest_thread", json_value_make_real(insight->busiest_thread));
	json_value_set(block, "system_ratio", json_value_make_real(insight->system_share));
	json_value_set(block, "bound", make_bound(insight->bound));
	json_value_set(block, "memory", make_growth(&insight->growth));
	json_value_set(block, "likely",
		       warnings->count > 0 ? json_text_make(warnings->items[0].text) : json_null());
	json_value_set(block, "hot", make_hot(insight));
	json_value_set(block, "not_seen",
		       make_texts((const char *const *)insight->not_seen, insight->not_seen_count));
	json_value_set(block, "next", make_texts((const char *const *)insight->next, 2));
	json_value_set(object, "warnings", make_warnings(warnings));
	json_value_set(object, "insight", block);
}
