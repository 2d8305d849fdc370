#include "export/json_gate.h"

#include <string.h>

#include "export/json_change.h"
#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_end(const struct gate_end *end)
{
	json_t *object = json_object();

	json_value_set(object, "label", json_text_make(end->label));
	json_value_set(object, "revision", json_change_make_text(end->revision));
	json_value_set(object, "subject", json_change_make_text(end->subject));
	json_value_set(object, "experiment", json_change_make_text(end->experiment));
	return object;
}

static json_t *make_design(const struct gate_result *gate)
{
	const struct run_diff *diff = gate->side_count > 0 ? gate->sides[0].diff : NULL;
	json_t *object = json_object();

	json_value_set(object, "order", diff != NULL ? json_text_make(diff->design) : json_null());
	json_value_set(object, "pairs", json_value_make_count(gate->pairs));
	json_value_set(object, "rejected", json_value_make_count(gate->rejected));
	json_value_set(object, "seed", json_value_make_known(gate->seed));
	json_value_set(object, "measured_ns", json_value_make_known(gate->measured_ns));
	return object;
}

/* What is not known is null; `visible_ratio` also when even doubling would not be seen. */
static json_t *make_power(const struct gate_power *power)
{
	json_t *object;

	if (!power->is_known)
		return json_null();
	object = json_object();
	json_value_set(object, "effect_ratio", json_value_make_real(power->effect));
	json_value_set(object, "seen_ratio", json_value_make_real(power->seen_ratio));
	json_value_set(object, "false_alarm_ratio", json_value_make_real(power->false_ratio));
	json_value_set(object, "visible_ratio", json_value_make_real(power->visible));
	json_value_set(object, "sd", json_value_make_real(power->sd));
	json_value_set(object, "n_base", json_value_make_count(power->n_base));
	json_value_set(object, "n_head", json_value_make_count(power->n_head));
	json_value_set(object, "trials", json_value_make_count(power->trials));
	return object;
}

static json_t *make_side(const struct gate_side *side)
{
	json_t *object = json_object(), *metrics = json_array();

	for (uint32_t i = 0; i < side->diff->metric_count; i++)
		json_array_append_new(metrics, json_change_make_metric(&side->diff->metrics[i]));
	json_value_set(object, "name", json_text_make(side->name));
	json_value_set(object, "primary", json_text_make(side->diff->primary));
	json_value_set(object, "metrics", metrics);
	json_value_set(object, "power", make_power(&side->power));
	json_value_set(object, "power_text", json_change_make_text(side->power.sentence));
	json_value_set(object, "verdict", json_change_make_verdict(side->diff->verdict));
	json_value_set(object, "why_none", json_change_make_text(side->diff->why_none));
	return object;
}

void json_gate_write(struct strbuf *json, const struct gate_result *gate)
{
	json_t *document = json_object(), *sides = json_array();
	json_t *differences = json_array(), *notes = json_array();

	for (uint32_t i = 0; i < gate->side_count; i++)
		json_array_append_new(sides, make_side(&gate->sides[i]));
	for (uint32_t i = 0; i < gate->difference_count; i++)
		json_array_append_new(differences,
				      json_change_make_difference(&gate->differences[i]));
	for (uint32_t i = 0; i < gate->note_count; i++)
		json_array_append_new(notes, json_text_make(gate->notes[i]));
	json_value_set(document, "schema", json_string("sonde.gate/1"));
	json_value_set(document, "plan", json_text_make(gate->plan));
	json_value_set(document, "against", json_text_make(gate->against));
	json_value_set(document, "base", make_end(&gate->base));
	json_value_set(document, "head", make_end(&gate->head));
	json_value_set(document, "design", make_design(gate));
	json_value_set(document, "sides", sides);
	if (gate->side_count == 1) { /* then they stand in the document, too */
		json_value_set(document, "metrics",
			       json_incref(json_object_get(json_array_get(sides, 0), "metrics")));
		json_value_set(document, "power",
			       json_incref(json_object_get(json_array_get(sides, 0), "power")));
	}
	json_value_set(document, "environment_differences", differences);
	json_value_set(document, "notes", notes);
	json_value_set(document, "verdict", json_change_make_verdict(gate->verdict));
	json_value_set(document, "has_regressed", json_boolean(gate->has_regressed));
	json_value_set(document, "conclusion", json_change_make_text(gate->conclusion));
	json_value_set(document, "ended_wall_ns", json_value_make_known(gate->wall_ns));
	json_value_set(document, "exit", json_integer(gate->exit_status));
	json_text_write(json, document, true);
}
