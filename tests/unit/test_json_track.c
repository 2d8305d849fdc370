/* sonde.track/1 and sonde.track-log/1: what stands where, and null for what is not known. */
#include "export/json_track.h"

#include <jansson.h>

#include "sample_track.h"

static json_t *parse(struct strbuf *text)
{
	json_t *document = json_loads(strbuf_text(text), JSON_REJECT_DUPLICATES, NULL);

	ok(document != NULL, "it is JSON");
	strbuf_release(text);
	return document;
}

static const char *get_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void test_compared(void)
{
	struct sample_track sample;
	struct strbuf text;
	json_t *document, *arm, *history, *series;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	sample_track_open(&sample, 3, 120e3, 2);
	json_track_write(&text, &sample.track, "INVESTIGATE: so");
	document = parse(&text);
	is_str(get_text(document, "schema"), "sonde.track/1", "schema");
	is_str(get_text(document, "run"), "h0000003", "run");
	is_str(get_text(document, "answer"), "INVESTIGATE", "answer");
	is_str(get_text(document, "sentence"), "INVESTIGATE: so", "sentence");
	is_str(get_text(document, "verdict"), "REGRESSED", "verdict");
	is_str(get_text(json_object_get(document, "baseline"), "who"), "ada", "baseline");
	ok(json_is_null(json_object_get(document, "why_no_baseline")), "there is one");
	arm = json_array_get(json_object_get(document, "arms"), 0);
	is_int(json_array_size(json_object_get(arm, "metrics")), 3, "metrics");
	history = json_object_get(document, "history");
	is_int(json_array_size(json_object_get(history, "points")), 3, "points");
	ok(json_is_true(json_object_get(json_array_get(json_object_get(history, "points"), 1),
					"is_baseline")),
	   "one is the baseline");
	series = json_array_get(json_object_get(history, "series"), 0);
	is_int(json_array_size(json_object_get(series, "values")), 3, "a value a point");
	json_decref(document);
	sample_track_close(&sample);
}

static void test_alone(void)
{
	struct sample_track sample;
	struct strbuf text;
	json_t *document, *metric;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	sample_track_open(&sample, 1, 120e3, 0);
	json_track_write(&text, &sample.track, "NOT KNOWN");
	document = parse(&text);
	ok(json_is_null(json_object_get(document, "baseline")), "no baseline is null");
	ok(json_is_string(json_object_get(document, "why_no_baseline")), "with the reason");
	ok(json_is_null(json_object_get(document, "verdict")), "and no verdict");
	metric = json_array_get(
		json_object_get(json_array_get(json_object_get(document, "arms"), 0), "metrics"),
		0);
	ok(json_is_real(json_object_get(metric, "head")) &&
		   json_is_null(json_object_get(metric, "base")),
	   "figures are there all the same");
	json_decref(document);
	sample_track_close(&sample);
}

static void test_log(void)
{
	struct track_log_row row = {.baseline = {.plan = "gateway",
						 .experiment = "h0000001",
						 .arm = "",
						 .who = "ada",
						 .note = "\xff damaged",
						 .revision = "",
						 .machine = "here",
						 .is_forced = true},
				    .is_removed = true};
	struct track_log log = {.rows = &row, .count = 1};
	struct strbuf text;
	json_t *document, *first;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_track_write_log(&text, &log);
	document = parse(&text);
	is_str(get_text(document, "schema"), "sonde.track-log/1", "schema");
	first = json_array_get(json_object_get(document, "accepted"), 0);
	ok(json_is_true(json_object_get(first, "is_removed")) &&
		   json_is_true(json_object_get(first, "is_forced")),
	   "removed, and forced");
	is_str(get_text(first, "note"), "\xef\xbf\xbd damaged", "what is not UTF-8 is replaced");
	json_decref(document);
}

int main(void)
{
	test_compared();
	test_alone();
	test_log();
	return tap_done();
}
