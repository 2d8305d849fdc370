#include "profile/stack_builder.h"

#include <string.h>

#include "profile/hot_code.h"

void stack_builder_init(struct stack_builder *builder, struct profile_data *data,
			struct module_table *modules)
{
	*builder = (struct stack_builder){.data = data, .modules = modules};
	hashmap_init(&builder->index);
}

void stack_builder_release(struct stack_builder *builder)
{
	vec_release(&builder->frame_modules);
	vec_release(&builder->frame_times);
	vec_release(&builder->starts);
	vec_release(&builder->chain);
	vec_release(&builder->path);
	vec_release(&builder->callers);
	vec_release(&builder->ends);
	hashmap_release(&builder->index);
}

void stack_builder_add_start(struct stack_builder *builder, uint32_t module, uint64_t lookup_addr)
{
	vec_push(&builder->starts,
		 (struct code_address){.module = module, .lookup_addr = lookup_addr});
}

static uint32_t intern_frame(struct stack_builder *builder, uint32_t module, uint64_t svma,
			     uint64_t time_ns)
{
	struct profile_data *data = builder->data;
	uint64_t hash = hashmap_hash_u64(svma ^ (uint64_t)module << 48);
	uint32_t slot, id;

	for (id = hashmap_first(&builder->index, hash, &slot); id != HASHMAP_NONE;
	     id = hashmap_next(&builder->index, hash, &slot))
		if (data->frames.items[id].svma == svma &&
		    builder->frame_modules.items[id] == module) {
			builder->frame_times.items[id] = time_ns;
			return id;
		}
	id = (uint32_t)data->frames.count;
	if (id >= STACK_FRAMES_MAX)
		return FRAME_NONE;
	vec_push(&data->frames, (struct frame){.module = module_table_hit(builder->modules, module),
					       .svma = svma});
	vec_push(&builder->frame_modules, module);
	vec_push(&builder->frame_times, time_ns);
	hashmap_insert(&builder->index, hash, id);
	return id;
}

struct code_address stack_builder_resolve(const struct mapping_list *mappings, uint64_t lookup_addr,
					  bool is_kernel)
{
	const struct mapping *mapping;

	if (is_kernel)
		return (struct code_address){MODULE_ID_KERNEL, lookup_addr};
	mapping = mappings != NULL ? mapping_list_find(mappings, lookup_addr) : NULL;
	if (mapping == NULL)
		return (struct code_address){MODULE_ID_UNKNOWN, lookup_addr};
	return (struct code_address){mapping->module, lookup_addr - mapping->bias};
}

/* Frames of builder->path on top of `stack`; fills builder->callers. */
static uint32_t intern_path(struct stack_builder *builder, struct stack_table *stacks,
			    uint32_t stack)
{
	vec_reserve(&builder->callers, builder->path.count + 1);
	builder->callers.count = builder->path.count;
	for (size_t i = builder->path.count; i > 0; i--) {
		builder->callers.items[i - 1] = stack;
		if (stacks->nodes.count < STACK_NODES_MAX)
			stack = stack_table_intern(stacks, stack, builder->path.items[i - 1]);
	}
	return stack;
}

uint32_t stack_builder_add(struct stack_builder *builder, uint32_t callers, uint64_t time_ns)
{
	vec_clear(&builder->path);
	for (size_t i = 0; i < builder->chain.count; i++) {
		const struct code_address *at = &builder->chain.items[i];
		uint32_t frame = intern_frame(builder, at->module, at->lookup_addr, time_ns);

		if (frame != FRAME_NONE)
			vec_push(&builder->path, frame);
	}
	return intern_path(builder, &builder->data->stacks, callers);
}

uint32_t stack_builder_join(struct stack_builder *builder, uint32_t stack, uint32_t callers)
{
	vec_reserve(&builder->path, STACK_DEPTH_MAX);
	builder->path.count = stack_table_get_frames(&builder->data->stacks, stack,
						     builder->path.items, STACK_DEPTH_MAX);
	return intern_path(builder, &builder->data->stacks, callers);
}

/* glibc, musl, the kernel and Go. A version ("@@GLIBC_2.34") may follow. */
static bool is_start_name(const char *name)
{
	static const char *const names[] = {
		"_start", "__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main",
		"__clone", "clone", "__clone3", "clone3", "start_thread", "_dl_start_user",
		"__start_context", /* of makecontext() */
		"ret_from_fork", "ret_from_fork_asm", "runtime.goexit", "runtime.goexit.abi0",
		"runtime.mstart", "runtime.mstart.abi0", "runtime.rt0_go", "runtime.rt0_go.abi0",
		/* Go's own stack of a thread: the goroutine that it works for is on another one */
		"runtime.systemstack", "runtime.systemstack.abi0", "runtime.mcall",
		"runtime.mcall.abi0", "runtime.morestack", "runtime.morestack.abi0",
		"crosscall_amd64", /* of cgo: the first code of a thread */
	};
	size_t length = strcspn(name, "@");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && strncmp(name, names[i], length) == 0)
			return true;
	return false;
}

static bool is_libc(const struct profile_data *data, const struct frame *frame)
{
	const char *path =
		string_table_get(&data->strings, data->modules.items[frame->module].path);
	const char *slash = strrchr(path, '/');

	return slash != NULL &&
	       (strncmp(slash + 1, "libc.so", 7) == 0 || strncmp(slash + 1, "libc-2.", 7) == 0);
}

static bool is_start_site(const struct stack_builder *builder, uint32_t frame)
{
	for (size_t i = 0; i < builder->starts.count; i++)
		if (builder->starts.items[i].module == builder->frame_modules.items[frame] &&
		    builder->starts.items[i].lookup_addr == builder->data->frames.items[frame].svma)
			return true;
	return false;
}

/*
 * Whether the stack of old frames `path`, leaf first, ends where a thread or program starts, though
 * its end looked like a truncation: code without rules, or stacks that somebody else walked.
 */
static bool is_at_start(const struct stack_builder *builder, const uint32_t *path, size_t count)
{
	const struct profile_data *data = builder->data;
	const struct frame *outermost, *callee;

	if (count == 0)
		return false;
	outermost = &data->frames.items[path[count - 1]];
	if (is_start_name(string_table_get(&data->strings, outermost->function)) ||
	    is_start_site(builder, path[count - 1]))
		return true;
	/* Distributions strip libc to its exported names; but nothing else in it calls main. */
	callee = count > 1 ? &data->frames.items[path[count - 2]] : NULL;
	return callee != NULL && outermost->function == STRING_EMPTY && is_libc(data, outermost) &&
	       strcmp(string_table_get(&data->strings, callee->function), "main") == 0;
}

/*
 * New frames of each old one: those of old frame i are first[i] … first[i + 1] - 1, outermost
 * first.
 */
struct frame_split {
	VEC(uint32_t) first;
	VEC(struct frame) frames;
};

/* Asks for all names at once. */
static void name_frames(struct stack_builder *builder, struct frame_split *split,
			struct symbol_place *places)
{
	struct profile_data *data = builder->data;
	size_t count = data->frames.count;
	scoped_free struct symbol_query *queries = alloc_array(count, sizeof(*queries));

	for (size_t i = 0; i < count; i++) {
		uint32_t module = builder->frame_modules.items[i];

		queries[i] = (struct symbol_query){
			.module = builder->modules->entries.items[module].symbol_id,
			.lookup_addr = data->frames.items[i].svma,
			.time_ns = builder->frame_times.items[i],
		};
	}
	symbolizer_find(builder->modules->symbolizer, queries, count, places);
	for (size_t i = 0; i < count; i++) {
		struct frame *old = &data->frames.items[i];
		uint32_t depth = places[i].frame_count;

		vec_push(&split->first, (uint32_t)split->frames.count);
		if (depth == 0)
			vec_push(&split->frames, *old);
		for (uint32_t j = depth; j > 0; j--) {
			const struct symbol_frame *from = &places[i].frames[j - 1];
			struct frame frame = *old;

			frame.function = string_table_intern(&data->strings, from->function);
			frame.file = string_table_intern(&data->strings, from->file);
			frame.line = from->line;
			frame.inline_depth = depth - j;
			vec_push(&split->frames, frame);
			if (j == depth)
				old->function = frame.function;
		}
	}
	vec_push(&split->first, (uint32_t)split->frames.count);
}

/* The old stack's frames, split, in a new table under `root`. `known` remembers by old id. */
static uint32_t move_stack(struct stack_builder *builder, const struct frame_split *split,
			   struct stack_table *stacks, uint32_t *known, uint32_t old,
			   enum stack_root root)
{
	const struct stack_node *nodes = builder->data->stacks.nodes.items;
	uint32_t at = old, stack;

	vec_clear(&builder->path); /* old node ids here, from the leaf to what is known */
	for (; at >= STACK_FIRST && known[at] == 0; at = nodes[at].parent)
		vec_push(&builder->path, at);
	stack = at >= STACK_FIRST ? known[at] : (uint32_t)root;
	for (size_t i = builder->path.count; i > 0; i--) {
		uint32_t node = builder->path.items[i - 1], frame = nodes[node].frame;

		for (uint32_t j = split->first.items[frame]; j < split->first.items[frame + 1]; j++)
			if (stacks->nodes.count < STACK_NODES_MAX)
				stack = stack_table_intern(stacks, stack, j);
		known[node] = stack;
	}
	return stack;
}

/* Of the sample's old stack. */
static enum stack_root get_root(struct stack_builder *builder, size_t sample, uint32_t *path)
{
	struct profile_quality *quality = &builder->data->quality;
	uint8_t end = builder->ends.items[sample];
	uint32_t count;

	if (end == STACK_END_WHOLE || end == STACK_END_JOINED) {
		quality->complete_count += end == STACK_END_WHOLE;
		quality->joined_count += end == STACK_END_JOINED;
		return end == STACK_END_WHOLE ? STACK_COMPLETE : STACK_JOINED;
	}
	count = stack_table_get_frames(&builder->data->stacks,
				       builder->data->samples.items[sample].stack, path,
				       STACK_DEPTH_MAX);
	/* Go leaves something above its own roots that is no code. */
	if (is_at_start(builder, path, count) ||
	    (count > 1 && builder->frame_modules.items[path[count - 1]] == MODULE_ID_UNKNOWN &&
	     is_at_start(builder, path, count - 1))) {
		quality->complete_count++;
		return STACK_COMPLETE;
	}
	quality->truncated_count++;
	quality->truncations[end - STACK_END_TRUNCATED]++;
	return STACK_TRUNCATED;
}

static void take_troubles(struct stack_builder *builder)
{
	struct profile_data *data = builder->data;

	for (size_t i = 0; i < builder->modules->entries.count; i++) {
		const struct module_entry *entry = &builder->modules->entries.items[i];
		struct module *module;

		if (entry->data_module == MODULE_NOT_HIT)
			continue;
		module = &data->modules.items[entry->data_module];
		module->flags =
			symbolizer_get_flags(builder->modules->symbolizer, entry->symbol_id);
		module->trouble = string_table_intern(
			&data->strings,
			symbolizer_get_trouble(builder->modules->symbolizer, entry->symbol_id));
	}
}

static void move_samples(struct stack_builder *builder, const struct frame_split *split)
{
	struct profile_data *data = builder->data;
	size_t nodes = data->stacks.nodes.count;
	/* by root: complete, truncated, joined */
	scoped_free uint32_t *known = alloc_array(nodes * 3, sizeof(*known));
	scoped_free uint32_t *path = alloc_array(STACK_DEPTH_MAX, sizeof(*path));
	struct stack_table stacks;

	stack_table_init(&stacks);
	for (size_t i = 0; i < data->samples.count; i++) {
		struct sample *sample = &data->samples.items[i];
		enum stack_root root = get_root(builder, i, path);

		sample->stack = move_stack(builder, split, &stacks, known + nodes * root,
					   sample->stack, root);
	}
	stack_table_release(&data->stacks);
	data->stacks = stacks;
}

static void finish(struct stack_builder *builder, bool has_code)
{
	struct profile_data *data = builder->data;
	scoped_free struct symbol_place *places =
		alloc_array(data->frames.count + 1, sizeof(*places));
	struct frame_split split = {0};

	name_frames(builder, &split, places);
	if (has_code)
		hot_code_collect(builder, places);
	move_samples(builder, &split);
	take_troubles(builder);
	vec_clear(&data->frames);
	for (size_t i = 0; i < split.frames.count; i++)
		vec_push(&data->frames, split.frames.items[i]);
	vec_release(&split.first);
	vec_release(&split.frames);
}

void stack_builder_finish(struct stack_builder *builder)
{
	finish(builder, true);
}

void stack_builder_finish_window(struct stack_builder *builder)
{
	finish(builder, false);
}

void stack_builder_restart(struct stack_builder *builder)
{
	vec_clear(&builder->frame_modules);
	vec_clear(&builder->frame_times);
	vec_clear(&builder->ends);
	hashmap_release(&builder->index);
	hashmap_init(&builder->index);
}
