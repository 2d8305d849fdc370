#include "view/live_functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"
#include "view/call_paths.h"

struct live_functions {
	struct profile_data *windows; /* a ring */
	uint32_t capacity, count, next;
};

struct live_functions *live_functions_new(uint32_t window_count)
{
	struct live_functions *live = alloc_new(struct live_functions);

	live->capacity = window_count;
	live->windows = alloc_array(window_count, sizeof(*live->windows));
	return live;
}

void live_functions_free(struct live_functions *live)
{
	if (live == NULL)
		return;
	for (uint32_t i = 0; i < live->count; i++)
		profile_data_release(&live->windows[i]);
	free(live->windows);
	free(live);
}

void live_functions_take(struct live_functions *live, struct profile_data *window)
{
	if (live->count == live->capacity)
		profile_data_release(&live->windows[live->next]);
	else
		live->count++;
	live->windows[live->next] = *window;
	live->next = (live->next + 1) % live->capacity;
	profile_data_init(window);
}

/* What a sample of the first event counts; 0 of others, and of other threads. */
static double get_weight(const struct profile_data *data, const struct sample *sample, uint32_t tid)
{
	uint64_t period = data->events.count > 0 ? data->events.items[0].period : 0;

	if (sample->event != 0 || (tid != 0 && data->threads.items[sample->thread].tid != tid))
		return 0;
	return period > 0 ? (double)sample->period / (double)period : 1;
}

static uint32_t add_frame(struct call_paths *paths, const struct profile_data *data,
			  uint32_t parent, uint32_t frame_id, double samples)
{
	const struct frame *frame = &data->frames.items[frame_id];
	const char *module = profile_data_get_module_name(data, frame->module);
	bool is_kernel = data->modules.items[frame->module].kind == MODULE_KERNEL;
	char name[512];

	if (frame->function != STRING_EMPTY)
		return call_paths_add(paths, parent,
				      string_table_get(&data->strings, frame->function), module,
				      is_kernel ? CALL_KERNEL : CALL_USER, samples);
	snprintf(name, sizeof(name), module[0] == '[' ? "%s" : "[%s]", module);
	return call_paths_add(paths, parent, name, module, is_kernel ? CALL_KERNEL : CALL_UNKNOWN,
			      samples);
}

static void add_sample(struct call_paths *paths, const struct profile_data *data,
		       const struct sample *sample, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count =
		stack_table_get_frames(&data->stacks, sample->stack, frames, STACK_DEPTH_MAX);
	uint32_t comm = data->threads.items[sample->thread].comm;
	uint32_t node = call_paths_add(paths, 0, string_table_get(&data->strings, comm), "",
				       CALL_THREAD, samples);

	call_paths_add_total(paths, samples);
	for (uint32_t i = count; i-- > 0;)
		node = add_frame(paths, data, node, frames[i], samples);
	call_paths_add_self(paths, node, samples);
}

static double get_hidden(const struct profile_data *data)
{
	uint64_t weight_ns = profile_data_get_weight_ns(data);

	return weight_ns > 0 ? (double)data->quality.kernel_hidden_ns / (double)weight_ns : 0;
}

static void add_window(struct call_paths *paths, const struct profile_data *data, uint32_t tid)
{
	double hidden = tid == 0 ? get_hidden(data) : 0;

	for (size_t i = 0; i < data->samples.count; i++) {
		double samples = get_weight(data, &data->samples.items[i], tid);

		if (samples > 0)
			add_sample(paths, data, &data->samples.items[i], samples);
	}
	if (hidden > 0) {
		uint32_t node = call_paths_add(paths, 0, "[kernel, hidden]", "[kernel]",
					       CALL_HIDDEN, hidden);

		call_paths_add_total(paths, hidden);
		call_paths_add_self(paths, node, hidden);
	}
}

void live_functions_read_tree(const struct live_functions *live, struct arena *arena, uint32_t tid,
			      struct call_tree *ret_tree)
{
	struct call_paths paths;

	call_paths_begin(&paths, arena);
	for (uint32_t i = 0; i < live->count; i++)
		add_window(&paths, &live->windows[i], tid);
	call_paths_end(&paths, ret_tree);
}

struct builder {
	const struct call_tree *tree;
	VEC(struct hot_function) functions;
	VEC(struct hot_threads_row) threads;
	struct hashmap index;
};

static struct hot_function *find_function(struct builder *builder, const struct call_node *node)
{
	uint64_t hash = hashmap_hash_bytes(node->name, strlen(node->name)) ^
			hashmap_hash_u64(hashmap_hash_bytes(node->module, strlen(node->module)));
	uint32_t slot, id = hashmap_first(&builder->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&builder->index, hash, &slot))
		if (strcmp(builder->functions.items[id].name, node->name) == 0 &&
		    strcmp(builder->functions.items[id].module, node->module) == 0)
			return &builder->functions.items[id];
	hashmap_insert(&builder->index, hash, (uint32_t)builder->functions.count);
	vec_push(&builder->functions,
		 (struct hot_function){.name = node->name,
				       .module = node->module,
				       .file = "",
				       .is_kernel = node->kind == CALL_KERNEL});
	return &builder->functions.items[builder->functions.count - 1];
}

/* A call from within a call of the same function is in that one's total already. */
static bool is_recursive(const struct call_tree *tree, const struct call_node *node)
{
	for (uint32_t at = node->parent; at != 0; at = tree->nodes[at].parent)
		if (strcmp(tree->nodes[at].name, node->name) == 0 &&
		    strcmp(tree->nodes[at].module, node->module) == 0)
			return true;
	return false;
}

static void add_functions(struct builder *builder)
{
	for (uint32_t i = 1; i < builder->tree->count; i++) {
		const struct call_node *node = &builder->tree->nodes[i];
		struct hot_function *function;

		if (node->kind == CALL_THREAD)
			continue;
		function = find_function(builder, node);
		function->self += node->self;
		if (!is_recursive(builder->tree, node))
			function->total += node->total;
	}
}

static struct hot_threads_row *find_thread(struct builder *builder, struct arena *arena,
					   const struct profile_data *data, uint32_t thread)
{
	const struct profile_thread *of = &data->threads.items[thread];

	for (size_t i = 0; i < builder->threads.count; i++)
		if (builder->threads.items[i].tid == of->tid &&
		    builder->threads.items[i].pid == of->pid)
			return &builder->threads.items[i];
	vec_push(&builder->threads,
		 (struct hot_threads_row){
			 .comm = arena_strdup(arena, string_table_get(&data->strings, of->comm)),
			 .role = arena_strdup(arena, string_table_get(&data->strings, of->role)),
			 .pid = of->pid,
			 .tid = of->tid});
	return &builder->threads.items[builder->threads.count - 1];
}

/* By thread of the window first: most samples are of few threads. */
static void add_threads(struct builder *builder, struct arena *arena,
			const struct profile_data *data)
{
	double *samples = alloc_array(data->threads.count + 1, sizeof(*samples));

	for (size_t i = 0; i < data->samples.count; i++)
		samples[data->samples.items[i].thread] +=
			get_weight(data, &data->samples.items[i], 0);
	for (uint32_t i = 0; i < data->threads.count; i++)
		if (samples[i] > 0)
			find_thread(builder, arena, data, i)->samples += samples[i];
	free(samples);
}

static void add_events(struct profile_summary *summary, struct arena *arena,
		       const struct profile_data *data)
{
	const char **names = arena_alloc(arena, data->events.count + 1, sizeof(*names));

	for (size_t i = 0; i < data->events.count; i++)
		names[i] = arena_strdup(
			arena, string_table_get(&data->strings, data->events.items[i].name));
	summary->events = names;
	summary->event_count = (uint32_t)data->events.count;
	summary->event = data->events.count > 0 ? names[0] : "";
	summary->event_period = data->events.count > 0 ? data->events.items[0].period : 0;
	summary->weight_ns = profile_data_get_weight_ns(data);
}

static void add_summary(struct profile_summary *summary, struct arena *arena,
			const struct profile_data *data)
{
	profile_quality_add(&summary->quality, &data->quality);
	summary->frames += data->frames.count;
	for (size_t i = 0; i < data->frames.count; i++)
		summary->frames_unsymbolized += data->frames.items[i].function == STRING_EMPTY;
	summary->stacks += data->stacks.nodes.count - STACK_FIRST;
	summary->frequency_hz = data->frequency_hz;
	summary->sampler = arena_strdup(arena, string_table_get(&data->strings, data->sampler));
	summary->stacks_from =
		arena_strdup(arena, string_table_get(&data->strings, data->stacks_from));
	add_events(summary, arena, data);
	for (size_t i = 0; i < data->samples.count; i++) {
		double weight = get_weight(data, &data->samples.items[i], 0);

		summary->selected += weight;
		summary->selected_count += weight > 0;
	}
	summary->samples_with_hidden += get_hidden(data);
	summary->run_count = 1;
}

static int compare_functions(const void *a, const void *b)
{
	const struct hot_function *left = a, *right = b;
	int by_name;

	if (left->self != right->self)
		return left->self > right->self ? -1 : 1;
	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	by_name = strcmp(left->name, right->name);
	return by_name != 0 ? by_name : strcmp(left->module, right->module);
}

static int compare_threads(const void *a, const void *b)
{
	const struct hot_threads_row *left = a, *right = b;

	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	return (left->tid > right->tid) - (left->tid < right->tid);
}

static void settle(struct builder *builder, struct arena *arena, struct hot_functions *view)
{
	size_t count = builder->functions.count;

	view->function_count = (uint32_t)count;
	view->functions = arena_alloc(arena, count + 1, sizeof(*view->functions));
	if (count > 0) {
		memcpy(view->functions, builder->functions.items, count * sizeof(*view->functions));
		qsort(view->functions, count, sizeof(*view->functions), compare_functions);
	}
	count = builder->threads.count;
	view->thread_count = (uint32_t)count;
	view->threads = arena_alloc(arena, count + 1, sizeof(*view->threads));
	if (count > 0) {
		memcpy(view->threads, builder->threads.items, count * sizeof(*view->threads));
		qsort(view->threads, count, sizeof(*view->threads), compare_threads);
	}
	vec_release(&builder->functions);
	vec_release(&builder->threads);
	hashmap_release(&builder->index);
}

void live_functions_read(const struct live_functions *live, struct arena *arena, uint32_t tid,
			 struct hot_functions *ret_view)
{
	struct call_tree tree;
	struct builder builder = {.tree = &tree};

	*ret_view =
		(struct hot_functions){.summary = {.event = "", .sampler = "", .stacks_from = ""}};
	hashmap_init(&builder.index);
	live_functions_read_tree(live, arena, tid, &tree);
	for (uint32_t i = 0; i < live->count; i++) {
		add_threads(&builder, arena, &live->windows[i]);
		add_summary(&ret_view->summary, arena, &live->windows[i]);
	}
	ret_view->summary.samples_with_hidden += ret_view->summary.selected;
	add_functions(&builder);
	settle(&builder, arena, ret_view);
}
