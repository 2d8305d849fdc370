#include "view/hot_functions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_read.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct merge {
	struct arena *arena;
	struct profile_summary summary;
	VEC(struct hot_function) functions;
	struct hashmap function_index;
	VEC(struct hot_threads_row) threads;
};

static uint32_t find_function(struct merge *merge, const char *name, const char *module,
			      bool is_kernel)
{
	uint64_t hash = hashmap_hash_bytes(name, strlen(name)) ^
			hashmap_hash_u64(hashmap_hash_bytes(module, strlen(module)));
	uint32_t slot, id = hashmap_first(&merge->function_index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&merge->function_index, hash, &slot))
		if (strcmp(merge->functions.items[id].name, name) == 0 &&
		    strcmp(merge->functions.items[id].module, module) == 0)
			return id;
	id = (uint32_t)merge->functions.count;
	vec_push(&merge->functions,
		 (struct hot_function){.name = arena_strdup(merge->arena, name),
				       .module = arena_strdup(merge->arena, module),
				       .file = "",
				       .is_kernel = is_kernel});
	hashmap_insert(&merge->function_index, hash, id);
	return id;
}

/* The function of each frame of a run, by frame id. */
static uint32_t *map_frames(struct merge *merge, const struct profile_data *data)
{
	uint32_t *functions = arena_alloc(merge->arena, data->frames.count + 1, sizeof(*functions));

	for (uint32_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];
		const struct module *module = &data->modules.items[frame->module];
		struct hot_function *function;
		char name[1024];

		profile_data_format_frame(data, i, name, sizeof(name));
		functions[i] = find_function(merge, name,
					     profile_data_get_module_name(data, frame->module),
					     module->kind == MODULE_KERNEL);
		function = &merge->functions.items[functions[i]];
		if (function->line == 0 && frame->line > 0) {
			function->line = frame->line;
			function->file = arena_strdup(
				merge->arena, string_table_get(&data->strings, frame->file));
		}
	}
	return functions;
}

/*
 * Self to the leaf; total once to each function of the stack. `seen` holds the last stack that
 * counted a function.
 */
static void count_stack(struct merge *merge, const struct profile_data *data,
			const uint32_t *functions, uint32_t *seen, uint32_t stack, uint64_t samples)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t function = functions[frames[i]];

		if (i == 0)
			merge->functions.items[function].self += (double)samples;
		if (seen[function] != stack)
			merge->functions.items[function].total += (double)samples;
		seen[function] = stack;
	}
}

static void count_threads(struct merge *merge, const struct profile_data *data)
{
	size_t first = merge->threads.count;

	for (size_t i = 0; i < data->threads.count; i++) {
		const struct profile_thread *thread = &data->threads.items[i];

		vec_push(&merge->threads,
			 (struct hot_threads_row){
				 .comm = arena_strdup(merge->arena, string_table_get(&data->strings,
										     thread->comm)),
				 .role = arena_strdup(merge->arena, string_table_get(&data->strings,
										     thread->role)),
				 .pid = thread->pid,
				 .tid = thread->tid});
	}
	for (size_t i = 0; i < data->samples.count; i++)
		merge->threads.items[first + data->samples.items[i].thread].samples++;
}

static void add_summary(struct merge *merge, const struct profile_data *data)
{
	struct profile_summary *summary = &merge->summary;
	const struct profile_quality *from = &data->quality;
	struct profile_quality *to = &summary->quality;

	to->sample_count += from->sample_count;
	to->complete_count += from->complete_count;
	to->joined_count += from->joined_count;
	to->truncated_count += from->truncated_count;
	to->lost_count += from->lost_count;
	to->throttled_count += from->throttled_count;
	to->kernel_hidden_ns += from->kernel_hidden_ns;
	to->bytes_from_kernel += from->bytes_from_kernel;
	to->cpu_ns += from->cpu_ns;
	to->is_kernel_hidden = to->is_kernel_hidden || from->is_kernel_hidden;
	summary->frames += data->frames.count;
	for (size_t i = 0; i < data->frames.count; i++)
		summary->frames_unsymbolized += data->frames.items[i].function == STRING_EMPTY;
	summary->stacks += data->stacks.nodes.count - STACK_FIRST;
	summary->frequency_hz = data->frequency_hz;
	summary->weight_ns = data->weight_ns;
	summary->event = arena_strdup(merge->arena, string_table_get(&data->strings, data->event));
	summary->sampler =
		arena_strdup(merge->arena, string_table_get(&data->strings, data->sampler));
	summary->samples_with_hidden +=
		(double)from->sample_count +
		(data->weight_ns > 0 ? (double)from->kernel_hidden_ns / (double)data->weight_ns
				     : 0);
	summary->run_count++;
}

static void merge_profile(struct merge *merge, const struct profile_data *data)
{
	uint32_t *functions = map_frames(merge, data);
	uint32_t *seen = arena_alloc(merge->arena, merge->functions.count + 1, sizeof(*seen));
	uint64_t *samples =
		arena_alloc(merge->arena, data->stacks.nodes.count + 1, sizeof(*samples));

	add_summary(merge, data);
	count_threads(merge, data);
	for (size_t i = 0; i < data->samples.count; i++)
		samples[data->samples.items[i].stack]++;
	for (uint32_t stack = STACK_FIRST; stack < data->stacks.nodes.count; stack++)
		if (samples[stack] > 0)
			count_stack(merge, data, functions, seen, stack, samples[stack]);
	if (data->quality.kernel_hidden_ns > 0 && data->weight_ns > 0) {
		uint32_t hidden = find_function(merge, "[kernel, hidden]", "[kernel]", true);
		double equivalent =
			(double)data->quality.kernel_hidden_ns / (double)data->weight_ns;

		merge->functions.items[hidden].self += equivalent;
		merge->functions.items[hidden].total += equivalent;
	}
}

static int merge_run(struct merge *merge, struct store *store, const struct stored_run *run,
		     struct err *err)
{
	struct profile_data data;
	int r;

	profile_data_init(&data);
	r = store_read_profile(store, run->key, &data, err);
	if (r == 0)
		merge_profile(merge, &data);
	profile_data_release(&data);
	return r == -ENOENT ? 0 : r;
}

static int compare_functions(const void *a, const void *b)
{
	const struct hot_function *left = a, *right = b;

	if (left->self != right->self)
		return left->self > right->self ? -1 : 1;
	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int compare_threads(const void *a, const void *b)
{
	const struct hot_threads_row *left = a, *right = b;

	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	return (left->tid > right->tid) - (left->tid < right->tid);
}

static void settle(struct merge *merge, struct hot_functions *view)
{
	view->summary = merge->summary;
	view->function_count = (uint32_t)merge->functions.count;
	view->functions =
		arena_alloc(merge->arena, merge->functions.count + 1, sizeof(*view->functions));
	for (size_t i = 0; i < merge->functions.count; i++)
		view->functions[i] = merge->functions.items[i];
	qsort(view->functions, view->function_count, sizeof(*view->functions), compare_functions);
	view->thread_count = (uint32_t)merge->threads.count;
	view->threads = arena_alloc(merge->arena, merge->threads.count + 1, sizeof(*view->threads));
	for (size_t i = 0; i < merge->threads.count; i++)
		view->threads[i] = merge->threads.items[i];
	qsort(view->threads, view->thread_count, sizeof(*view->threads), compare_threads);
	vec_release(&merge->functions);
	vec_release(&merge->threads);
	hashmap_release(&merge->function_index);
}

int hot_functions_read(struct hot_functions *ret_view, struct arena *arena,
		       const struct selection *selection, uint32_t arm, struct err *err)
{
	struct merge merge = {.arena = arena, .summary = {.event = "", .sampler = ""}};
	int r = 0;

	hashmap_init(&merge.function_index);
	for (uint32_t a = 0; a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			if (arm == UINT32_MAX || arm == a)
				r = merge_run(&merge, selection->store, &selection->arms[a].runs[i],
					      err);
	settle(&merge, ret_view);
	if (r == 0 && ret_view->summary.run_count == 0)
		r = err_set(err, -ENOENT, "%s has no profile", selection->word);
	return r;
}
