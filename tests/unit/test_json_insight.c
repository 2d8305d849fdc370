#include "export/json_insight.h"

#include "sample_warning.h"

static const char *get_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void test_unknown(void)
{
	struct run_insight insight;
	json_t *object = json_object(), *block;

	sample_start();
	run_insight_find(&insight, &sample.arena, &sample.side, &sample.machine, "", "");
	json_insight_set(object, &insight);
	block = json_object_get(object, "insight");
	is_int(json_array_size(json_object_get(object, "warnings")), 0, "no warnings");
	ok(json_is_null(json_object_get(block, "cpus")) &&
		   json_is_null(json_object_get(block, "bound")) &&
		   json_is_null(json_object_get(block, "likely")) &&
		   json_is_null(json_object_get(block, "hot")),
	   "what is not known is null");
	is_str(get_text(json_object_get(block, "memory"), "verdict"), "not known", "memory");
	is_int(json_array_size(json_object_get(block, "next")), 1, "next");
	json_decref(object);
}

static void test_known(void)
{
	struct run_insight insight;
	json_t *object = json_object(), *block, *first;

	sample_start();
	sample_task("gate\xff", "main", 0.99, 0, "0-1");
	sample_series("cpu.busy_ratio", "host", 0.5, 1);
	sample_metric("cpu_mean", "", 0.99);
	sample_metric("cpu_system_share", "", 0.2);
	sample_profile("server", 0, 1);
	sample.machine.lens_count = 1;
	sample.lens = (struct lens){.name = "syscalls", .text = "off"};
	run_insight_find(&insight, &sample.arena, &sample.side, &sample.machine, "", "");
	json_insight_set(object, &insight);
	block = json_object_get(object, "insight");
	first = json_array_get(json_object_get(object, "warnings"), 0);
	is_str(get_text(first, "code"), "single_core", "a warning");
	ok(strstr(get_text(first, "text"), "main of gate\xef\xbf\xbd") != NULL,
	   "… a name that is no UTF-8");
	is_str(get_text(first, "next"), "sonde report --by thread", "… next");
	ok(json_real_value(json_object_get(first, "strength")) > 0.8 &&
		   get_text(first, "evidence") != NULL,
	   "… strength and evidence");
	is_str(get_text(block, "likely"), get_text(first, "text"), "likely");
	is_str(get_text(block, "bound"), "user", "bound");
	is_str(get_text(block, "of"), "work", "without load the shares are of the work");
	is_str(get_text(json_object_get(block, "hot"), "function"), "parse", "hot");
	is_str(json_string_value(json_array_get(json_object_get(block, "not_seen"), 0)),
	       "syscalls: off", "not seen");
	is_int(json_array_size(json_object_get(block, "next")), 2, "next");
	json_decref(object);
}

int main(void)
{
	test_unknown();
	test_known();
	return sample_done();
}
