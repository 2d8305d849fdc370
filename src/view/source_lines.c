#include "view/source_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "util/vec.h"
#include "view/source_text.h"

enum { FILES_LISTED = 8 };

struct collector {
	struct arena *arena;
	const struct source_range *range;
	struct source_text text;
	VEC(const char *) files; /* that are called so */
	VEC(struct source_function) functions;
	VEC(struct source_line) lines;
	struct hashmap index; /* of lines, by number */
	double self, total;
	bool has_lines; /* any line of any file was known */
};

int source_lines_parse(struct source_range *ret_range, struct arena *arena, const char *word,
		       struct err *err)
{
	const char *colon = strrchr(word, ':');
	struct source_range range = {0};
	char *numbers, *dash;
	uint64_t first = 0, last = 0;

	if (colon != NULL && colon != word) {
		numbers = arena_strdup(arena, colon + 1);
		dash = strchr(numbers, '-');
		if (dash != NULL)
			*dash = '\0';
		if (parse_u64(numbers, &first) < 0)
			first = 0;
		last = first;
		if (dash != NULL && parse_u64(dash + 1, &last) < 0)
			last = 0;
	}
	if (colon == NULL || first == 0 || last < first || last > UINT32_MAX)
		return err_set(err, -EINVAL,
			       "'%s' is not FILE:LINE or FILE:FROM-TO, like parse.c:40-60", word);
	range.file = arena_strndup(arena, word, (size_t)(colon - word));
	range.first = (uint32_t)first;
	range.last = (uint32_t)last;
	*ret_range = range;
	return 0;
}

bool source_lines_is_file(const char *path, const char *wanted)
{
	size_t length = strlen(path), tail = strlen(wanted);

	if (length < tail || strcmp(path + length - tail, wanted) != 0)
		return false;
	return length == tail || path[length - tail - 1] == '/';
}

static uint32_t find_line(struct collector *collector, uint32_t number)
{
	uint64_t hash = hashmap_hash_u64(number);
	uint32_t slot, id = hashmap_first(&collector->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&collector->index, hash, &slot))
		if (collector->lines.items[id].line == number)
			return id;
	id = (uint32_t)collector->lines.count;
	vec_push(&collector->lines, (struct source_line){.line = number});
	hashmap_insert(&collector->index, hash, id);
	return id;
}

static void add_file(struct collector *collector, const char *file)
{
	for (size_t i = 0; i < collector->files.count; i++)
		if (strcmp(collector->files.items[i], file) == 0)
			return;
	vec_push(&collector->files, arena_strdup(collector->arena, file));
}

static void add_function(struct collector *collector, const struct profile_data *data,
			 uint32_t frame)
{
	const char *module = profile_data_get_module_name(data, data->frames.items[frame].module);
	char name[4096];

	profile_data_format_frame(data, frame, name, sizeof(name));
	for (size_t i = 0; i < collector->functions.count; i++)
		if (strcmp(collector->functions.items[i].name, name) == 0 &&
		    strcmp(collector->functions.items[i].module, module) == 0)
			return;
	vec_push(&collector->functions,
		 (struct source_function){.name = arena_strdup(collector->arena, name),
					  .module = arena_strdup(collector->arena, module)});
}

/* By frame id: the line's index, UINT32_MAX = of no line of the stretch. Caller frees. */
static uint32_t *map_frames(struct collector *collector, const struct profile_data *data)
{
	uint32_t *lines = alloc_array(data->frames.count + 1, sizeof(*lines));

	for (uint32_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];
		const char *file = string_table_get(&data->strings, frame->file);

		lines[i] = UINT32_MAX;
		collector->has_lines = collector->has_lines || frame->line > 0;
		if (frame->line == 0 || !source_lines_is_file(file, collector->range->file))
			continue;
		add_file(collector, file);
		if (frame->line < collector->range->first || frame->line > collector->range->last)
			continue;
		lines[i] = find_line(collector, frame->line);
		add_function(collector, data, i);
	}
	return lines;
}

/* `seen`: by line, the last stack that counted it. */
static void count_stack(struct collector *collector, const struct profile_data *data,
			const uint32_t *lines, uint32_t *seen, uint32_t stack, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);
	bool is_counted = false;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t line = lines[frames[i]];

		if (line == UINT32_MAX)
			continue;
		if (i == 0) {
			collector->lines.items[line].self += samples;
			collector->self += samples;
		}
		if (seen[line] != stack)
			collector->lines.items[line].total += samples;
		if (!is_counted)
			collector->total += samples;
		seen[line] = stack;
		is_counted = true;
	}
}

static int collect(void *context, const struct filtered_profile *profile, struct err *err)
{
	struct collector *collector = context;
	const struct profile_data *data = profile->data;
	uint32_t *lines = map_frames(collector, data);
	uint32_t *seen = alloc_array(collector->lines.count + 1, sizeof(*seen));
	double *samples = profile_filter_sum_stacks(profile);

	(void)err;
	source_text_add(&collector->text, data);
	for (uint32_t stack = STACK_FIRST; stack < data->stacks.nodes.count; stack++)
		if (samples[stack] > 0)
			count_stack(collector, data, lines, seen, stack, samples[stack]);
	free(samples);
	free(seen);
	free(lines);
	return 0;
}

static int check_file(const struct collector *collector, const struct selection *selection,
		      struct err *err)
{
	const char *wanted = collector->range->file;
	struct strbuf names;
	int r;

	if (collector->files.count == 1)
		return 0;
	if (collector->files.count == 0 && !collector->has_lines)
		return err_set(
			err, -ENOENT,
			"%s has no source lines: the programs have no debug information (-g)",
			selection->word);
	if (collector->files.count == 0)
		return err_set(err, -ENOENT,
			       "no line of '%s' has samples in %s; `sonde report --by "
			       "file` lists the files",
			       wanted, selection->word);
	strbuf_init(&names, 1 << 16);
	for (size_t i = 0; i < collector->files.count && i < FILES_LISTED; i++)
		strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", collector->files.items[i]);
	r = err_set(err, -ENOTUNIQ, "'%s' is one of %zu files; name one: %s", wanted,
		    collector->files.count, strbuf_text(&names));
	strbuf_release(&names);
	return r;
}

static int compare_lines(const void *a, const void *b)
{
	const struct source_line *left = a, *right = b;

	return (left->line > right->line) - (left->line < right->line);
}

/* Lines without samples too, where their text is known: that bounds how many there are. */
static void add_texts(struct collector *collector)
{
	const struct source_range *range = collector->range;
	const char *file = collector->files.items[0];

	for (uint32_t i = 0; i < collector->text.count; i++) {
		const struct source_stretch *stretch = &collector->text.stretches[i];

		for (uint32_t j = 0; strcmp(stretch->file, file) == 0 && j < stretch->line_count;
		     j++)
			if (stretch->first_line + j >= range->first &&
			    stretch->first_line + j <= range->last)
				find_line(collector, stretch->first_line + j);
	}
	for (size_t i = 0; i < collector->lines.count; i++)
		collector->lines.items[i].text =
			source_text_get(&collector->text, file, collector->lines.items[i].line);
}

static void settle(struct collector *collector, struct source_lines *view)
{
	const struct source_range *range = collector->range;
	size_t count;

	add_texts(collector);
	count = collector->lines.count;
	*view = (struct source_lines){.file = collector->files.items[0],
				      .first = range->first,
				      .last = range->last,
				      .line_count = (uint32_t)count,
				      .self = collector->self,
				      .total = collector->total};
	view->lines = arena_alloc(collector->arena, count + 1, sizeof(*view->lines));
	if (count > 0)
		memcpy(view->lines, collector->lines.items, count * sizeof(*view->lines));
	qsort(view->lines, count, sizeof(*view->lines), compare_lines);
	count = collector->functions.count;
	view->functions = arena_alloc(collector->arena, count + 1, sizeof(*view->functions));
	if (count > 0)
		memcpy(view->functions, collector->functions.items,
		       count * sizeof(*view->functions));
	view->function_count = (uint32_t)count;
}

int source_lines_read(struct source_lines *ret_view, struct arena *arena,
		      const struct selection *selection, uint32_t arm,
		      const struct source_range *range, const struct profile_filter *filter,
		      struct err *err)
{
	struct collector collector = {.arena = arena, .range = range, .text = {.arena = arena}};
	int r;

	hashmap_init(&collector.index);
	r = profile_filter_read(selection, arm, filter, collect, &collector, err);
	if (r == 0)
		r = check_file(&collector, selection, err);
	if (r == 0)
		settle(&collector, ret_view);
	vec_release(&collector.lines);
	vec_release(&collector.files);
	vec_release(&collector.functions);
	hashmap_release(&collector.index);
	return r;
}
