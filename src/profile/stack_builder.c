#include "profile/stack_builder.h"

#include <string.h>

void stack_builder_init(struct stack_builder *builder, struct profile_data *data,
			struct module_table *modules)
{
	*builder = (struct stack_builder){.data = data, .modules = modules};
	hashmap_init(&builder->index);
}

void stack_builder_release(struct stack_builder *builder)
{
	vec_release(&builder->frame_modules);
	vec_release(&builder->starts);
	vec_release(&builder->chain);
	vec_release(&builder->path);
	hashmap_release(&builder->index);
}

void stack_builder_add_start(struct stack_builder *builder, uint32_t module, uint64_t lookup_addr)
{
	vec_push(&builder->starts,
		 (struct code_address){.module = module, .lookup_addr = lookup_addr});
}

static uint32_t intern_frame(struct stack_builder *builder, uint32_t module, uint64_t svma)
{
	struct profile_data *data = builder->data;
	uint64_t hash = hashmap_hash_u64(svma ^ (uint64_t)module << 48);
	uint32_t slot, id;

	for (id = hashmap_first(&builder->index, hash, &slot); id != HASHMAP_NONE;
	     id = hashmap_next(&builder->index, hash, &slot))
		if (data->frames.items[id].svma == svma &&
		    builder->frame_modules.items[id] == module)
			return id;
	id = (uint32_t)data->frames.count;
	if (id >= STACK_FRAMES_MAX)
		return FRAME_NONE;
	vec_push(&data->frames, (struct frame){.module = module_table_hit(builder->modules, module),
					       .svma = svma});
	vec_push(&builder->frame_modules, module);
	hashmap_insert(&builder->index, hash, id);
	return id;
}

static struct code_address resolve(const struct stack_builder *builder,
				   const struct mapping_list *mappings, uint64_t lookup_addr,
				   bool is_kernel)
{
	const struct mapping *mapping;

	if (is_kernel)
		return (struct code_address){MODULE_ID_KERNEL, lookup_addr};
	mapping = mappings != NULL ? mapping_list_find(mappings, lookup_addr) : NULL;
	if (mapping == NULL)
		return (struct code_address){MODULE_ID_UNKNOWN, lookup_addr};
	return (struct code_address){mapping->module,
				     module_table_get_svma(builder->modules, mapping, lookup_addr)};
}

static void read_chain(struct stack_builder *builder, const struct perf_record *record,
		       const struct mapping_list *mappings)
{
	const struct perf_record_sample *sample = &record->sample;
	bool is_kernel = (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
	bool is_exact = true; /* an instruction pointer; else a return address, behind the call */

	vec_clear(&builder->chain);
	for (uint32_t i = 0; i < sample->chain_count && builder->chain.count < STACK_DEPTH_MAX;
	     i++) {
		uint64_t avma = perf_record_get_chain(sample, i);

		if (avma >= (uint64_t)PERF_CONTEXT_MAX) {
			is_kernel = avma == (uint64_t)PERF_CONTEXT_KERNEL;
			is_exact = true;
			continue;
		}
		vec_push(&builder->chain,
			 resolve(builder, mappings, is_exact ? avma : avma - 1, is_kernel));
		is_exact = false;
	}
	if (builder->chain.count == 0)
		vec_push(&builder->chain, resolve(builder, mappings, sample->ip, is_kernel));
}

/*
 * Where nothing is mapped there is no code: the walk went astray, from a function without frame
 * pointer. What it found from there outwards is noise. The leaf stays, it was really running.
 */
static void strip_astray(struct stack_builder *builder)
{
	while (builder->chain.count > 1 &&
	       builder->chain.items[builder->chain.count - 1].module == MODULE_ID_UNKNOWN)
		builder->chain.count--;
}

static uint32_t intern_path(struct stack_builder *builder, struct stack_table *stacks,
			    enum stack_root root)
{
	uint32_t stack = root;

	if (stacks->nodes.count + builder->path.count > STACK_NODES_MAX)
		return STACK_TRUNCATED;
	for (size_t i = builder->path.count; i > 0; i--)
		stack = stack_table_intern(stacks, stack, builder->path.items[i - 1]);
	return stack;
}

uint32_t stack_builder_add(struct stack_builder *builder, const struct perf_record *sample,
			   const struct mapping_list *mappings)
{
	read_chain(builder, sample, mappings);
	strip_astray(builder);
	vec_clear(&builder->path);
	for (size_t i = 0; i < builder->chain.count; i++) {
		const struct code_address *at = &builder->chain.items[i];
		uint32_t frame = intern_frame(builder, at->module, at->lookup_addr);

		if (frame == FRAME_NONE)
			break;
		vec_push(&builder->path, frame);
	}
	return intern_path(builder, &builder->data->stacks, STACK_TRUNCATED);
}

static void name_frames(struct stack_builder *builder)
{
	struct profile_data *data = builder->data;
	const char *name;

	for (size_t i = 0; i < data->frames.count; i++) {
		struct frame *frame = &data->frames.items[i];

		if (module_table_find_name(builder->modules, builder->frame_modules.items[i],
					   frame->svma, &name))
			frame->function = string_table_intern(&data->strings, name);
	}
}

/* glibc, musl, the kernel and Go. A version ("@@GLIBC_2.34") may follow. */
static bool is_start_name(const char *name)
{
	static const char *const names[] = {
		"_start",
		"__libc_start_main",
		"__libc_start_main_impl",
		"__libc_start_call_main",
		"__clone",
		"clone",
		"__clone3",
		"clone3",
		"start_thread",
		"_dl_start_user",
		"ret_from_fork",
		"ret_from_fork_asm",
		"runtime.goexit",
		"runtime.goexit.abi0",
		"runtime.mstart",
		"runtime.mstart.abi0",
		"runtime.rt0_go",
		"runtime.rt0_go.abi0",
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

/* Of the stack in builder->path. */
static enum stack_root get_root(const struct stack_builder *builder)
{
	const struct profile_data *data = builder->data;
	const struct frame *outermost, *callee;
	size_t count = builder->path.count;

	if (count == 0)
		return STACK_TRUNCATED;
	outermost = &data->frames.items[builder->path.items[count - 1]];
	if (is_start_name(string_table_get(&data->strings, outermost->function)) ||
	    is_start_site(builder, builder->path.items[count - 1]))
		return STACK_COMPLETE;
	/* Distributions strip libc to its exported names; but nothing else in it calls main. */
	callee = count > 1 ? &data->frames.items[builder->path.items[count - 2]] : NULL;
	if (callee != NULL && outermost->function == STRING_EMPTY && is_libc(data, outermost) &&
	    strcmp(string_table_get(&data->strings, callee->function), "main") == 0)
		return STACK_COMPLETE;
	return STACK_TRUNCATED;
}

/*
 * The stack in the new table. `known` remembers by old id, 0 = not there yet (0 is a root, no stack
 * with frames).
 */
static uint32_t move_stack(struct stack_builder *builder, struct stack_table *stacks,
			   uint32_t *known, uint32_t old)
{
	if (old < STACK_FIRST)
		return STACK_TRUNCATED;
	if (known[old] == 0) {
		vec_reserve(&builder->path, STACK_DEPTH_MAX);
		builder->path.count = stack_table_get_frames(&builder->data->stacks, old,
							     builder->path.items, STACK_DEPTH_MAX);
		known[old] = intern_path(builder, stacks, get_root(builder));
	}
	return known[old];
}

void stack_builder_finish(struct stack_builder *builder)
{
	struct profile_data *data = builder->data;
	struct profile_quality *quality = &data->quality;
	scoped_free uint32_t *known = alloc_array(data->stacks.nodes.count, sizeof(*known));
	struct stack_table stacks;

	name_frames(builder);
	stack_table_init(&stacks);
	quality->complete_count = quality->truncated_count = 0;
	for (size_t i = 0; i < data->samples.count; i++) {
		struct sample *sample = &data->samples.items[i];

		sample->stack = move_stack(builder, &stacks, known, sample->stack);
		if (stack_table_get_root(&stacks, sample->stack) == STACK_COMPLETE)
			quality->complete_count++;
		else
			quality->truncated_count++;
	}
	stack_table_release(&data->stacks);
	data->stacks = stacks;
}
