#include "export/firefox.h"

#include <jansson.h>

#include "fake_samples.h"
#include "tap.h"

/* A value by its path: "shared.frameTable.func.2"; NULL when it is not there. */
static json_t *find(json_t *value, const char *path)
{
	while (value != NULL && *path != '\0') {
		size_t length = strcspn(path, ".");
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)length, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)atoll(key))
					     : json_object_get(value, key);
		path += length + (path[length] == '.');
	}
	return value;
}

static void check_integer(json_t *document, const char *path, int64_t want)
{
	json_t *value = find(document, path);

	ok(json_is_integer(value), path);
	is_int(json_integer_value(value), want, path);
}

static void check_real(json_t *document, const char *path, double want)
{
	json_t *value = find(document, path);

	ok(json_is_real(value), path);
	is_near(json_real_value(value), want, 1e-9, path);
}

static void check_text(json_t *document, const char *path, const char *want)
{
	is_str(json_string_value(find(document, path)), want, path);
}

static void check_null(json_t *document, const char *path)
{
	ok(json_is_null(find(document, path)), path);
}

/* A column that holds places in stringArray. */
static void check_string(json_t *document, const char *path, const char *want)
{
	size_t id = (size_t)json_integer_value(find(document, path));

	is_str(json_string_value(json_array_get(find(document, "shared.stringArray"), id)), want,
	       path);
}

/* What the profiler's types ask of each table: columns of `length`. */
static void check_columns(json_t *document, const char *path, const char *const *columns)
{
	json_t *table = find(document, path);
	size_t length = (size_t)json_integer_value(json_object_get(table, "length"));

	ok(json_is_integer(json_object_get(table, "length")), path);
	for (; *columns != NULL; columns++) {
		json_t *column = json_object_get(table, *columns);

		ok(json_is_array(column), *columns);
		is_int(json_array_size(column), length, *columns);
	}
}

static void check_tables(json_t *document)
{
	check_columns(document, "shared.stackTable", (const char *[]){"frame", "prefix", NULL});
	check_columns(document, "shared.frameTable",
		      (const char *[]){"address", "inlineDepth", "category", "subcategory", "func",
				       "nativeSymbol", "innerWindowID", "line", "column", NULL});
	check_columns(document, "shared.funcTable",
		      (const char *[]){"name", "isJS", "relevantForJS", "resource", "source",
				       "lineNumber", "columnNumber", NULL});
	check_columns(document, "shared.resourceTable",
		      (const char *[]){"lib", "name", "host", "type", NULL});
	check_columns(document, "shared.nativeSymbols",
		      (const char *[]){"libIndex", "address", "name", "functionSize", NULL});
	check_columns(document, "shared.sources", (const char *[]){"id", "filename", NULL});
	for (int i = 0; i < 2; i++) {
		json_t *thread = json_array_get(json_object_get(document, "threads"), (size_t)i);

		check_columns(thread, "samples",
			      (const char *[]){"stack", "time", "threadCPUDelta", NULL});
		check_columns(thread, "markers",
			      (const char *[]){"data", "name", "startTime", "endTime", "phase",
					       "category", NULL});
	}
}

static void check_meta(json_t *document)
{
	check_integer(document, "meta.preprocessedProfileVersion", 60);
	check_text(document, "meta.product", "a run");
	check_text(document, "meta.extra.0.entries.0.value", "5 samples");
	check_real(document, "meta.startTime", FAKE_WALL_S * 1e3);
	check_real(document, "meta.interval", 5);
	check_text(document, "meta.categories.0.color", "grey");
	check_text(document, "libs.0.name", "app");
	check_text(document, "libs.0.path", "/opt/app");
	check_text(document, "libs.0.breakpadId", "A3A2A1A0A5A4A7A6A8A9AAABACADAEAF0");
	check_text(document, "libs.0.codeId", "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3");
	check_text(document, "libs.1.breakpadId", "");
	check_null(document, "libs.1.codeId");
}

static void check_frames(json_t *document)
{
	check_integer(document, "shared.stackTable.length", 6);
	check_null(document, "shared.stackTable.prefix.0");
	check_integer(document, "shared.stackTable.prefix.2", 1);
	check_integer(document, "shared.stackTable.prefix.3", 0);
	check_integer(document, "shared.stackTable.frame.2", 2);
	check_integer(document, "shared.frameTable.address.1", 0x1200);
	check_integer(document, "shared.frameTable.address.2", 0x1200);
	check_integer(document, "shared.frameTable.inlineDepth.1", 0);
	check_integer(document, "shared.frameTable.inlineDepth.2", 1);
	check_integer(document, "shared.frameTable.line.2", 30);
	check_null(document, "shared.frameTable.line.4");
	check_integer(document, "shared.frameTable.address.5", -1);
	check_integer(document, "shared.frameTable.category.5", 2);
	check_integer(document, "shared.frameTable.func.1", 1);
	check_integer(document, "shared.frameTable.func.3", 1);
	check_integer(document, "shared.funcTable.length", 5);
	check_string(document, "shared.funcTable.name.1", "serve(int)");
	check_string(document, "shared.funcTable.name.2", "parse");
	check_string(document, "shared.funcTable.name.3", "libc.so.6+0x88");
	check_integer(document, "shared.funcTable.resource.3", 1);
	check_null(document, "shared.funcTable.source.3");
	check_integer(document, "shared.funcTable.source.2", 0);
	check_string(document, "shared.sources.filename.0", "src/app.c");
	check_string(document, "shared.resourceTable.name.2", "[kernel]");
}

static void check_threads(json_t *document)
{
	is_int(json_array_size(find(document, "threads")), 2, "two threads");
	check_text(document, "threads.0.name", "app");
	check_text(document, "threads.0.pid", "41");
	check_text(document, "threads.1.tid", "42");
	check_text(document, "threads.1.processName", "app");
	ok(json_is_true(find(document, "threads.0.isMainThread")), "the main thread");
	ok(json_is_false(find(document, "threads.1.isMainThread")), "not the main thread");
	check_integer(document, "threads.0.samples.length", 2);
	check_integer(document, "threads.0.samples.stack.0", 2);
	check_real(document, "threads.0.samples.time.1", 6);
	check_integer(document, "threads.0.samples.threadCPUDelta.1", 5000);
	check_null(document, "threads.0.samples.weight");
	check_text(document, "threads.0.samples.weightType", "samples");
	check_integer(document, "threads.1.samples.length", 2);
	check_null(document, "threads.1.samples.stack.1");
	check_integer(document, "threads.0.markers.length", 0);
	check_integer(document, "threads.1.markers.length", 1);
	check_string(document, "threads.1.markers.name.0", "page-faults");
	check_real(document, "threads.1.markers.startTime.0", 8);
	check_integer(document, "threads.1.markers.data.0.cause.stack", 5);
	check_integer(document, "threads.1.markers.data.0.period", 3);
}

static json_t *write_and_load(const struct sample_list *list)
{
	struct strbuf text;
	json_t *document;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	firefox_write(&text, list, "a run", "5 samples");
	document = json_loads(strbuf_text(&text), 0, NULL);
	ok(document != NULL, "it is JSON");
	strbuf_release(&text);
	return document;
}

static void test_document(void)
{
	struct sample_list list;
	json_t *document;

	fake_samples_init(&list);
	list.data.frequency_hz = 200;
	document = write_and_load(&list);
	check_meta(document);
	check_tables(document);
	check_frames(document);
	check_threads(document);
	json_decref(document);
	sample_list_release(&list);
}

/* Where the kernel adapted the period, samples weigh what they stand for. */
static void test_weights(void)
{
	struct sample_list list;
	json_t *document;

	fake_samples_init(&list);
	list.data.samples.items[1].period = FAKE_PERIOD_NS / 4;
	document = write_and_load(&list);
	check_real(document, "threads.0.samples.weight.1", 0.25);
	check_integer(document, "threads.0.samples.threadCPUDelta.1", 1250);
	check_null(document, "threads.1.samples.weight");
	json_decref(document);
	sample_list_release(&list);
}

int main(void)
{
	test_document();
	test_weights();
	return tap_done();
}
