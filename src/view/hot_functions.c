#include "view/hot_functions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct merge {
	struct arena *arena;
	enum hot_group group;
	bool is_partial;
	struct profile_summary summary;
	VEC(struct hot_function) functions;
	struct hashmap function_index;
	VEC(struct hot_threads_row) threads;
	VEC(struct hot_module) modules;
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
				       .is_kernel = is_kernel,
				       .is_inlined = true});
	hashmap_insert(&merge->function_index, hash, id);
	return id;
}

/* What the row of a frame is called; a text too long for the buffer is cut. */
static void format_name(const struct merge *merge, const struct profile_data *data,
			uint32_t frame_id, char *name, size_t size)
{
	const struct frame *frame = &data->frames.items[frame_id];
	const char *module = profile_data_get_module_name(data, frame->module);
	const char *file = string_table_get(&data->strings, frame->file);

	if (merge->group == HOT_FUNCTIONS)
		profile_data_format_frame(data, frame_id, name, (uint32_t)size);
	else if (merge->group == HOT_MODULES)
		snprintf(name, size, "%s", module);
	else if (file[0] == '\0')
		snprintf(name, size, module[0] == '[' ? "%s" : "[%s]", module);
	else if (merge->group == HOT_FILES)
		snprintf(name, size, "%s", file);
	else
		snprintf(name, size, "%s:%" PRIu32, file, frame->line);
}

/* The row of each frame of a run, by frame id. Caller frees. */
static uint32_t *map_frames(struct merge *merge, const struct profile_data *data)
{
	uint32_t *functions = alloc_array(data->frames.count + 1, sizeof(*functions));

	for (uint32_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];
		const struct module *module = &data->modules.items[frame->module];
		struct hot_function *function;
		char name[4096];

		format_name(merge, data, i, name, sizeof(name));
		functions[i] =
			find_function(merge, name,
				      merge->group == HOT_FILES
					      ? ""
					      : profile_data_get_module_name(data, frame->module),
				      module->kind == MODULE_KERNEL);
		function = &merge->functions.items[functions[i]];
		function->is_inlined = function->is_inlined && frame->inline_depth > 0;
		if (function->line == 0 && frame->line > 0) {
			function->line = frame->line;
			function->file = arena_strdup(
				merge->arena, string_table_get(&data->strings, frame->file));
		}
	}
	return functions;
}

static struct hot_module *find_module(struct merge *merge, const struct profile_data *data,
				      uint32_t id)
{
	const struct module *module = &data->modules.items[id];
	const char *path = string_table_get(&data->strings, module->path);
	const char *trouble = string_table_get(&data->strings, module->trouble);
	struct hot_module *found = NULL;

	for (size_t i = 0; i < merge->modules.count && found == NULL; i++)
		if (strcmp(merge->modules.items[i].path, path) == 0)
			found = &merge->modules.items[i];
	if (found == NULL) {
		const char *name = profile_data_get_module_name(data, id);

		vec_push(&merge->modules,
			 (struct hot_module){.name = arena_strdup(merge->arena, name),
					     .path = arena_strdup(merge->arena, path),
					     .kind = module->kind,
					     .trouble = ""});
		found = &merge->modules.items[merge->modules.count - 1];
	}
	found->flags |= module->flags;
	if (found->trouble[0] == '\0' && trouble[0] != '\0')
		found->trouble = arena_strdup(merge->arena, trouble);
	return found;
}

/*
 * Self to the leaf; total once to each function of the stack. `seen` holds the last stack that
 * counted a function.
 */
static void count_stack(struct merge *merge, const struct profile_data *data,
			const uint32_t *functions, uint32_t *seen, uint32_t stack, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t function = functions[frames[i]];

		if (i == 0)
			merge->functions.items[function].self += samples;
		if (seen[function] != stack)
			merge->functions.items[function].total += samples;
		seen[function] = stack;
	}
}

static void count_stacks(struct merge *merge, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	uint32_t *functions = map_frames(merge, data);
	uint32_t *seen = alloc_array(merge->functions.count + 1, sizeof(*seen));
	double *self = alloc_array(data->modules.count + 1, sizeof(*self)); /* by module */
	double *samples = profile_filter_sum_stacks(profile);

	for (uint32_t stack = STACK_FIRST; stack < data->stacks.nodes.count; stack++)
		if (samples[stack] > 0) {
			uint32_t leaf = data->stacks.nodes.items[stack].frame;

			count_stack(merge, data, functions, seen, stack, samples[stack]);
			self[data->frames.items[leaf].module] += samples[stack];
		}
	for (uint32_t i = 0; i < data->modules.count; i++)
		if (self[i] > 0)
			find_module(merge, data, i)->self += self[i];
	free(samples);
	free(self);
	free(seen);
	free(functions);
}

/* Threads behind the filter, and what was selected in all. */
static void count_threads(struct merge *merge, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
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
	for (size_t i = 0; i < data->samples.count; i++) {
		const struct sample *sample = &data->samples.items[i];
		double weight = profile_filter_get_weight(profile, sample);

		merge->threads.items[first + sample->thread].samples += weight;
		merge->summary.selected += weight;
		merge->summary.selected_count += weight > 0;
	}
}

static void add_events(struct merge *merge, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	struct profile_summary *summary = &merge->summary;
	const char **names = arena_alloc(merge->arena, data->events.count + 1, sizeof(*names));

	for (size_t i = 0; i < data->events.count; i++)
		names[i] = arena_strdup(
			merge->arena, string_table_get(&data->strings, data->events.items[i].name));
	summary->events = names;
	summary->event_count = (uint32_t)data->events.count;
	if (data->events.count > 0) {
		summary->event = names[profile->event];
		summary->event_period = (uint64_t)profile->unit;
		summary->weight_ns = profile->is_clock ? (uint64_t)profile->unit : 0;
	}
}

/* The measured window; where it is not known, from the first sample to the last. */
static uint64_t get_duration_ns(const struct filtered_profile *profile)
{
	const struct run_record *run = &profile->run->record;
	const struct profile_data *data = profile->data;

	if (run->phase_begin_ns[PHASE_MEASURE] > 0 &&
	    run->phase_end_ns[PHASE_MEASURE] > run->phase_begin_ns[PHASE_MEASURE])
		return run->phase_end_ns[PHASE_MEASURE] - run->phase_begin_ns[PHASE_MEASURE];
	if (data->samples.count == 0)
		return 0;
	return data->samples.items[data->samples.count - 1].time_ns -
	       data->samples.items[0].time_ns;
}

static void add_summary(struct merge *merge, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	struct profile_summary *summary = &merge->summary;

	profile_quality_add(&summary->quality, &data->quality);
	summary->frames += data->frames.count;
	for (size_t i = 0; i < data->frames.count; i++)
		summary->frames_unsymbolized += data->frames.items[i].function == STRING_EMPTY;
	summary->stacks += data->stacks.nodes.count - STACK_FIRST;
	summary->duration_ns += get_duration_ns(profile);
	summary->frequency_hz = data->frequency_hz;
	summary->sampler =
		arena_strdup(merge->arena, string_table_get(&data->strings, data->sampler));
	summary->stacks_from =
		arena_strdup(merge->arena, string_table_get(&data->strings, data->stacks_from));
	if (summary->event_count == 0)
		add_events(merge, profile);
	summary->run_count++;
}

static int merge_profile(void *context, const struct filtered_profile *profile, struct err *err)
{
	struct merge *merge = context;

	(void)err;
	add_summary(merge, profile);
	count_threads(merge, profile);
	count_stacks(merge, profile);
	merge->summary.samples_with_hidden += profile->hidden;
	if (profile->hidden > 0) {
		uint32_t hidden = find_function(merge, "[kernel, hidden]", "[kernel]", true);

		merge->functions.items[hidden].is_inlined = false;
		merge->functions.items[hidden].self += profile->hidden;
		merge->functions.items[hidden].total += profile->hidden;
	}
	return 0;
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

static int compare_modules(const void *a, const void *b)
{
	const struct hot_module *left = a, *right = b;

	if (left->self != right->self)
		return left->self > right->self ? -1 : 1;
	return strcmp(left->path, right->path);
}

/* Behind a filter, what has no samples there is left out. */
static void settle_functions(struct merge *merge, struct hot_functions *view)
{
	bool is_all = !merge->is_partial && merge->summary.event_count <= 1;

	view->functions =
		arena_alloc(merge->arena, merge->functions.count + 1, sizeof(*view->functions));
	for (size_t i = 0; i < merge->functions.count; i++)
		if (is_all || merge->functions.items[i].total > 0)
			view->functions[view->function_count++] = merge->functions.items[i];
	view->threads = arena_alloc(merge->arena, merge->threads.count + 1, sizeof(*view->threads));
	for (size_t i = 0; i < merge->threads.count; i++)
		if (is_all || merge->threads.items[i].samples > 0)
			view->threads[view->thread_count++] = merge->threads.items[i];
}

static void settle(struct merge *merge, struct hot_functions *view)
{
	struct profile_summary *summary = &view->summary;

	*view = (struct hot_functions){.summary = merge->summary};
	summary->is_partial = merge->is_partial;
	summary->samples_with_hidden += summary->selected;
	settle_functions(merge, view);
	qsort(view->functions, view->function_count, sizeof(*view->functions), compare_functions);
	qsort(view->threads, view->thread_count, sizeof(*view->threads), compare_threads);
	summary->module_count = (uint32_t)merge->modules.count;
	summary->modules =
		arena_alloc(merge->arena, merge->modules.count + 1, sizeof(*summary->modules));
	for (size_t i = 0; i < merge->modules.count; i++)
		summary->modules[i] = merge->modules.items[i];
	qsort(summary->modules, summary->module_count, sizeof(*summary->modules), compare_modules);
	vec_release(&merge->functions);
	vec_release(&merge->threads);
	vec_release(&merge->modules);
	hashmap_release(&merge->function_index);
}

const char *hot_functions_get_group_name(enum hot_group group)
{
	switch (group) {
	case HOT_MODULES:
		return "module";
	case HOT_FILES:
		return "file";
	case HOT_LINES:
		return "line";
	case HOT_FUNCTIONS:
		break;
	}
	return "function";
}

int hot_functions_read_by(struct hot_functions *ret_view, struct arena *arena,
			  const struct selection *selection, uint32_t arm, enum hot_group group,
			  const struct profile_filter *filter, struct err *err)
{
	struct merge merge = {.arena = arena,
			      .group = group,
			      .is_partial = profile_filter_is_partial(filter),
			      .summary = {.event = "", .sampler = "", .stacks_from = ""}};
	int r;

	hashmap_init(&merge.function_index);
	r = profile_filter_read(selection, arm, filter, merge_profile, &merge, err);
	settle(&merge, ret_view);
	return r;
}

int hot_functions_read(struct hot_functions *ret_view, struct arena *arena,
		       const struct selection *selection, uint32_t arm,
		       const struct profile_filter *filter, struct err *err)
{
	return hot_functions_read_by(ret_view, arena, selection, arm, HOT_FUNCTIONS, filter, err);
}
