/* sonde.gate/1: what stands where, and null for what is not known. */
#include "export/json_gate.h"

#include <jansson.h>

#include "sample_gate.h"

static json_t *write_gate(const struct gate_result *gate)
{
	struct strbuf text;
	json_t *document;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_gate_write(&text, gate);
	document = json_loads(strbuf_text(&text), JSON_REJECT_DUPLICATES, NULL);
	ok(document != NULL && text.data[text.length - 1] == '\n', "JSON that ends with a line");
	strbuf_release(&text);
	return document;
}

static const char *get_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void test_one(void)
{
	struct sample_gate sample;
	json_t *document, *metric;

	sample_gate_make(&sample, 1);
	document = write_gate(&sample.gate);
	is_str(get_text(document, "schema"), "sonde.gate/1", "schema");
	is_str(get_text(document, "verdict"), "REGRESSED", "verdict");
	is_int(json_integer_value(json_object_get(document, "exit")), 1, "exit status");
	is_str(get_text(json_object_get(document, "base"), "subject"), "Fix | all", "base");
	ok(json_is_null(json_object_get(json_object_get(document, "head"), "revision")),
	   "an unknown commit is null");
	is_int(json_integer_value(json_object_get(json_object_get(document, "design"), "pairs")), 8,
	       "design");
	is_near(json_real_value(
			json_object_get(json_object_get(document, "power"), "false_alarm_ratio")),
		0.025, 0, "power");
	is_int(json_array_size(json_object_get(document, "metrics")), 6, "all metrics");
	metric = json_array_get(json_object_get(document, "metrics"), 2);
	is_near(json_real_value(json_object_get(metric, "ratio")), 1.123, 0, "a metric's ratio");
	ok(json_is_true(json_object_get(metric, "is_primary")), "the one that decides");
	metric = json_array_get(json_object_get(document, "metrics"), 5);
	ok(json_is_null(json_object_get(metric, "lo")) &&
		   json_is_null(json_object_get(metric, "verdict")),
	   "what it does not have is null");
	is_int(json_array_size(json_object_get(document, "environment_differences")), 1,
	       "differences");
	json_decref(document);
}

static void test_two(void)
{
	struct sample_gate sample;
	json_t *document;

	sample_gate_make(&sample, 2);
	sample.sides[1].power = (struct gate_power){.visible = (double)INFINITY,
						    .sentence = "what it could see is not known"};
	document = write_gate(&sample.gate);
	ok(json_object_get(document, "metrics") == NULL, "metrics are in the sides");
	is_int(json_array_size(json_object_get(document, "sides")), 2, "of which there are two");
	ok(json_is_null(
		   json_object_get(json_array_get(json_object_get(document, "sides"), 1), "power")),
	   "unknown power is null");
	json_decref(document);
}

int main(void)
{
	test_one();
	test_two();
	return tap_done();
}
