#include "view/sample_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_read.h"
#include "util/alloc.h"

/* From the ids of one profile to those of the one that it is added to. */
struct id_map {
	struct profile_data *into;
	const struct profile_data *from;
	uint32_t *modules, *frames, *threads, *stacks;
	uint16_t *events;
};

static uint32_t map_text(const struct id_map *map, uint32_t text)
{
	return string_table_intern(&map->into->strings,
				   string_table_get(&map->from->strings, text));
}

static bool is_same_module(const struct module *a, const struct module *b)
{
	return a->path == b->path && a->kind == b->kind &&
	       a->build_id_length == b->build_id_length &&
	       memcmp(a->build_id, b->build_id, a->build_id_length) == 0;
}

static void map_modules(struct id_map *map)
{
	for (size_t i = 0; i < map->from->modules.count; i++) {
		struct module module = map->from->modules.items[i];
		uint32_t id = 0;

		module.path = map_text(map, module.path);
		module.trouble = map_text(map, module.trouble);
		while (id < map->into->modules.count &&
		       !is_same_module(&map->into->modules.items[id], &module))
			id++;
		if (id == map->into->modules.count)
			vec_push(&map->into->modules, module);
		map->into->modules.items[id].flags |= module.flags;
		map->modules[i] = id;
	}
}

static uint64_t hash_frame(const struct frame *frame)
{
	uint64_t hash = hashmap_hash_u64(frame->svma);

	hash = hashmap_hash_u64(hash ^ ((uint64_t)frame->module << 32 | frame->function));
	return hashmap_hash_u64(hash ^ ((uint64_t)frame->inline_depth << 32 | frame->line));
}

static bool is_same_frame(const struct frame *a, const struct frame *b)
{
	return a->module == b->module && a->function == b->function && a->file == b->file &&
	       a->line == b->line && a->svma == b->svma && a->inline_depth == b->inline_depth;
}

static uint32_t find_frame(const struct profile_data *data, const struct hashmap *index,
			   const struct frame *frame, uint64_t hash)
{
	uint32_t slot, id = hashmap_first(index, hash, &slot);

	while (id != HASHMAP_NONE && !is_same_frame(&data->frames.items[id], frame))
		id = hashmap_next(index, hash, &slot);
	return id;
}

static void map_frames(struct id_map *map)
{
	struct profile_data *into = map->into;
	struct hashmap index;

	hashmap_init(&index);
	for (size_t i = 0; i < into->frames.count; i++)
		hashmap_insert(&index, hash_frame(&into->frames.items[i]), (uint32_t)i);
	for (size_t i = 0; i < map->from->frames.count; i++) {
		struct frame frame = map->from->frames.items[i];
		uint64_t hash;

		frame.module = map->modules[frame.module];
		frame.function = map_text(map, frame.function);
		frame.file = map_text(map, frame.file);
		hash = hash_frame(&frame);
		map->frames[i] = find_frame(into, &index, &frame, hash);
		if (map->frames[i] != HASHMAP_NONE)
			continue;
		map->frames[i] = (uint32_t)into->frames.count;
		hashmap_insert(&index, hash, map->frames[i]);
		vec_push(&into->frames, frame);
	}
	hashmap_release(&index);
}

static bool is_same_thread(const struct profile_thread *a, const struct profile_thread *b)
{
	return a->pid == b->pid && a->tid == b->tid && a->comm == b->comm && a->role == b->role;
}

static uint32_t find_thread(const struct profile_data *data, const struct hashmap *index,
			    const struct profile_thread *thread)
{
	uint32_t slot, id = hashmap_first(index, hashmap_hash_u64(thread->tid), &slot);

	while (id != HASHMAP_NONE && !is_same_thread(&data->threads.items[id], thread))
		id = hashmap_next(index, hashmap_hash_u64(thread->tid), &slot);
	return id;
}

static void map_threads(struct id_map *map)
{
	struct profile_data *into = map->into;
	struct hashmap index;

	hashmap_init(&index);
	for (size_t i = 0; i < into->threads.count; i++)
		hashmap_insert(&index, hashmap_hash_u64(into->threads.items[i].tid), (uint32_t)i);
	for (size_t i = 0; i < map->from->threads.count; i++) {
		struct profile_thread thread = map->from->threads.items[i];

		thread.comm = map_text(map, thread.comm);
		thread.role = map_text(map, thread.role);
		map->threads[i] = find_thread(into, &index, &thread);
		if (map->threads[i] != HASHMAP_NONE)
			continue;
		map->threads[i] = (uint32_t)into->threads.count;
		hashmap_insert(&index, hashmap_hash_u64(thread.tid), map->threads[i]);
		vec_push(&into->threads, thread);
	}
	hashmap_release(&index);
}

static void map_events(struct id_map *map)
{
	for (size_t i = 0; i < map->from->events.count; i++) {
		struct profile_event event = map->from->events.items[i];
		uint16_t id = 0;

		event.name = map_text(map, event.name);
		while (id < map->into->events.count &&
		       map->into->events.items[id].name != event.name)
			id++;
		if (id == map->into->events.count)
			vec_push(&map->into->events, event);
		map->events[i] = id;
	}
}

/* A parent's id is below its children's: one pass is enough. */
static void map_stacks(struct id_map *map)
{
	for (uint32_t id = 0; id < map->from->stacks.nodes.count; id++) {
		const struct stack_node *node = &map->from->stacks.nodes.items[id];

		map->stacks[id] = id < STACK_FIRST ? id
						   : stack_table_intern(&map->into->stacks,
									map->stacks[node->parent],
									map->frames[node->frame]);
	}
}

static void add_samples(const struct id_map *map)
{
	struct profile_data *into = map->into;
	size_t at = into->samples.count, left = map->from->samples.count, total = at + left;

	vec_reserve(&into->samples, total);
	into->samples.count = total;
	while (left > 0) { /* both are in order: merged from the end, in place */
		struct sample sample = map->from->samples.items[left - 1];

		if (at > 0 && into->samples.items[at - 1].time_ns > sample.time_ns) {
			into->samples.items[--total] = into->samples.items[--at];
			continue;
		}
		sample.thread = map->threads[sample.thread];
		sample.stack = map->stacks[sample.stack];
		sample.event = map->events[sample.event];
		into->samples.items[--total] = sample;
		left--;
	}
}

void sample_list_add(struct profile_data *into, const struct profile_data *from)
{
	struct id_map map = {
		.into = into,
		.from = from,
		.modules = alloc_array(from->modules.count + 1, sizeof(*map.modules)),
		.frames = alloc_array(from->frames.count + 1, sizeof(*map.frames)),
		.threads = alloc_array(from->threads.count + 1, sizeof(*map.threads)),
		.stacks = alloc_array(from->stacks.nodes.count + 1, sizeof(*map.stacks)),
		.events = alloc_array(from->events.count + 1, sizeof(*map.events)),
	};

	map_modules(&map);
	map_frames(&map);
	map_threads(&map);
	map_events(&map);
	map_stacks(&map);
	add_samples(&map);
	profile_quality_add(&into->quality, &from->quality);
	into->frequency_hz = from->frequency_hz;
	into->sampler = map_text(&map, from->sampler);
	into->stacks_from = map_text(&map, from->stacks_from);
	free(map.modules);
	free(map.frames);
	free(map.threads);
	free(map.stacks);
	free(map.events);
}

static void add_window(struct sample_list *list, const struct run_record *run)
{
	uint64_t begin_ns = run->phase_begin_ns[PHASE_MEASURE];
	uint64_t end_ns = run->phase_end_ns[PHASE_MEASURE];
	uint64_t start_ns = run->phase_begin_ns[PHASE_START];

	if (list->run_count == 0 || begin_ns < list->begin_ns) {
		list->begin_ns = begin_ns;
		list->begin_wall_ns = run->started_wall_ns;
		if (start_ns > 0 && start_ns < begin_ns)
			list->begin_wall_ns += begin_ns - start_ns;
	}
	if (end_ns > list->end_ns)
		list->end_ns = end_ns;
}

/* A run without a profile adds nothing. */
static int add_run(struct sample_list *list, struct store *store, const struct stored_run *run,
		   struct err *err)
{
	struct profile_data data;
	int r;

	profile_data_init(&data);
	r = store_read_profile(store, run->key, &data, err);
	if (r == 0) {
		sample_list_add(&list->data, &data);
		add_window(list, &run->record);
		list->run_count++;
	}
	profile_data_release(&data);
	return r == -ENOENT ? 0 : r;
}

int sample_list_read(struct sample_list *ret_list, const struct selection *selection, uint32_t arm,
		     struct err *err)
{
	int r = 0;

	*ret_list = (struct sample_list){0};
	profile_data_init(&ret_list->data);
	for (uint32_t a = 0; a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			if (arm == UINT32_MAX || arm == a)
				r = add_run(ret_list, selection->store, &selection->arms[a].runs[i],
					    err);
	if (r == 0 && ret_list->run_count == 0)
		return err_set(err, -ENOENT, "%s has no profile", selection->word);
	return r;
}

void sample_list_release(struct sample_list *list)
{
	profile_data_release(&list->data);
}

uint32_t sample_list_count_inlined(const struct profile_data *data, const uint32_t *frames,
				   uint32_t count, uint32_t at)
{
	const struct frame *frame = &data->frames.items[frames[at]];
	uint32_t end = at + 1;

	while (end < count && frame->inline_depth > 0) {
		const struct frame *caller = &data->frames.items[frames[end]];

		if (caller->module != frame->module || caller->svma != frame->svma ||
		    caller->inline_depth != frame->inline_depth - 1)
			break;
		frame = caller;
		end++;
	}
	return end - at;
}
