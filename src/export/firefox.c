#include "export/firefox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/json_stream.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum {
	PROCESSED_VERSION = 60,
	GECKO_VERSION = 24, /* must stand there; what is read is the processed one */
	RESOURCE_LIBRARY = 1,
	PHASE_INSTANT = 0,
	NAME_BYTES = 4096,
};

enum category { CATEGORY_OTHER, CATEGORY_USER, CATEGORY_KERNEL };

/* A function is written once: of a frame without a symbol each address is one. */
struct firefox_function {
	uint32_t module, function;
	uint64_t svma; /* 0 of one with a symbol */
	uint32_t name; /* in strings */
	uint32_t file; /* string id of the data */
};

struct writer {
	const struct profile_data *data;
	const struct sample_list *list;
	struct json_stream json;
	struct string_table strings; /* the document's, which all tables share */
	uint64_t zero_ns;	     /* of the document's times */
	VEC(struct firefox_function) functions;
	struct hashmap function_index;
	uint32_t *frame_functions; /* by frame */
	VEC(uint32_t) sources;	   /* string ids of the data */
	uint32_t *source_of;	   /* by string id of the data; index in sources + 1, 0 = none */
};

static uint32_t get_text(struct writer *writer, const char *text)
{
	return string_table_intern(&writer->strings, text);
}

static int64_t get_time(const struct writer *writer, uint64_t time_ns)
{
	return (int64_t)(time_ns - writer->zero_ns);
}

static uint32_t get_function(struct writer *writer, uint32_t frame_id)
{
	const struct frame *frame = &writer->data->frames.items[frame_id];
	struct firefox_function function = {
		.module = frame->module,
		.function = frame->function,
		.svma = frame->function == STRING_EMPTY ? frame->svma : 0,
		.file = frame->file,
	};
	uint64_t hash = hashmap_hash_u64((uint64_t)frame->module << 32 | frame->function) ^
			hashmap_hash_u64(function.svma);
	uint32_t slot, id = hashmap_first(&writer->function_index, hash, &slot);
	char name[NAME_BYTES];

	for (; id != HASHMAP_NONE; id = hashmap_next(&writer->function_index, hash, &slot)) {
		const struct firefox_function *other = &writer->functions.items[id];

		if (other->module == function.module && other->function == function.function &&
		    other->svma == function.svma)
			return id;
	}
	id = (uint32_t)writer->functions.count;
	profile_data_format_frame(writer->data, frame_id, name, sizeof(name));
	function.name = get_text(writer, name);
	vec_push(&writer->functions, function);
	hashmap_insert(&writer->function_index, hash, id);
	return id;
}

static void collect_functions(struct writer *writer)
{
	for (uint32_t i = 0; i < writer->data->frames.count; i++) {
		uint32_t file = writer->data->frames.items[i].file;

		writer->frame_functions[i] = get_function(writer, i);
		if (file != STRING_EMPTY && writer->source_of[file] == 0) {
			vec_push(&writer->sources, file);
			writer->source_of[file] = (uint32_t)writer->sources.count;
		}
	}
}

static void add_category(struct json_stream *json, const char *name, const char *color)
{
	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "name", name);
	json_stream_add_text(json, "color", color);
	json_stream_begin_array(json, "subcategories");
	json_stream_add_text(json, NULL, "Other");
	json_stream_end_array(json);
	json_stream_end_object(json);
}

static void add_field(struct json_stream *json, const char *key, const char *label,
		      const char *format)
{
	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "key", key);
	json_stream_add_text(json, "label", label);
	json_stream_add_text(json, "format", format);
	json_stream_end_object(json);
}

/* Of samples of events other than the first. */
static void add_marker_schema(struct json_stream *json)
{
	json_stream_begin_array(json, "markerSchema");
	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "name", "event");
	json_stream_begin_array(json, "display");
	json_stream_add_text(json, NULL, "marker-chart");
	json_stream_add_text(json, NULL, "marker-table");
	json_stream_end_array(json);
	json_stream_begin_array(json, "fields");
	add_field(json, "period", "Period", "integer");
	json_stream_end_array(json);
	json_stream_end_object(json);
	json_stream_end_array(json);
}

static void add_quality(struct json_stream *json, const char *comment)
{
	if (comment == NULL)
		return;
	json_stream_begin_array(json, "extra");
	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "label", "Quality");
	json_stream_begin_array(json, "entries");
	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "label", "Samples");
	json_stream_add_text(json, "format", "string");
	json_stream_add_text(json, "value", comment);
	json_stream_end_object(json);
	json_stream_end_array(json);
	json_stream_end_object(json);
	json_stream_end_array(json);
}

static void add_meta(struct writer *writer, const char *name, const char *comment)
{
	struct json_stream *json = &writer->json;
	const struct sample_list *list = writer->list;
	uint64_t wall_ns = list->begin_wall_ns;
	double frequency = writer->data->frequency_hz;

	if (list->begin_ns > writer->zero_ns)
		wall_ns -= list->begin_ns - writer->zero_ns;
	json_stream_begin_object(json, "meta");
	json_stream_add_integer(json, "version", GECKO_VERSION);
	json_stream_add_integer(json, "preprocessedProfileVersion", PROCESSED_VERSION);
	json_stream_add_ms(json, "interval",
			   frequency > 0 ? (int64_t)((double)NS_PER_S / frequency) : NS_PER_MS);
	json_stream_add_ms(json, "startTime", (int64_t)wall_ns);
	json_stream_add_integer(json, "processType", 0);
	json_stream_add_integer(json, "stackwalk", 1);
	json_stream_add_bool(json, "debug", false);
	json_stream_add_text(json, "product", name);
	json_stream_add_text(json, "importedFrom", "sonde " SONDE_VERSION);
	json_stream_add_bool(json, "symbolicated", true);
	json_stream_add_bool(json, "usesOnlyOneStackType", true);
	json_stream_add_bool(json, "sourceCodeIsNotOnSearchfox", true);
	json_stream_begin_object(json, "sampleUnits");
	json_stream_add_text(json, "time", "ms");
	json_stream_add_text(json, "eventDelay", "ms");
	json_stream_add_text(json, "threadCPUDelta", "\xc2\xb5s");
	json_stream_end_object(json);
	json_stream_begin_array(json, "categories");
	add_category(json, "Other", "grey");
	add_category(json, "User", "yellow");
	add_category(json, "Kernel", "orange");
	json_stream_end_array(json);
	add_marker_schema(json);
	add_quality(json, comment);
	json_stream_end_object(json);
}

/*
 * The id by which symbol servers of the Breakpad kind know a file: the build id's first 16 bytes as
 * a GUID, whose first three fields are little-endian, and an age of 0.
 */
static void format_breakpad_id(const struct module *module, char text[static 34])
{
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02X", module->build_id[order[i]]);
	text[32] = '0';
	text[33] = '\0';
}

static void add_libraries(struct writer *writer)
{
	struct json_stream *json = &writer->json;

	json_stream_begin_array(json, "libs");
	for (uint32_t i = 0; i < writer->data->modules.count; i++) {
		const struct module *module = &writer->data->modules.items[i];
		const char *path = string_table_get(&writer->data->strings, module->path);
		const char *name = profile_data_get_module_name(writer->data, i);
		char id[34] = "", code[2 * BUILD_ID_BYTES + 1] = "";

		if (module->build_id_length > 0)
			format_breakpad_id(module, id);
		for (uint32_t b = 0; b < module->build_id_length && b < BUILD_ID_BYTES; b++)
			snprintf(code + 2 * b, 3, "%02x", module->build_id[b]);
		json_stream_begin_object(json, NULL);
		json_stream_add_text(json, "arch", "");
		json_stream_add_text(json, "name", name);
		json_stream_add_text(json, "path", path);
		json_stream_add_text(json, "debugName", name);
		json_stream_add_text(json, "debugPath", path);
		json_stream_add_text(json, "breakpadId", id);
		if (code[0] != '\0')
			json_stream_add_text(json, "codeId", code);
		else
			json_stream_add_null(json, "codeId");
		json_stream_end_object(json);
	}
	json_stream_end_array(json);
}

/* A column of `count` times the same; `value` < 0 = null. */
static void add_constant(struct json_stream *json, const char *key, size_t count, int64_t value)
{
	json_stream_begin_array(json, key);
	for (size_t i = 0; i < count; i++)
		if (value < 0)
			json_stream_add_null(json, NULL);
		else
			json_stream_add_integer(json, NULL, value);
	json_stream_end_array(json);
}

static void add_false(struct json_stream *json, const char *key, size_t count)
{
	json_stream_begin_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_stream_add_bool(json, NULL, false);
	json_stream_end_array(json);
}

static void add_stack_table(struct writer *writer)
{
	struct json_stream *json = &writer->json;
	const struct stack_table *stacks = &writer->data->stacks;

	json_stream_begin_object(json, "stackTable");
	json_stream_add_integer(json, "length", (int64_t)(stacks->nodes.count - STACK_FIRST));
	json_stream_begin_array(json, "frame");
	for (size_t i = STACK_FIRST; i < stacks->nodes.count; i++)
		json_stream_add_integer(json, NULL, stacks->nodes.items[i].frame);
	json_stream_end_array(json);
	json_stream_begin_array(json, "prefix");
	for (size_t i = STACK_FIRST; i < stacks->nodes.count; i++) {
		uint32_t parent = stacks->nodes.items[i].parent;

		if (parent >= STACK_FIRST)
			json_stream_add_integer(json, NULL, parent - STACK_FIRST);
		else
			json_stream_add_null(json, NULL);
	}
	json_stream_end_array(json);
	json_stream_end_object(json);
}

/* Addresses in files only: live ones mean nothing elsewhere, and do not fit into a double. */
static int64_t get_address(const struct writer *writer, const struct frame *frame)
{
	enum module_kind kind = writer->data->modules.items[frame->module].kind;

	return kind == MODULE_FILE && frame->svma <= INT32_MAX ? (int64_t)frame->svma : -1;
}

static enum category get_category(const struct writer *writer, const struct frame *frame)
{
	switch (writer->data->modules.items[frame->module].kind) {
	case MODULE_KERNEL:
		return CATEGORY_KERNEL;
	case MODULE_UNKNOWN:
		return CATEGORY_OTHER;
	case MODULE_FILE:
	case MODULE_VDSO:
	case MODULE_ANON:
		break;
	}
	return CATEGORY_USER;
}

static void add_frame_table(struct writer *writer)
{
	struct json_stream *json = &writer->json;
	const struct frame *frames = writer->data->frames.items;
	size_t count = writer->data->frames.count;

	json_stream_begin_object(json, "frameTable");
	json_stream_add_integer(json, "length", (int64_t)count);
	json_stream_begin_array(json, "address");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, get_address(writer, &frames[i]));
	json_stream_end_array(json);
	json_stream_begin_array(json, "inlineDepth");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, frames[i].inline_depth);
	json_stream_end_array(json);
	json_stream_begin_array(json, "category");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, get_category(writer, &frames[i]));
	json_stream_end_array(json);
	add_constant(json, "subcategory", count, 0);
	json_stream_begin_array(json, "func");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, writer->frame_functions[i]);
	json_stream_end_array(json);
	add_constant(json, "nativeSymbol", count, -1);
	add_constant(json, "innerWindowID", count, 0);
	json_stream_begin_array(json, "line");
	for (size_t i = 0; i < count; i++)
		if (frames[i].line > 0)
			json_stream_add_integer(json, NULL, frames[i].line);
		else
			json_stream_add_null(json, NULL);
	json_stream_end_array(json);
	add_constant(json, "column", count, -1);
	json_stream_end_object(json);
}

static void add_function_table(struct writer *writer)
{
	struct json_stream *json = &writer->json;
	size_t count = writer->functions.count;

	json_stream_begin_object(json, "funcTable");
	json_stream_add_integer(json, "length", (int64_t)count);
	json_stream_begin_array(json, "name");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, writer->functions.items[i].name);
	json_stream_end_array(json);
	add_false(json, "isJS", count);
	add_false(json, "relevantForJS", count);
	json_stream_begin_array(json, "resource"); /* one a library */
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, writer->functions.items[i].module);
	json_stream_end_array(json);
	json_stream_begin_array(json, "source");
	for (size_t i = 0; i < count; i++) {
		uint32_t source = writer->source_of[writer->functions.items[i].file];

		if (source > 0)
			json_stream_add_integer(json, NULL, source - 1);
		else
			json_stream_add_null(json, NULL);
	}
	json_stream_end_array(json);
	add_constant(json, "lineNumber", count, -1);
	add_constant(json, "columnNumber", count, -1);
	json_stream_end_object(json);
}

static void add_resource_table(struct writer *writer)
{
	struct json_stream *json = &writer->json;
	size_t count = writer->data->modules.count;

	json_stream_begin_object(json, "resourceTable");
	json_stream_add_integer(json, "length", (int64_t)count);
	json_stream_begin_array(json, "lib");
	for (size_t i = 0; i < count; i++)
		json_stream_add_integer(json, NULL, (int64_t)i);
	json_stream_end_array(json);
	json_stream_begin_array(json, "name");
	for (uint32_t i = 0; i < count; i++)
		json_stream_add_integer(
			json, NULL,
			get_text(writer, profile_data_get_module_name(writer->data, i)));
	json_stream_end_array(json);
	add_constant(json, "host", count, -1);
	add_constant(json, "type", count, RESOURCE_LIBRARY);
	json_stream_end_object(json);
}

/* Functions are known by name and module, not by where they begin: the table is empty. */
static void add_native_symbols(struct json_stream *json)
{
	json_stream_begin_object(json, "nativeSymbols");
	json_stream_add_integer(json, "length", 0);
	add_constant(json, "libIndex", 0, 0);
	add_constant(json, "address", 0, 0);
	add_constant(json, "name", 0, 0);
	add_constant(json, "functionSize", 0, 0);
	json_stream_end_object(json);
}

static void add_sources(struct writer *writer)
{
	struct json_stream *json = &writer->json;

	json_stream_begin_object(json, "sources");
	json_stream_add_integer(json, "length", (int64_t)writer->sources.count);
	add_constant(json, "id", writer->sources.count, -1);
	json_stream_begin_array(json, "filename");
	for (size_t i = 0; i < writer->sources.count; i++)
		json_stream_add_integer(
			json, NULL,
			get_text(writer, string_table_get(&writer->data->strings,
							  writer->sources.items[i])));
	json_stream_end_array(json);
	json_stream_end_object(json);
}

/* Last, because the other tables put their texts into it. */
static void add_shared(struct writer *writer)
{
	struct json_stream *json = &writer->json;

	json_stream_begin_object(json, "shared");
	add_stack_table(writer);
	add_frame_table(writer);
	add_function_table(writer);
	add_resource_table(writer);
	add_native_symbols(json);
	add_sources(writer);
	json_stream_begin_array(json, "stringArray");
	for (size_t i = 0; i < writer->strings.texts.count; i++)
		json_stream_add_text(json, NULL, writer->strings.texts.items[i]);
	json_stream_end_array(json);
	json_stream_end_object(json);
}

/* Samples of one thread: indexes into the data's, in order. */
struct thread_samples {
	VEC(uint32_t) first, others; /* of the first event, of others */
};

static void add_stack(struct json_stream *json, const char *key, uint32_t stack)
{
	if (stack >= STACK_FIRST)
		json_stream_add_integer(json, key, stack - STACK_FIRST);
	else
		json_stream_add_null(json, key);
}

/* Whether all samples of the first event stand for the same: then they are counted. */
static bool has_equal_periods(const struct writer *writer, const struct thread_samples *of)
{
	const struct sample *samples = writer->data->samples.items;

	for (size_t i = 0; i < of->first.count; i++)
		if (samples[of->first.items[i]].period != writer->data->events.items[0].period)
			return false;
	return true;
}

/* Samples of unequal periods weigh as many usual ones as they stand for. */
static void add_weights(struct writer *writer, const struct thread_samples *of)
{
	struct json_stream *json = &writer->json;
	const struct sample *samples = writer->data->samples.items;

	json_stream_add_text(json, "weightType", "samples");
	if (has_equal_periods(writer, of) || writer->data->events.items[0].period == 0) {
		json_stream_add_null(json, "weight");
		return;
	}
	json_stream_begin_array(json, "weight");
	for (size_t i = 0; i < of->first.count; i++)
		json_stream_add_double(json, NULL,
				       (double)samples[of->first.items[i]].period /
					       (double)writer->data->events.items[0].period);
	json_stream_end_array(json);
}

static void add_samples(struct writer *writer, const struct thread_samples *of)
{
	struct json_stream *json = &writer->json;
	const struct sample *samples = writer->data->samples.items;

	json_stream_begin_object(json, "samples");
	json_stream_add_integer(json, "length", (int64_t)of->first.count);
	json_stream_begin_array(json, "stack");
	for (size_t i = 0; i < of->first.count; i++)
		add_stack(json, NULL, samples[of->first.items[i]].stack);
	json_stream_end_array(json);
	json_stream_begin_array(json, "time");
	for (size_t i = 0; i < of->first.count; i++)
		json_stream_add_ms(json, NULL,
				   get_time(writer, samples[of->first.items[i]].time_ns));
	json_stream_end_array(json);
	add_weights(writer, of);
	if (writer->data->events.count > 0 && writer->data->events.items[0].is_clock) {
		json_stream_begin_array(json, "threadCPUDelta");
		for (size_t i = 0; i < of->first.count; i++)
			json_stream_add_integer(
				json, NULL,
				(int64_t)(samples[of->first.items[i]].period / NS_PER_US));
		json_stream_end_array(json);
	}
	json_stream_end_object(json);
}

static void add_marker_data(struct writer *writer, const struct sample *sample)
{
	struct json_stream *json = &writer->json;

	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "type", "event");
	json_stream_add_integer(json, "period", (int64_t)sample->period);
	json_stream_begin_object(json, "cause");
	json_stream_add_ms(json, "time", get_time(writer, sample->time_ns));
	add_stack(json, "stack", sample->stack);
	json_stream_end_object(json);
	json_stream_end_object(json);
}

static void add_markers(struct writer *writer, const struct thread_samples *of)
{
	struct json_stream *json = &writer->json;
	const struct profile_data *data = writer->data;
	size_t count = of->others.count;

	json_stream_begin_object(json, "markers");
	json_stream_add_integer(json, "length", (int64_t)count);
	json_stream_begin_array(json, "data");
	for (size_t i = 0; i < count; i++)
		add_marker_data(writer, &data->samples.items[of->others.items[i]]);
	json_stream_end_array(json);
	json_stream_begin_array(json, "name");
	for (size_t i = 0; i < count; i++) {
		uint16_t event = data->samples.items[of->others.items[i]].event;
		const char *name = string_table_get(&data->strings, data->events.items[event].name);

		json_stream_add_integer(json, NULL, get_text(writer, name));
	}
	json_stream_end_array(json);
	json_stream_begin_array(json, "startTime");
	for (size_t i = 0; i < count; i++)
		json_stream_add_ms(
			json, NULL,
			get_time(writer, data->samples.items[of->others.items[i]].time_ns));
	json_stream_end_array(json);
	add_constant(json, "endTime", count, -1);
	add_constant(json, "phase", count, PHASE_INSTANT);
	add_constant(json, "category", count, CATEGORY_OTHER);
	json_stream_end_object(json);
}

/* Of the process, its main thread; that thread's own name when it was not sampled. */
static const char *get_process_name(const struct writer *writer,
				    const struct profile_thread *thread)
{
	uint32_t comm = thread->comm;

	for (size_t i = 0; i < writer->data->threads.count; i++) {
		const struct profile_thread *other = &writer->data->threads.items[i];

		if (other->pid == thread->pid && other->tid == thread->pid)
			comm = other->comm;
	}
	return string_table_get(&writer->data->strings, comm);
}

static void add_number_text(struct json_stream *json, const char *key, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, number);
	json_stream_add_text(json, key, text);
}

static void add_thread(struct writer *writer, const struct profile_thread *thread,
		       const struct thread_samples *of)
{
	struct json_stream *json = &writer->json;

	json_stream_begin_object(json, NULL);
	json_stream_add_text(json, "name", string_table_get(&writer->data->strings, thread->comm));
	json_stream_add_text(json, "processName", get_process_name(writer, thread));
	json_stream_add_text(json, "processType", "default");
	json_stream_add_bool(json, "isMainThread", thread->tid == thread->pid);
	add_number_text(json, "pid", thread->pid);
	add_number_text(json, "tid", thread->tid);
	json_stream_add_integer(json, "processStartupTime", 0);
	json_stream_add_null(json, "processShutdownTime");
	json_stream_add_integer(json, "registerTime", 0);
	json_stream_add_null(json, "unregisterTime");
	json_stream_begin_array(json, "pausedRanges");
	json_stream_end_array(json);
	json_stream_add_bool(json, "showMarkersInTimeline", of->others.count > 0);
	add_samples(writer, of);
	add_markers(writer, of);
	json_stream_end_object(json);
}

static void add_threads(struct writer *writer)
{
	const struct profile_data *data = writer->data;
	scoped_free struct thread_samples *threads =
		alloc_array(data->threads.count + 1, sizeof(*threads));

	for (uint32_t i = 0; i < data->samples.count; i++) {
		struct thread_samples *of = &threads[data->samples.items[i].thread];

		if (data->samples.items[i].event == 0)
			vec_push(&of->first, i);
		else
			vec_push(&of->others, i);
	}
	json_stream_begin_array(&writer->json, "threads");
	for (size_t i = 0; i < data->threads.count; i++) {
		if (threads[i].first.count + threads[i].others.count > 0)
			add_thread(writer, &data->threads.items[i], &threads[i]);
		vec_release(&threads[i].first);
		vec_release(&threads[i].others);
	}
	json_stream_end_array(&writer->json);
}

static uint64_t find_zero(const struct sample_list *list)
{
	uint64_t first_ns = list->data.samples.count > 0 ? list->data.samples.items[0].time_ns : 0;

	return list->begin_ns > 0 && list->begin_ns < first_ns ? list->begin_ns : first_ns;
}

void firefox_write(struct strbuf *json, const struct sample_list *list, const char *name,
		   const char *comment)
{
	struct writer writer = {
		.data = &list->data,
		.list = list,
		.json = {.text = json},
		.zero_ns = find_zero(list),
		.frame_functions =
			alloc_array(list->data.frames.count + 1, sizeof(*writer.frame_functions)),
		.source_of =
			alloc_array(list->data.strings.texts.count + 1, sizeof(*writer.source_of)),
	};

	string_table_init(&writer.strings);
	hashmap_init(&writer.function_index);
	collect_functions(&writer);
	json_stream_begin_object(&writer.json, NULL);
	add_meta(&writer, name, comment);
	add_libraries(&writer);
	json_stream_begin_array(&writer.json, "pages");
	json_stream_end_array(&writer.json);
	add_threads(&writer);
	add_shared(&writer);
	json_stream_end_object(&writer.json);
	strbuf_add_char(json, '\n');
	free(writer.frame_functions);
	free(writer.source_of);
	vec_release(&writer.functions);
	vec_release(&writer.sources);
	hashmap_release(&writer.function_index);
	string_table_release(&writer.strings);
}
