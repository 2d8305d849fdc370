#include "export/pprof.h"

#include <stdlib.h>
#include <string.h>

#include "export/gzip.h"
#include "export/json_text.h"
#include "export/protobuf.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

/* Field numbers of profile.proto. */
enum profile_field {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};
enum { VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum { LABEL_KEY = 1, LABEL_STR = 2, LABEL_NUM = 3 };
enum mapping_field {
	MAPPING_ID = 1,
	MAPPING_MEMORY_LIMIT = 3,
	MAPPING_FILENAME = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILENAMES = 8,
	MAPPING_HAS_LINE_NUMBERS = 9,
	MAPPING_HAS_INLINE_FRAMES = 10,
};
enum { LOCATION_ID = 1, LOCATION_MAPPING_ID = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4 };
enum { LINE_FUNCTION_ID = 1, LINE_LINE = 2 };
enum { FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3, FUNCTION_FILENAME = 4 };

/* Ids of the format are from 1: an index here is an id less one. */
struct pprof_location {
	uint32_t count;
	size_t first; /* into location_frames */
};

struct pprof_function {
	uint32_t module, function;
};

struct writer {
	const struct profile_data *data;
	struct string_table strings;
	struct strbuf profile, part, line;
	VEC(struct pprof_location) locations;
	VEC(uint32_t) location_frames;
	struct hashmap location_index, function_index;
	VEC(struct pprof_function) functions;
};

static uint64_t get_text(struct writer *writer, const char *text)
{
	return string_table_intern(&writer->strings, text);
}

static void add_value_type(struct writer *writer, uint32_t field, const char *type,
			   const char *unit)
{
	protobuf_add_number(&writer->part, VALUE_TYPE_TYPE, get_text(writer, type));
	protobuf_add_number(&writer->part, VALUE_TYPE_UNIT, get_text(writer, unit));
	protobuf_add_message(&writer->profile, field, &writer->part);
}

/* "cpu", "cycles", …: what an event counts. */
static const char *get_quantity(const struct writer *writer, size_t event)
{
	const struct profile_event *events = writer->data->events.items;

	return event == 0 && events[0].is_clock
		       ? "cpu"
		       : string_table_get(&writer->data->strings, events[event].name);
}

static void add_sample_types(struct writer *writer)
{
	for (size_t i = 0; i < writer->data->events.count; i++) {
		const struct profile_event *event = &writer->data->events.items[i];
		const char *quantity = get_quantity(writer, i);
		scoped_free char *samples =
			i == 0 ? alloc_strdup("samples") : alloc_printf("%s_samples", quantity);

		add_value_type(writer, PROFILE_SAMPLE_TYPE, samples, "count");
		add_value_type(writer, PROFILE_SAMPLE_TYPE, quantity,
			       event->is_clock ? "nanoseconds" : "count");
	}
	if (writer->data->events.count == 0)
		return;
	add_value_type(writer, PROFILE_PERIOD_TYPE, get_quantity(writer, 0),
		       writer->data->events.items[0].is_clock ? "nanoseconds" : "count");
	protobuf_add_number(&writer->profile, PROFILE_PERIOD, writer->data->events.items[0].period);
	protobuf_add_number(&writer->profile, PROFILE_DEFAULT_SAMPLE_TYPE,
			    get_text(writer, get_quantity(writer, 0)));
}

static void add_build_id(struct writer *writer, const struct module *module)
{
	char text[2 * BUILD_ID_BYTES + 1] = "";

	for (uint32_t i = 0; i < module->build_id_length && i < BUILD_ID_BYTES; i++) {
		text[2 * i] = "0123456789abcdef"[module->build_id[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[module->build_id[i] & 15];
	}
	protobuf_add_number(&writer->part, MAPPING_BUILD_ID, get_text(writer, text));
}

/* What is known of the frames that were hit in a module. */
struct module_use {
	uint64_t limit; /* past the highest address */
	bool has_functions, has_files, has_lines, has_inlined;
};

static struct module_use *measure_modules(const struct profile_data *data)
{
	struct module_use *uses = alloc_array(data->modules.count + 1, sizeof(*uses));

	for (size_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];
		struct module_use *use = &uses[frame->module];

		if (frame->svma >= use->limit)
			use->limit = frame->svma < UINT64_MAX ? frame->svma + 1 : UINT64_MAX;
		use->has_functions |= frame->function != STRING_EMPTY;
		use->has_files |= frame->file != STRING_EMPTY;
		use->has_lines |= frame->line > 0;
		use->has_inlined |= frame->inline_depth > 0;
	}
	return uses;
}

/*
 * The program itself, which pprof takes the first mapping for: where most samples began, of what is
 * no shared object.
 */
static size_t find_program(const struct profile_data *data)
{
	scoped_free uint64_t *counts = alloc_array(data->modules.count + 1, sizeof(*counts));
	size_t program = 0;

	for (size_t i = 0; i < data->samples.count; i++) {
		uint32_t frames[STACK_DEPTH_MAX];
		uint32_t count = stack_table_get_frames(&data->stacks, data->samples.items[i].stack,
							frames, STACK_DEPTH_MAX);

		if (count > 0)
			counts[data->frames.items[frames[count - 1]].module]++;
	}
	for (uint32_t i = 0; i < data->modules.count; i++) {
		bool is_program = data->modules.items[i].kind == MODULE_FILE &&
				  strstr(profile_data_get_module_name(data, i), ".so") == NULL;

		if (!is_program)
			counts[i] = 0;
		if (counts[i] > counts[program])
			program = i;
	}
	return program;
}

static void add_mapping(struct writer *writer, size_t id, const struct module_use *use)
{
	const struct module *module = &writer->data->modules.items[id];
	struct strbuf *part = &writer->part;

	protobuf_add_number(part, MAPPING_ID, id + 1);
	protobuf_add_number(part, MAPPING_MEMORY_LIMIT, use->limit);
	protobuf_add_number(
		part, MAPPING_FILENAME,
		get_text(writer, string_table_get(&writer->data->strings, module->path)));
	add_build_id(writer, module);
	protobuf_add_bool(part, MAPPING_HAS_FUNCTIONS, use->has_functions);
	protobuf_add_bool(part, MAPPING_HAS_FILENAMES, use->has_files);
	protobuf_add_bool(part, MAPPING_HAS_LINE_NUMBERS, use->has_lines);
	protobuf_add_bool(part, MAPPING_HAS_INLINE_FRAMES, use->has_inlined);
	protobuf_add_message(&writer->profile, PROFILE_MAPPING, part);
}

static void add_mappings(struct writer *writer)
{
	scoped_free struct module_use *uses = measure_modules(writer->data);
	size_t program = find_program(writer->data);

	if (writer->data->modules.count > 0)
		add_mapping(writer, program, &uses[program]);
	for (size_t i = 0; i < writer->data->modules.count; i++)
		if (i != program)
			add_mapping(writer, i, &uses[i]);
}

/* The id of a frame's function; a function is written when it is first seen, with that file. */
static uint64_t get_function(struct writer *writer, const struct frame *frame)
{
	uint64_t hash = hashmap_hash_u64((uint64_t)frame->module << 32 | frame->function);
	uint32_t slot, id = hashmap_first(&writer->function_index, hash, &slot);
	const struct string_table *strings = &writer->data->strings;
	struct strbuf function;
	uint64_t name;

	for (; id != HASHMAP_NONE; id = hashmap_next(&writer->function_index, hash, &slot))
		if (writer->functions.items[id].module == frame->module &&
		    writer->functions.items[id].function == frame->function)
			return id + 1ull;
	id = (uint32_t)writer->functions.count;
	vec_push(&writer->functions, (struct pprof_function){frame->module, frame->function});
	hashmap_insert(&writer->function_index, hash, id);
	name = get_text(writer, string_table_get(strings, frame->function));
	strbuf_init(&function, STRBUF_MAX_DEFAULT);
	protobuf_add_number(&function, FUNCTION_ID, id + 1ull);
	protobuf_add_number(&function, FUNCTION_NAME, name);
	protobuf_add_number(&function, FUNCTION_SYSTEM_NAME, name);
	protobuf_add_number(&function, FUNCTION_FILENAME,
			    get_text(writer, string_table_get(strings, frame->file)));
	protobuf_add_message(&writer->profile, PROFILE_FUNCTION, &function);
	strbuf_release(&function);
	return id + 1ull;
}

static void add_location(struct writer *writer, uint64_t id, const uint32_t *frames, uint32_t count)
{
	const struct frame *outer = &writer->data->frames.items[frames[count - 1]];
	struct strbuf *part = &writer->part;

	protobuf_add_number(part, LOCATION_ID, id);
	protobuf_add_number(part, LOCATION_MAPPING_ID, outer->module + 1ull);
	protobuf_add_number(part, LOCATION_ADDRESS, outer->svma);
	for (uint32_t i = 0; i < count; i++) {
		const struct frame *frame = &writer->data->frames.items[frames[i]];

		if (frame->function == STRING_EMPTY)
			continue;
		protobuf_add_number(&writer->line, LINE_FUNCTION_ID, get_function(writer, frame));
		protobuf_add_number(&writer->line, LINE_LINE, frame->line);
		protobuf_add_message(part, LOCATION_LINE, &writer->line);
	}
	protobuf_add_message(&writer->profile, PROFILE_LOCATION, part);
}

/* The location of the frames at one address, innermost first. */
static uint64_t get_location(struct writer *writer, const uint32_t *frames, uint32_t count)
{
	uint64_t hash = hashmap_hash_bytes(frames, count * sizeof(*frames));
	uint32_t slot, id = hashmap_first(&writer->location_index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&writer->location_index, hash, &slot)) {
		const struct pprof_location *at = &writer->locations.items[id];

		if (at->count == count && memcmp(&writer->location_frames.items[at->first], frames,
						 count * sizeof(*frames)) == 0)
			return id + 1ull;
	}
	id = (uint32_t)writer->locations.count;
	vec_push(&writer->locations, (struct pprof_location){
					     .count = count,
					     .first = writer->location_frames.count,
				     });
	for (uint32_t i = 0; i < count; i++)
		vec_push(&writer->location_frames, frames[i]);
	hashmap_insert(&writer->location_index, hash, id);
	add_location(writer, id + 1ull, frames, count);
	return id + 1ull;
}

static uint32_t get_locations(struct writer *writer, uint32_t stack, uint64_t *locations)
{
	const struct profile_data *data = writer->data;
	uint32_t frames[STACK_DEPTH_MAX], location_count = 0;
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);

	for (uint32_t i = 0; i < count;) {
		uint32_t inlined = sample_list_count_inlined(data, frames, count, i);

		locations[location_count++] = get_location(writer, &frames[i], inlined);
		i += inlined;
	}
	return location_count;
}

static void add_text_label(struct writer *writer, struct strbuf *sample, const char *key,
			   uint32_t text)
{
	if (text == STRING_EMPTY)
		return;
	protobuf_add_number(&writer->line, LABEL_KEY, get_text(writer, key));
	protobuf_add_number(&writer->line, LABEL_STR,
			    get_text(writer, string_table_get(&writer->data->strings, text)));
	protobuf_add_message(sample, SAMPLE_LABEL, &writer->line);
}

static void add_number_label(struct writer *writer, struct strbuf *sample, const char *key,
			     uint64_t number)
{
	protobuf_add_number(&writer->line, LABEL_KEY, get_text(writer, key));
	protobuf_add_number(&writer->line, LABEL_NUM, number);
	protobuf_add_message(sample, SAMPLE_LABEL, &writer->line);
}

/* What all samples of one thread in one stack add up to. */
static void add_sample(struct writer *writer, const struct sample *sample, const uint64_t *values)
{
	const struct profile_thread *thread = &writer->data->threads.items[sample->thread];
	uint64_t locations[STACK_DEPTH_MAX];
	uint32_t count = get_locations(writer, sample->stack, locations);
	struct strbuf message;

	strbuf_init(&message, STRBUF_MAX_DEFAULT);
	protobuf_add_packed(&message, SAMPLE_LOCATION_ID, locations, count);
	protobuf_add_packed(&message, SAMPLE_VALUE, values, 2 * writer->data->events.count);
	add_text_label(writer, &message, "thread", thread->comm);
	add_text_label(writer, &message, "role", thread->role);
	add_number_label(writer, &message, "pid", thread->pid);
	add_number_label(writer, &message, "tid", thread->tid);
	protobuf_add_message(&writer->profile, PROFILE_SAMPLE, &message);
	strbuf_release(&message);
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *left = a, *right = b;

	if (left->thread != right->thread)
		return left->thread < right->thread ? -1 : 1;
	return (left->stack > right->stack) - (left->stack < right->stack);
}

static void add_samples(struct writer *writer)
{
	size_t count = writer->data->samples.count;
	scoped_free struct sample *samples = alloc_array(count + 1, sizeof(*samples));
	scoped_free uint64_t *values =
		alloc_array(2 * writer->data->events.count + 1, sizeof(*values));

	if (count == 0)
		return;
	memcpy(samples, writer->data->samples.items, count * sizeof(*samples));
	qsort(samples, count, sizeof(*samples), compare_samples);
	for (size_t i = 0; i < count; i++) {
		values[2 * samples[i].event]++;
		values[2 * samples[i].event + 1] += samples[i].period;
		if (i + 1 < count && compare_samples(&samples[i], &samples[i + 1]) == 0)
			continue;
		add_sample(writer, &samples[i], values);
		memset(values, 0, 2 * writer->data->events.count * sizeof(*values));
	}
}

static void add_strings(struct writer *writer)
{
	for (size_t i = 0; i < writer->strings.texts.count; i++) {
		json_t *text = json_text_make(writer->strings.texts.items[i]); /* UTF-8, too */

		protobuf_add_bytes(&writer->profile, PROFILE_STRING_TABLE, json_string_value(text),
				   json_string_length(text));
		json_decref(text);
	}
}

static void begin(struct writer *writer, const struct profile_data *data)
{
	*writer = (struct writer){.data = data};
	string_table_init(&writer->strings);
	hashmap_init(&writer->location_index);
	hashmap_init(&writer->function_index);
	strbuf_init(&writer->profile, STRBUF_MAX_DEFAULT);
	strbuf_init(&writer->part, STRBUF_MAX_DEFAULT);
	strbuf_init(&writer->line, STRBUF_MAX_DEFAULT);
}

static void release(struct writer *writer)
{
	string_table_release(&writer->strings);
	hashmap_release(&writer->location_index);
	hashmap_release(&writer->function_index);
	strbuf_release(&writer->profile);
	strbuf_release(&writer->part);
	strbuf_release(&writer->line);
	vec_release(&writer->locations);
	vec_release(&writer->location_frames);
	vec_release(&writer->functions);
}

void pprof_write(struct strbuf *bytes, const struct sample_list *list, const char *comment)
{
	struct writer writer;
	uint64_t text;

	begin(&writer, &list->data);
	add_sample_types(&writer);
	add_mappings(&writer);
	add_samples(&writer);
	protobuf_add_number(&writer.profile, PROFILE_TIME_NANOS, list->begin_wall_ns);
	if (list->end_ns > list->begin_ns)
		protobuf_add_number(&writer.profile, PROFILE_DURATION_NANOS,
				    list->end_ns - list->begin_ns);
	if (comment != NULL) {
		text = get_text(&writer, comment);
		protobuf_add_packed(&writer.profile, PROFILE_COMMENT, &text, 1);
	}
	add_strings(&writer);
	gzip_write(bytes, strbuf_text(&writer.profile), writer.profile.length);
	release(&writer);
}
