#include "view/call_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_read.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"
#include "view/function_samples.h"
#include "view/profile_replicates.h"
#include "view/tree_diff.h"

struct builder {
	struct arena *arena;
	VEC(struct call_node) nodes;
	struct hashmap index; /* of (parent, name, module) */
	double *work;	      /* of the runs so far */
	struct store *store;
	/* of a difference: the profile of now, NULL = no difference; and samples by node and
	 * replicate, row-major */
	const struct replicated_profile *replicated;
	uint32_t replicate_count;
	VEC(double) counts;
	double *parts; /* what is added now, by replicate of the profile */
	/* of a tree around a function: NULL = the whole tree */
	const char *name, *module;
	enum call_direction direction;
};

static uint32_t find_child(struct builder *builder, uint32_t parent, const char *name,
			   const char *module, enum call_kind kind)
{
	uint64_t hash = hashmap_hash_u64(hashmap_hash_bytes(name, strlen(name)) + parent) ^
			hashmap_hash_bytes(module, strlen(module));
	uint32_t slot, id = hashmap_first(&builder->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&builder->index, hash, &slot)) {
		const struct call_node *node = &builder->nodes.items[id];

		if (node->parent == parent && strcmp(node->name, name) == 0 &&
		    strcmp(node->module, module) == 0)
			return id;
	}
	id = (uint32_t)builder->nodes.count;
	vec_push(&builder->nodes, (struct call_node){.name = arena_strdup(builder->arena, name),
						     .module = arena_strdup(builder->arena, module),
						     .kind = kind,
						     .is_inlined = true,
						     .parent = parent,
						     .first_child = CALL_TREE_NONE,
						     .next_sibling = CALL_TREE_NONE});
	hashmap_insert(&builder->index, hash, id);
	for (uint32_t i = 0; i < builder->replicate_count; i++)
		vec_push(&builder->counts, 0.0);
	return id;
}

static bool is_base(const struct builder *builder)
{
	return builder->replicated != NULL && builder->replicated->side == PROFILE_BASE;
}

static void add_total(struct builder *builder, uint32_t node, double samples)
{
	if (is_base(builder))
		builder->nodes.items[node].base_total += samples;
	else
		builder->nodes.items[node].total += samples;
	if (builder->replicated != NULL) {
		double *counts = builder->counts.items + (size_t)node * builder->replicate_count +
				 builder->replicated->first;

		for (uint32_t i = 0; i < builder->replicated->count; i++)
			counts[i] += builder->parts[i];
	}
}

static void add_self(struct builder *builder, uint32_t node, double samples)
{
	if (is_base(builder))
		builder->nodes.items[node].base_self += samples;
	else
		builder->nodes.items[node].self += samples;
}

/*
 * A frame without a symbol is "[module]": its addresses would only splinter the picture. In a
 * difference the clones and parts of a function are one, as another build has others.
 */
static uint32_t add_frame(struct builder *builder, const struct profile_data *data, uint32_t parent,
			  uint32_t frame_id)
{
	const struct frame *frame = &data->frames.items[frame_id];
	const struct module *module = &data->modules.items[frame->module];
	const char *path = profile_data_get_module_name(data, frame->module);
	enum call_kind kind = module->kind == MODULE_KERNEL ? CALL_KERNEL : CALL_USER;
	const char *name = string_table_get(&data->strings, frame->function);
	struct call_node *node;
	char text[4096];
	uint32_t id;

	if (builder->replicated != NULL) {
		snprintf(text, sizeof(text), "%.*s", (int)function_samples_measure_name(name),
			 name);
		name = text;
	}
	if (frame->function == STRING_EMPTY) {
		snprintf(text, sizeof(text), path[0] == '[' ? "%s" : "[%s]", path);
		name = text;
		kind = kind == CALL_KERNEL ? kind : CALL_UNKNOWN;
	}
	id = find_child(builder, parent, name, path, kind);
	node = &builder->nodes.items[id];
	node->is_inlined = node->is_inlined && frame->inline_depth > 0;
	return id;
}

/* The first level: threads, and what is no thread's. */
static uint32_t add_top(struct builder *builder, const char *name, const char *module,
			enum call_kind kind)
{
	uint32_t node = find_child(builder, 0, name, module, kind);

	builder->nodes.items[node].is_inlined = false;
	return node;
}

static void add_stack(struct builder *builder, const struct profile_data *data, uint32_t thread,
		      uint32_t stack, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);
	const char *comm = string_table_get(&data->strings, data->threads.items[thread].comm);
	uint32_t node = add_top(builder, comm, "", CALL_THREAD);

	add_total(builder, 0, samples);
	add_total(builder, node, samples);
	for (uint32_t i = count; i-- > 0;) {
		node = add_frame(builder, data, node, frames[i]);
		add_total(builder, node, samples);
	}
	add_self(builder, node, samples);
}

static bool is_function(const struct builder *builder, const struct profile_data *data,
			uint32_t frame)
{
	char name[4096];

	profile_data_format_frame(data, frame, name, sizeof(name));
	return strcmp(name, builder->name) == 0 &&
	       strcmp(profile_data_get_module_name(data, data->frames.items[frame].module),
		      builder->module) == 0;
}

/* `is_center`: by frame id, whether it is the function that the tree is around. */
static void add_stack_around(struct builder *builder, const struct profile_data *data,
			     const bool *is_center, uint32_t stack, double samples)
{
	uint32_t frames[STACK_DEPTH_MAX], at = 0, node = 0;
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);
	bool is_up = builder->direction == CALL_CALLERS;

	add_total(builder, 0, samples);
	if (is_up)
		while (at < count && !is_center[frames[at]])
			at++;
	else
		for (at = count; at > 0 && !is_center[frames[at - 1]];)
			at--;
	if (is_up ? at == count : at == 0)
		return;
	while (is_up ? at < count : at > 0) {
		node = add_frame(builder, data, node, frames[is_up ? at++ : --at]);
		add_total(builder, node, samples);
	}
	add_self(builder, node, samples);
}

static void add_around(struct builder *builder, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	bool *is_center = alloc_array(data->frames.count + 1, sizeof(*is_center));
	double *samples = profile_filter_sum_stacks(profile);

	for (uint32_t i = 0; i < data->frames.count; i++)
		is_center[i] = is_function(builder, data, i);
	add_total(builder, 0,
		  samples[STACK_COMPLETE] + samples[STACK_TRUNCATED] +
			  samples[STACK_JOINED]); /* without frames */
	for (uint32_t stack = STACK_FIRST; stack < data->stacks.nodes.count; stack++)
		if (samples[stack] > 0)
			add_stack_around(builder, data, is_center, stack, samples[stack]);
	add_total(builder, 0, profile->hidden);
	free(samples);
	free(is_center);
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *left = a, *right = b;

	if (left->thread != right->thread)
		return left->thread < right->thread ? -1 : 1;
	return (left->stack > right->stack) - (left->stack < right->stack);
}

/* What the samples of one thread and stack count, of a difference by replicate, too. */
static double sum_samples(struct builder *builder, const struct filtered_profile *profile,
			  const struct sample *samples, size_t count)
{
	double sum = 0;

	if (builder->replicated != NULL)
		memset(builder->parts, 0, builder->replicated->count * sizeof(double));
	for (size_t i = 0; i < count; i++) {
		double weight = profile_filter_get_weight(profile, &samples[i]);

		if (builder->replicated != NULL)
			builder->parts[profile_replicates_find(builder->replicated, &samples[i])] +=
				weight;
		sum += weight;
	}
	return sum;
}

static void add_hidden(struct builder *builder, double hidden)
{
	uint32_t node = add_top(builder, "[kernel, hidden]", "[kernel]", CALL_HIDDEN);

	for (uint32_t i = 0; builder->replicated != NULL && i < builder->replicated->count; i++)
		builder->parts[i] = hidden * builder->replicated->replicates[i].hidden_ratio;
	add_total(builder, 0, hidden);
	add_total(builder, node, hidden);
	add_self(builder, node, hidden);
}

static void add_whole(struct builder *builder, const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	size_t count = data->samples.count;
	struct sample *samples = alloc_array(count + 1, sizeof(*samples));

	if (count > 0) {
		memcpy(samples, data->samples.items, count * sizeof(*samples));
		qsort(samples, count, sizeof(*samples), compare_samples);
	}
	for (size_t i = 0, end; i < count; i = end) {
		double sum;

		for (end = i + 1; end < count && compare_samples(&samples[i], &samples[end]) == 0;
		     end++)
			;
		sum = sum_samples(builder, profile, samples + i, end - i);
		if (sum > 0)
			add_stack(builder, data, samples[i].thread, samples[i].stack, sum);
	}
	free(samples);
	if (profile->hidden > 0)
		add_hidden(builder, profile->hidden);
}

static int add_work(struct builder *builder, struct store *store, const struct stored_run *run,
		    double *work, struct err *err)
{
	struct metric_value *metrics;
	uint32_t count;
	int r = store_list_metrics(store, builder->arena, run->key, &metrics, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++)
		if (strcmp(metrics[i].name, "requests") == 0 && metrics[i].scope[0] == '\0')
			*work += metrics[i].value;
	return r;
}

/* Profile and work of one run; a run without a profile adds neither. */
static int add_run(void *context, const struct filtered_profile *profile, struct err *err)
{
	struct builder *builder = context;

	if (builder->name != NULL)
		add_around(builder, profile);
	else
		add_whole(builder, profile);
	return add_work(builder, builder->store, profile->run, builder->work, err);
}

static int add_side(struct builder *builder, const struct selection *selection, uint32_t arm,
		    const struct profile_filter *filter, double *work, struct err *err)
{
	builder->store = selection->store;
	builder->work = work;
	return profile_filter_read(selection, arm, filter, add_run, builder, err);
}

static int add_replicated(void *context, const struct replicated_profile *replicated,
			  struct err *err)
{
	struct builder *builder = context;

	(void)err;
	builder->replicated = replicated;
	add_whole(builder, replicated->profile);
	return 0;
}

struct order {
	const struct call_node *nodes;
};

static int compare_children(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct call_node *left = &order->nodes[*(const uint32_t *)a];
	const struct call_node *right = &order->nodes[*(const uint32_t *)b];
	int by_name;

	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	by_name = strcmp(left->name, right->name);
	return by_name != 0 ? by_name : strcmp(left->module, right->module);
}

/* Links children by name, so that the same profile makes the same picture. */
static void link_children(struct call_tree *tree, struct arena *arena)
{
	struct order order = {.nodes = tree->nodes};
	uint32_t *ids = arena_alloc(arena, tree->count, sizeof(*ids));

	for (uint32_t i = 1; i < tree->count; i++)
		ids[i - 1] = i;
	qsort_r(ids, tree->count - 1, sizeof(*ids), compare_children, &order);
	for (uint32_t i = tree->count - 1; i-- > 0;) {
		struct call_node *node = &tree->nodes[ids[i]], *parent = &tree->nodes[node->parent];

		node->next_sibling = parent->first_child;
		parent->first_child = ids[i];
	}
}

/* `replicate_count`: of a difference, else 0. */
static void begin(struct builder *builder, struct arena *arena, uint32_t replicate_count)
{
	*builder = (struct builder){.arena = arena, .replicate_count = replicate_count};
	builder->parts = alloc_array(replicate_count + 1, sizeof(*builder->parts));
	for (uint32_t i = 0; i < replicate_count; i++)
		vec_push(&builder->counts, 0.0);
	hashmap_init(&builder->index);
	vec_push(&builder->nodes, (struct call_node){.name = "all",
						     .module = "",
						     .kind = CALL_THREAD,
						     .parent = CALL_TREE_NONE,
						     .first_child = CALL_TREE_NONE,
						     .next_sibling = CALL_TREE_NONE});
}

static void settle_nodes(struct builder *builder, struct call_tree *tree)
{
	tree->count = (uint32_t)builder->nodes.count;
	tree->nodes = arena_alloc(builder->arena, tree->count, sizeof(*tree->nodes));
	for (uint32_t i = 0; i < tree->count; i++)
		tree->nodes[i] = builder->nodes.items[i];
	link_children(tree, builder->arena);
}

static void release(struct builder *builder)
{
	vec_release(&builder->nodes);
	vec_release(&builder->counts);
	free(builder->parts);
	hashmap_release(&builder->index);
}

static void settle(struct builder *builder, struct call_tree *tree)
{
	settle_nodes(builder, tree);
	release(builder);
}

int call_tree_read(struct call_tree *ret_tree, struct arena *arena,
		   const struct selection *selection, uint32_t arm,
		   const struct profile_filter *filter, struct err *err)
{
	struct builder builder;
	int r;

	*ret_tree = (struct call_tree){0};
	begin(&builder, arena, 0);
	r = add_side(&builder, selection, arm, filter, &ret_tree->work, err);
	settle(&builder, ret_tree);
	return r;
}

int call_tree_read_difference(struct call_tree *ret_tree, struct arena *arena,
			      const struct selection *base, uint32_t base_arm,
			      const struct selection *head, uint32_t head_arm,
			      const struct profile_filter *filter, struct err *err)
{
	struct profile_replicates replicates;
	struct builder builder;
	int r = profile_replicates_choose(&replicates, arena, base, base_arm, head, head_arm,
					  filter, err);

	*ret_tree = (struct call_tree){0};
	if (r < 0)
		return r;
	begin(&builder, arena, replicates.count);
	r = profile_replicates_read(&replicates, arena, add_replicated, &builder, err);
	settle_nodes(&builder, ret_tree);
	if (r == 0)
		ret_tree->diff = tree_diff_test(arena, ret_tree, &replicates, builder.counts.items);
	release(&builder);
	return r;
}

int call_tree_read_around(struct call_tree *ret_tree, struct arena *arena,
			  const struct selection *selection, uint32_t arm,
			  enum call_direction direction, const char *name, const char *module,
			  const struct profile_filter *filter, struct err *err)
{
	struct builder builder;
	int r;

	*ret_tree = (struct call_tree){0};
	begin(&builder, arena, 0);
	builder.name = name;
	builder.module = module;
	builder.direction = direction;
	r = add_side(&builder, selection, arm, filter, &ret_tree->work, err);
	settle(&builder, ret_tree);
	return r;
}
