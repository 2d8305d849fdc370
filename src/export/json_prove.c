#include "export/json_prove.h"

#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_side(const struct arm_source *arm)
{
	json_t *side = json_object(), *vars = json_loads(arm->vars, 0, NULL);

	json_value_set(side, "name", json_text_make(arm->name));
	json_value_set(side, "kind", json_string(arm_kind_name(arm->kind)));
	json_value_set(side, "word", json_text_make(arm->word));
	json_value_set(side, "revision", json_text_make(arm->revision));
	json_value_set(side, "subject", json_text_make(arm->subject));
	json_value_set(side, "content", json_text_make(arm->content));
	json_value_set(side, "has_patch", json_boolean(arm->patch[0] != '\0'));
	json_value_set(side, "vars", vars != NULL ? vars : json_object());
	return side;
}

static json_t *make_looks(const struct proof_record *proof, double level)
{
	json_t *looks = json_object();

	json_value_set(looks, "first", json_value_make_count(proof->first));
	json_value_set(looks, "step", json_value_make_count(proof->step));
	json_value_set(looks, "last", json_value_make_count(proof->last));
	json_value_set(looks, "level", json_value_make_real(level));
	return looks;
}

void json_prove_write(struct strbuf *json, const struct proof_record *proof,
		      const struct arm_source *arms, uint32_t arm_count, double level,
		      const char *comparison)
{
	json_t *document = json_object(), *sides = json_array();
	json_t *compared = comparison != NULL ? json_loads(comparison, 0, NULL) : NULL;

	for (uint32_t i = 0; i < arm_count; i++)
		json_array_append_new(sides, make_side(&arms[i]));
	json_value_set(document, "schema", json_string("sonde.prove/1"));
	json_value_set(document, "experiment", json_text_make(proof->experiment));
	json_value_set(document, "command", json_text_make(proof->command));
	json_value_set(document, "verdict",
		       proof->verdict != VERDICT_NONE ? json_string(verdict_name(proof->verdict))
						      : json_null());
	json_value_set(document, "is_null", json_boolean(proof->is_null));
	json_value_set(document, "sides", sides);
	json_value_set(document, "pairs", json_value_make_count(proof->pairs));
	json_value_set(document, "rejected", json_value_make_count(proof->rejected));
	json_value_set(document, "measured_ns", json_value_make_count(proof->measured_ns));
	json_value_set(document, "looks", make_looks(proof, level));
	json_value_set(document, "end", json_text_make(proof->end));
	json_value_set(document, "comparison", compared != NULL ? compared : json_null());
	json_text_write(json, document, true);
}
