#include "view/code_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

/* What the profiler keeps code of (profile_builder). */
#define KEPT_SHARE 0.01

struct source_row {
	const char *function, *file;
	bool is_inlined;
	struct code_line line;
};

struct inside {
	struct arena *arena;
	struct code_view *view;
	VEC(struct source_row) rows;
	struct hashmap index; /* of (function, file, line) */
	VEC(struct code_block) blocks;
	VEC(struct code_host) hosts;
	double all;
	bool has_codes;	     /* any function's */
	const char *trouble; /* of its module; "" = none */
	enum module_kind kind;
};

/* What is known of the frames of one run, by frame id. */
struct frame_map {
	bool *is_it;	 /* the function that the view is of */
	uint32_t *rows;	 /* its line's row; UINT32_MAX = no line */
	uint32_t *seen;	 /* by row: the last stack that counted it */
	uint32_t *where; /* block that holds the frame's address; UINT32_MAX = none */
};

static uint32_t find_row(struct inside *inside, const char *function, const char *file,
			 uint32_t line, bool is_inlined)
{
	uint64_t hash = hashmap_hash_bytes(function, strlen(function)) ^
			hashmap_hash_u64(hashmap_hash_bytes(file, strlen(file)) + line);
	uint32_t slot, id = hashmap_first(&inside->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&inside->index, hash, &slot)) {
		const struct source_row *row = &inside->rows.items[id];

		if (row->line.line == line && row->is_inlined == is_inlined &&
		    strcmp(row->function, function) == 0 && strcmp(row->file, file) == 0)
			return id;
	}
	id = (uint32_t)inside->rows.count;
	vec_push(&inside->rows,
		 (struct source_row){.function = arena_strdup(inside->arena, function),
				     .file = arena_strdup(inside->arena, file),
				     .is_inlined = is_inlined,
				     .line = {.line = line}});
	hashmap_insert(&inside->index, hash, id);
	return id;
}

static bool is_it(const struct inside *inside, const struct profile_data *data, uint32_t frame)
{
	char name[4096];

	profile_data_format_frame(data, frame, name, sizeof(name));
	return strcmp(name, inside->view->function) == 0 &&
	       strcmp(profile_data_get_module_name(data, data->frames.items[frame].module),
		      inside->view->module) == 0;
}

/* ---- code ---- */

static void add_places(struct inside *inside, struct code_block *block,
		       const struct profile_data *data, uint32_t code)
{
	uint32_t count = 0;

	for (size_t i = 0; i < data->code_lines.count; i++)
		count += data->code_lines.items[i].code == code;
	block->places = arena_alloc(inside->arena, count + 1, sizeof(*block->places));
	for (size_t i = 0; i < data->code_lines.count; i++) {
		const struct profile_code_line *line = &data->code_lines.items[i];

		if (line->code != code)
			continue;
		block->places[block->place_count++] = (struct code_place){
			.offset = line->offset,
			.function = arena_strdup(inside->arena,
						 string_table_get(&data->strings, line->function)),
			.file = arena_strdup(inside->arena,
					     string_table_get(&data->strings, line->file)),
			.line = line->line,
			.is_inlined = line->function != data->codes.items[code].function};
	}
}

/* The block of the same code from an earlier run, or a new one. */
static uint32_t find_block(struct inside *inside, const struct profile_data *data, uint32_t id)
{
	const struct profile_code *code = &data->codes.items[id];
	const uint8_t *bytes = data->code_bytes.items + code->offset;
	const char *path = string_table_get(&data->strings, data->modules.items[code->module].path);
	struct code_block block = {.svma = code->svma, .size = code->size};
	uint8_t *copy;

	for (uint32_t i = 0; i < inside->blocks.count; i++) {
		const struct code_block *known = &inside->blocks.items[i];

		if (known->svma == code->svma && known->size == code->size &&
		    memcmp(known->bytes, bytes, code->size) == 0)
			return i;
	}
	copy = arena_alloc(inside->arena, (size_t)code->size + 1, 1);
	memcpy(copy, bytes, code->size);
	block.bytes = copy;
	block.module = arena_strdup(inside->arena, path);
	block.self = arena_alloc(inside->arena, (size_t)code->size + 1, sizeof(*block.self));
	block.total = arena_alloc(inside->arena, (size_t)code->size + 1, sizeof(*block.total));
	add_places(inside, &block, data, id);
	vec_push(&inside->blocks, block);
	return (uint32_t)inside->blocks.count - 1;
}

/* The blocks of the function, and which frames lie in them. */
static void map_code(struct inside *inside, const struct profile_data *data, uint32_t *where)
{
	memset(where, 0xff, (data->frames.count + 1) * sizeof(*where));
	inside->has_codes = inside->has_codes || data->codes.count > 0;
	for (uint32_t i = 0; i < data->codes.count; i++) {
		const struct profile_code *code = &data->codes.items[i];
		uint32_t block;

		if (code->size == 0 ||
		    strcmp(string_table_get(&data->strings, code->function),
			   inside->view->function) != 0 ||
		    strcmp(profile_data_get_module_name(data, code->module),
			   inside->view->module) != 0)
			continue;
		block = find_block(inside, data, i);
		for (size_t j = 0; j < data->frames.count; j++) {
			const struct frame *frame = &data->frames.items[j];

			if (frame->module == code->module && frame->inline_depth == 0 &&
			    frame->svma >= code->svma && frame->svma - code->svma < code->size)
				where[j] = block;
		}
	}
}

/* ---- stacks ---- */

static struct code_host *find_host(struct inside *inside, const struct profile_data *data,
				   uint32_t frame)
{
	const char *module = profile_data_get_module_name(data, data->frames.items[frame].module);
	char name[4096];

	profile_data_format_frame(data, frame, name, sizeof(name));
	for (size_t i = 0; i < inside->hosts.count; i++)
		if (strcmp(inside->hosts.items[i].name, name) == 0 &&
		    strcmp(inside->hosts.items[i].module, module) == 0)
			return &inside->hosts.items[i];
	vec_push(&inside->hosts, (struct code_host){.name = arena_strdup(inside->arena, name),
						    .module = arena_strdup(inside->arena, module)});
	return &inside->hosts.items[inside->hosts.count - 1];
}

static void count_row(struct inside *inside, struct frame_map *map, uint32_t row, uint32_t stack,
		      bool is_self, double samples)
{
	struct code_line *line;

	if (row == UINT32_MAX)
		return;
	line = &inside->rows.items[row].line;
	if (is_self)
		line->self += samples;
	if (map->seen[row] != stack)
		line->total += samples;
	map->seen[row] = stack;
}

/* One address of a stack: frames [from, to), innermost first, the last is not inlined. */
struct chain {
	const uint32_t *frames;
	uint32_t from, to;
};

/* How far out the function stands in it; `to` = it does not. */
static uint32_t find_in_chain(const struct frame_map *map, const struct chain *chain)
{
	uint32_t at = chain->from;

	while (at < chain->to && !map->is_it[chain->frames[at]])
		at++;
	return at;
}

static void count_chain(struct inside *inside, const struct profile_data *data,
			struct frame_map *map, const struct chain *chain, uint32_t stack,
			double samples)
{
	uint32_t it = find_in_chain(map, chain);
	uint32_t last = chain->frames[chain->to - 1];

	if (it == chain->to)
		return;
	if (it + 1 < chain->to)
		find_host(inside, data, last)->samples += samples;
	/* what was inlined into it, innermost first, then itself */
	for (uint32_t i = chain->from; i <= it; i++)
		count_row(inside, map, map->rows[chain->frames[i]], stack,
			  chain->from == 0 && i == 0, samples);
	if (chain->from == 0)
		inside->view->self += samples;
}

/* An address counts once per stack, as its innermost call. */
static void count_address(struct inside *inside, const struct profile_data *data,
			  const struct frame_map *map, const struct chain *chain,
			  const uint32_t *before, uint32_t before_count, double samples)
{
	uint32_t frame = chain->frames[chain->to - 1], block = map->where[frame];
	uint64_t offset;

	if (block == UINT32_MAX)
		return;
	offset = data->frames.items[frame].svma - inside->blocks.items[block].svma;
	if (chain->from == 0)
		inside->blocks.items[block].self[offset] += samples;
	for (uint32_t i = 0; i < before_count; i++)
		if (before[i] == frame)
			return;
	inside->blocks.items[block].total[offset] += samples;
}

static void count_stack(struct inside *inside, const struct profile_data *data,
			struct frame_map *map, uint32_t stack, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX], hits[STACK_DEPTH_MAX], hit_count = 0;
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);
	struct chain chain = {.frames = frames};
	bool is_in = false;

	for (uint32_t i = 0; i < count; i++) {
		is_in = is_in || map->is_it[frames[i]];
		/* frames cut at the root side may lack the one that is not inlined */
		if (data->frames.items[frames[i]].inline_depth > 0 && i + 1 < count)
			continue;
		chain.to = i + 1;
		count_chain(inside, data, map, &chain, stack, samples);
		count_address(inside, data, map, &chain, hits, hit_count, samples);
		if (map->where[frames[i]] != UINT32_MAX)
			hits[hit_count++] = frames[i];
		chain.from = i + 1;
	}
	if (is_in)
		inside->view->total += samples;
}

/* ---- one run ---- */

/*
 * Rows of all frames that may need one: those of the function, and inlined ones, which may be
 * inside of it. Rows that nothing counts go later.
 */
static void map_frames(struct inside *inside, const struct profile_data *data,
		       struct frame_map *map)
{
	for (uint32_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];

		map->is_it[i] = is_it(inside, data, i);
		map->rows[i] = UINT32_MAX;
		if (map->is_it[i]) {
			const struct module *module = &data->modules.items[frame->module];

			inside->kind = module->kind;
			if (inside->trouble[0] == '\0')
				inside->trouble = arena_strdup(
					inside->arena,
					string_table_get(&data->strings, module->trouble));
		}
		if (frame->line > 0 && (map->is_it[i] || frame->inline_depth > 0))
			map->rows[i] =
				find_row(inside, string_table_get(&data->strings, frame->function),
					 string_table_get(&data->strings, frame->file), frame->line,
					 !map->is_it[i]);
	}
}

static int read_inside(void *context, const struct filtered_profile *profile, struct err *err)
{
	struct inside *inside = context;
	const struct profile_data *data = profile->data;
	size_t room = data->frames.count + 1;
	struct frame_map map = {.is_it = alloc_array(room, sizeof(*map.is_it)),
				.rows = alloc_array(room, sizeof(*map.rows)),
				.where = alloc_array(room, sizeof(*map.where))};
	double *samples = profile_filter_sum_stacks(profile);

	(void)err;
	map_frames(inside, data, &map);
	map_code(inside, data, map.where);
	map.seen = alloc_array(inside->rows.count + 1, sizeof(*map.seen));
	source_text_add(&inside->view->text, data);
	for (uint32_t stack = 0; stack < data->stacks.nodes.count; stack++) {
		inside->all += samples[stack];
		if (stack >= STACK_FIRST && samples[stack] > 0)
			count_stack(inside, data, &map, stack, samples[stack]);
	}
	inside->all += profile->hidden;
	free(samples);
	free(map.seen);
	free(map.where);
	free(map.rows);
	free(map.is_it);
	return 0;
}

/* ---- the view ---- */

static int compare_rows(const void *a, const void *b)
{
	const struct source_row *left = a, *right = b;
	int order = (int)left->is_inlined - (int)right->is_inlined;

	if (order == 0)
		order = strcmp(left->function, right->function);
	if (order == 0)
		order = strcmp(left->file, right->file);
	return order != 0 ? order
			  : (left->line.line > right->line.line) -
				    (left->line.line < right->line.line);
}

static int compare_sources(const void *a, const void *b)
{
	const struct code_source *left = a, *right = b;

	if (left->is_inlined != right->is_inlined)
		return left->is_inlined ? 1 : -1;
	if (left->self != right->self)
		return left->self > right->self ? -1 : 1;
	return compare_rows(&(struct source_row){left->function, left->file, false, {0}},
			    &(struct source_row){right->function, right->file, false, {0}});
}

static int compare_hosts(const void *a, const void *b)
{
	const struct code_host *left = a, *right = b;

	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	return strcmp(left->name, right->name);
}

static bool is_same_source(const struct source_row *left, const struct source_row *right)
{
	return left->is_inlined == right->is_inlined &&
	       strcmp(left->function, right->function) == 0 && strcmp(left->file, right->file) == 0;
}

static void settle_sources(struct inside *inside)
{
	struct code_view *view = inside->view;
	struct source_row *rows = inside->rows.items;
	size_t count = 0;

	for (size_t i = 0; i < inside->rows.count; i++)
		if (rows[i].line.total > 0)
			rows[count++] = rows[i];
	if (count > 0)
		qsort(rows, count, sizeof(*rows), compare_rows);
	view->sources = arena_alloc(inside->arena, count + 1, sizeof(*view->sources));
	for (size_t i = 0, end; i < count; i = end) {
		struct code_source *source = &view->sources[view->source_count++];

		for (end = i; end < count && is_same_source(&rows[i], &rows[end]);)
			end++;
		*source = (struct code_source){.function = rows[i].function,
					       .file = rows[i].file,
					       .is_inlined = rows[i].is_inlined};
		source->lines = arena_alloc(inside->arena, end - i, sizeof(*source->lines));
		for (size_t j = i; j < end; j++) {
			source->lines[source->line_count++] = rows[j].line;
			source->self += rows[j].line.self;
		}
	}
	qsort(view->sources, view->source_count, sizeof(*view->sources), compare_sources);
}

static const char *explain(const struct inside *inside)
{
	const struct code_view *view = inside->view;
	struct arena *arena = inside->arena;

	if (view->total <= 0)
		return "it has no samples here";
	if (!inside->has_codes)
		return "the profile has no machine code: it was imported, or recorded by an older "
		       "sonde; record again to see it";
	if (inside->hosts.count > 0)
		return arena_printf(arena,
				    "it was inlined, and has no code of its own; `sonde annotate "
				    "'%s'` shows the function around it",
				    view->hosts[0].name);
	if (inside->kind != MODULE_FILE)
		return arena_printf(arena, "the code of %s is in no file that could be read",
				    view->module);
	if (view->self < KEPT_SHARE * inside->all)
		return "code is kept of functions with at least 1 % of the samples of their own";
	if (inside->trouble[0] != '\0')
		return arena_printf(arena, "%s: %s", view->module, inside->trouble);
	return arena_printf(arena, "%s could not be read when the run ended", view->module);
}

static void settle(struct inside *inside)
{
	struct code_view *view = inside->view;

	settle_sources(inside);
	view->block_count = (uint32_t)inside->blocks.count;
	view->blocks = arena_alloc(inside->arena, inside->blocks.count + 1, sizeof(*view->blocks));
	if (view->block_count > 0)
		memcpy(view->blocks, inside->blocks.items,
		       view->block_count * sizeof(*view->blocks));
	view->host_count = (uint32_t)inside->hosts.count;
	view->hosts = arena_alloc(inside->arena, inside->hosts.count + 1, sizeof(*view->hosts));
	if (view->host_count > 0)
		memcpy(view->hosts, inside->hosts.items, view->host_count * sizeof(*view->hosts));
	qsort(view->hosts, view->host_count, sizeof(*view->hosts), compare_hosts);
	if (view->block_count == 0)
		view->why_no_code = explain(inside);
}

int code_view_read(struct code_view *ret_view, struct arena *arena,
		   const struct selection *selection, uint32_t arm, const char *name,
		   const char *module, const struct profile_filter *filter, struct err *err)
{
	struct inside inside = {.arena = arena, .view = ret_view, .trouble = ""};
	int r;

	*ret_view =
		(struct code_view){.function = name, .module = module, .text = {.arena = arena}};
	hashmap_init(&inside.index);
	r = profile_filter_read(selection, arm, filter, read_inside, &inside, err);
	if (r == 0)
		settle(&inside);
	vec_release(&inside.rows);
	vec_release(&inside.blocks);
	vec_release(&inside.hosts);
	hashmap_release(&inside.index);
	return r;
}

const struct code_place *code_view_find_place(const struct code_block *block, uint32_t offset)
{
	const struct code_place *found = NULL;

	for (uint32_t i = 0; i < block->place_count && block->places[i].offset <= offset; i++)
		found = &block->places[i];
	return found;
}
