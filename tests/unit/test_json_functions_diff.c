#include "export/json_functions_diff.h"

#include "tap.h"

static const char *get_text(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static double get_number(json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void test_document(void)
{
	struct function_diff_row rows[2] = {{.name = "f\xff",
					     .module = "app",
					     .base = 120,
					     .head = 180,
					     .base_samples = 60,
					     .head_samples = 90,
					     .ratio = 1.5,
					     .lo = 1.1,
					     .hi = 2,
					     .p = 0.01,
					     .q = 0.02,
					     .visible = 0.3,
					     .is_tested = true,
					     .is_significant = true},
					    {.name = "g",
					     .module = "app",
					     .head = 7,
					     .ratio = (double)INFINITY,
					     .lo = (double)NAN,
					     .hi = (double)NAN,
					     .p = (double)NAN,
					     .q = (double)NAN,
					     .visible = (double)NAN}};
	struct function_diff diff = {.rows = rows,
				     .count = 2,
				     .tested_count = 1,
				     .significant_count = 1,
				     .base = 1000,
				     .head = 1100,
				     .measure = "CPU per request",
				     .is_clock = true,
				     .base_run_count = 5,
				     .head_run_count = 4,
				     .left_out = "head: run 3 failed"};
	json_t *object = json_functions_diff_make(&diff), *list, *row;

	is_str(get_text(object, "unit"), "ns_per_request", "unit");
	is_str(get_text(object, "of"), "self", "self");
	is_str(get_text(object, "left_out"), "head: run 3 failed", "what was left out");
	ok(json_is_false(json_object_get(object, "within_run")), "runs on both sides");
	is_int(json_integer_value(json_object_get(object, "n_head")), 4, "of so many");
	list = json_object_get(object, "functions");
	is_int(json_array_size(list), 2, "rows");
	row = json_array_get(list, 0);
	is_str(get_text(row, "name"), "f\xef\xbf\xbd", "a name is UTF-8");
	is_near(get_number(row, "ratio"), 1.5, 0, "ratio");
	is_near(get_number(row, "visible_ratio"), 0.3, 0, "what would be seen");
	ok(json_is_true(json_object_get(row, "is_significant")), "significant");
	row = json_array_get(list, 1);
	ok(json_is_null(json_object_get(row, "ratio")) && json_is_null(json_object_get(row, "q")),
	   "what is no number is null");
	json_decref(object);
}

static void test_others(void)
{
	struct function_diff diff = {.measure = "CPU per second",
				     .work = PROFILE_PER_SECOND,
				     .is_clock = true,
				     .left_out = ""};
	json_t *object;

	object = json_functions_diff_make(&diff);
	is_str(get_text(object, "unit"), "ns_per_s", "without load");
	json_decref(object);
	object = json_functions_diff_make(NULL);
	ok(json_is_null(object), "no profiles: null");
	json_decref(object);
}

int main(void)
{
	test_document();
	test_others();
	return tap_done();
}
