#include "profile/hot_code.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"
#include "util/strbuf.h"

/* A function that has code of its own, and how many samples ran in it. */
struct hot_function_code {
	uint32_t module; /* module_table's id */
	uint64_t svma, size;
	uint64_t count;
	uint32_t frame; /* an old frame in it */
};

/* Which lines of a file are wanted. */
struct wanted_source {
	uint32_t file; /* string id */
	uint32_t first, last;
};

struct hot_code {
	struct stack_builder *builder;
	VEC(struct hot_function_code) functions;
	struct hashmap index;
	VEC(struct wanted_source) wanted;
	struct hashmap wanted_index;
	size_t source_bytes;
};

static void count_leaf(struct hot_code *hot, uint32_t frame, const struct symbol_place *place)
{
	uint32_t module = hot->builder->frame_modules.items[frame], slot, i;
	uint64_t hash = hashmap_hash_u64(place->function_svma ^ (uint64_t)module << 48);

	for (i = hashmap_first(&hot->index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&hot->index, hash, &slot)) {
		struct hot_function_code *at = &hot->functions.items[i];

		if (at->module == module && at->svma == place->function_svma) {
			at->count++;
			return;
		}
	}
	hashmap_insert(&hot->index, hash, (uint32_t)hot->functions.count);
	vec_push(&hot->functions, (struct hot_function_code){.module = module,
							     .svma = place->function_svma,
							     .size = place->function_size,
							     .count = 1,
							     .frame = frame});
}

static int compare_hotter(const void *left, const void *right)
{
	const struct hot_function_code *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->svma > b->svma) - (a->svma < b->svma);
}

/* `line` and a margin around it are wanted of the file. */
static void want_line(struct hot_code *hot, uint32_t file, uint32_t line)
{
	uint64_t hash = hashmap_hash_u64(file);
	uint32_t slot, i, first, last;

	if (file == STRING_EMPTY || line == 0 || line > UINT32_MAX - HOT_CODE_MARGIN_LINES)
		return;
	first = line > HOT_CODE_MARGIN_LINES ? line - HOT_CODE_MARGIN_LINES : 1;
	last = line + HOT_CODE_MARGIN_LINES;
	for (i = hashmap_first(&hot->wanted_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&hot->wanted_index, hash, &slot)) {
		struct wanted_source *wanted = &hot->wanted.items[i];

		if (wanted->file != file)
			continue;
		/* one stretch a neighbourhood: far lines of a file make one of their own */
		if (first <= wanted->last + 2 * HOT_CODE_MARGIN_LINES &&
		    last + 2 * HOT_CODE_MARGIN_LINES >= wanted->first) {
			if (first < wanted->first)
				wanted->first = first;
			if (last > wanted->last)
				wanted->last = last;
			return;
		}
	}
	hashmap_insert(&hot->wanted_index, hash, (uint32_t)hot->wanted.count);
	vec_push(&hot->wanted, (struct wanted_source){file, first, last});
}

/*
 * Rows of the line table, each with the innermost function there: what annotate marks as inlined.
 */
static void take_lines(struct hot_code *hot, const struct hot_function_code *function,
		       uint32_t code, uint32_t name)
{
	struct profile_data *data = hot->builder->data;
	struct symbolizer *symbolizer = hot->builder->modules->symbolizer;
	uint32_t symbol_id = hot->builder->modules->entries.items[function->module].symbol_id;
	const struct symbol_line *lines;
	scoped_free struct symbol_query *queries = NULL;
	scoped_free struct symbol_place *places = NULL;
	uint64_t size = data->codes.items[code].size;
	size_t count;

	symbolizer_get_lines(symbolizer, symbol_id, function->svma, size, &lines, &count);
	queries = alloc_array(count + 1, sizeof(*queries));
	places = alloc_array(count + 1, sizeof(*places));
	for (size_t i = 0; i < count; i++)
		queries[i] =
			(struct symbol_query){.module = symbol_id, .lookup_addr = lines[i].svma};
	symbolizer_find(symbolizer, queries, count, places);
	for (size_t i = 0; i < count; i++) {
		const char *innermost =
			places[i].frame_count > 1 ? places[i].frames[0].function : NULL;
		struct profile_code_line line = {
			.code = code,
			.offset = (uint32_t)(lines[i].svma > function->svma
						     ? lines[i].svma - function->svma
						     : 0),
			.function = innermost != NULL
					    ? string_table_intern(&data->strings, innermost)
					    : name,
			.file = string_table_intern(&data->strings, lines[i].file),
			.line = lines[i].line,
		};

		if (lines[i].svma >= function->svma + size)
			break;
		vec_push(&data->code_lines, line);
		want_line(hot, line.file, line.line);
	}
}

static void take_function(struct hot_code *hot, const struct hot_function_code *function,
			  const struct symbol_place *places)
{
	struct profile_data *data = hot->builder->data;
	const struct symbol_place *place = &places[function->frame];
	uint32_t symbol_id = hot->builder->modules->entries.items[function->module].symbol_id;
	struct profile_code code = {
		.module = data->frames.items[function->frame].module,
		.function = string_table_intern(&data->strings,
						place->frames[place->frame_count - 1].function),
		.svma = function->svma,
		.size = (uint32_t)(function->size < HOT_CODE_BYTES_MAX ? function->size
								       : HOT_CODE_BYTES_MAX),
		.offset = data->code_bytes.count,
	};

	vec_reserve(&data->code_bytes, data->code_bytes.count + code.size);
	if (!symbolizer_read_code(hot->builder->modules->symbolizer, symbol_id, code.svma,
				  code.size, data->code_bytes.items + code.offset))
		return;
	data->code_bytes.count += code.size;
	vec_push(&data->codes, code);
	take_lines(hot, function, (uint32_t)data->codes.count - 1, code.function);
}

/* Text of lines first to last; NULL when the file cannot be had. */
static char *read_lines(const char *path, uint32_t first, uint32_t last)
{
	scoped(strbuf_release) struct strbuf text;
	scoped(fd_cleanup) int fd = -1;
	struct stat status;
	const char *at, *end;
	uint32_t line = 1;

	strbuf_init(&text, 32 << 20);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return NULL;
	if (fd_read_file(AT_FDCWD, path, &text) < 0)
		return NULL;
	at = strbuf_text(&text);
	while (line < first && at != NULL) {
		at = strchr(at, '\n');
		at = at != NULL ? at + 1 : NULL;
		line++;
	}
	if (at == NULL || *at == '\0')
		return NULL;
	for (end = at; line <= last && end != NULL && *end != '\0'; line++) {
		end = strchr(end, '\n');
		end = end != NULL ? end + 1 : NULL;
	}
	return end != NULL ? alloc_strndup(at, (size_t)(end - at)) : alloc_strdup(at);
}

static void take_sources(struct hot_code *hot)
{
	struct profile_data *data = hot->builder->data;

	for (size_t i = 0; i < hot->wanted.count; i++) {
		const struct wanted_source *wanted = &hot->wanted.items[i];
		const char *path = string_table_get(&data->strings, wanted->file);
		scoped_free char *text =
			path[0] == '/' ? read_lines(path, wanted->first, wanted->last) : NULL;

		if (text == NULL)
			continue;
		hot->source_bytes += strlen(text);
		if (hot->source_bytes > HOT_CODE_SOURCE_BYTES_MAX)
			return;
		vec_push(&data->sources, (struct profile_source){
						 .file = wanted->file,
						 .first_line = wanted->first,
						 .text = string_table_intern(&data->strings, text),
					 });
	}
}

void hot_code_collect(struct stack_builder *builder, const struct symbol_place *places)
{
	struct profile_data *data = builder->data;
	struct hot_code hot = {.builder = builder};
	double least = HOT_CODE_SHARE * (double)data->samples.count;

	hashmap_init(&hot.index);
	hashmap_init(&hot.wanted_index);
	for (size_t i = 0; i < data->samples.count; i++) {
		uint32_t stack = data->samples.items[i].stack, frame;

		if (stack < STACK_FIRST)
			continue;
		frame = data->stacks.nodes.items[stack].frame;
		if (places[frame].frame_count > 0 && places[frame].function_size > 0)
			count_leaf(&hot, frame, &places[frame]);
	}
	if (hot.functions.count > 0)
		qsort(hot.functions.items, hot.functions.count, sizeof(*hot.functions.items),
		      compare_hotter);
	for (size_t i = 0; i < hot.functions.count && i < HOT_CODE_FUNCTIONS_MAX; i++)
		if ((double)hot.functions.items[i].count >= least)
			take_function(&hot, &hot.functions.items[i], places);
	take_sources(&hot);
	vec_release(&hot.functions);
	vec_release(&hot.wanted);
	hashmap_release(&hot.index);
	hashmap_release(&hot.wanted_index);
}
