#include "export/speedscope.h"

#include <jansson.h>

#include "fake_tree.h"
#include "tap.h"

static json_t *write_and_load(const struct fake_tree *fake, uint64_t weight_ns)
{
	struct profile_summary summary = {.weight_ns = weight_ns};
	struct strbuf text;
	json_t *document;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	speedscope_write(&text, &fake->tree, &summary, "a run");
	document = json_loads(strbuf_text(&text), 0, NULL);
	ok(document != NULL, "it is JSON");
	strbuf_release(&text);
	return document;
}

static const char *get_text(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void test_profiles(void)
{
	struct fake_tree fake;
	json_t *document, *frames, *profile, *samples;
	uint32_t thread, caller;

	fake_tree_init(&fake);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "web", "", 0, 0);
	caller = fake_tree_add(&fake, thread, CALL_USER, "main", "app", 1, 0);
	fake_tree_add(&fake, caller, CALL_USER, "read", "libc.so.6", 2, 0);
	fake_tree_add(&fake, caller, CALL_USER, "main", "app", 3, 0);
	fake_tree_add(&fake, 0, CALL_HIDDEN, "[kernel, hidden]", "[kernel]", 0.5, 0);
	document = write_and_load(&fake, 1000);
	is_str(get_text(document, "$schema"), "https://www.speedscope.app/file-format-schema.json",
	       "the schema");
	is_str(get_text(document, "name"), "a run", "the name");
	frames = json_object_get(json_object_get(document, "shared"), "frames");
	is_int(json_array_size(frames), 3, "a function is one frame, wherever it is called");
	is_str(get_text(json_array_get(frames, 1), "file"), "libc.so.6", "a frame has its module");
	is_int(json_array_size(json_object_get(document, "profiles")), 2,
	       "a profile per thread, and hidden time");
	profile = json_array_get(json_object_get(document, "profiles"), 0);
	is_str(get_text(profile, "name"), "web", "called as the thread");
	is_str(get_text(profile, "type"), "sampled", "of samples");
	is_str(get_text(profile, "unit"), "nanoseconds", "in time");
	is_int(json_integer_value(json_object_get(profile, "endValue")), 6000,
	       "as long as its samples stand for");
	samples = json_object_get(profile, "samples");
	is_int(json_array_size(samples), 3, "each distinct stack once");
	is_int(json_integer_value(json_array_get(json_array_get(samples, 1), 0)), 0,
	       "callers first");
	is_int(json_integer_value(json_array_get(json_array_get(samples, 1), 1)), 1,
	       "then callees");
	is_int(json_integer_value(json_array_get(json_object_get(profile, "weights"), 2)), 3000,
	       "weights in ns");
	profile = json_array_get(json_object_get(document, "profiles"), 1);
	is_int(json_integer_value(json_array_get(json_object_get(profile, "weights"), 0)), 500,
	       "hidden: half a sample");
	is_int(json_array_size(json_array_get(json_object_get(profile, "samples"), 0)), 1,
	       "in a frame of its own");
	json_decref(document);
}

/* What is no clock has no time: its weights are events. */
static void test_events(void)
{
	struct profile_summary summary = {.event_period = 1000};
	struct fake_tree fake;
	struct strbuf text;
	json_t *document, *profile;

	fake_tree_init(&fake);
	fake_tree_add(&fake, fake_tree_add(&fake, 0, CALL_THREAD, "a", "", 0, 0), CALL_USER, "f",
		      "m", 1.5, 0);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	speedscope_write(&text, &fake.tree, &summary, "a run");
	document = json_loads(strbuf_text(&text), 0, NULL);
	profile = json_array_get(json_object_get(document, "profiles"), 0);
	is_str(get_text(profile, "unit"), "none", "events have no unit");
	is_int(json_integer_value(json_array_get(json_object_get(profile, "weights"), 0)), 1500,
	       "and weigh what they are");
	json_decref(document);
	strbuf_release(&text);
}

static void test_bytes(void)
{
	struct fake_tree fake;
	json_t *document, *frames;

	fake_tree_init(&fake);
	fake_tree_add(&fake, fake_tree_add(&fake, 0, CALL_THREAD, "\xff\xc0", "", 0, 0), CALL_USER,
		      "\"q\"\n\xc3\xa4\xed\xa0\x80", "m", 1, 0);
	document = write_and_load(&fake, 1);
	frames = json_object_get(json_object_get(document, "shared"), "frames");
	is_str(get_text(json_array_get(frames, 0), "name"),
	       "\"q\"\n\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	       "bytes that are not UTF-8 are replaced, others kept");
	json_decref(document);
}

int main(void)
{
	test_profiles();
	test_events();
	test_bytes();
	return tap_done();
}
