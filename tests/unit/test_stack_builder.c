/*
 * Chains made by hand over modules without symbols; names are put into the frames where a test
 * needs them.
 */
#include "profile/stack_builder.h"

#include <unistd.h>

#include "tap.h"

enum { APP = 0x400000, LIBC = 0x7f0000, END = 0x10000 };

struct world {
	struct profile_data data;
	struct module_table modules;
	struct stack_builder builder;
	uint64_t total;
	struct mapping_list *mappings;
	uint32_t app, libc;
};

static uint32_t map(struct world *world, uint64_t start, const char *path)
{
	/*
	 * No process, no inode of that number: never opened, so svma = file offset = avma - start.
	 */
	uint32_t id =
		module_table_intern(&world->modules, &(struct module_mapping){.pid = UINT32_MAX,
									      .start = start,
									      .end = start + END,
									      .path = path,
									      .inode = UINT64_MAX});

	mapping_list_add(
		&world->mappings,
		&(struct mapping){.start = start, .end = start + END, .bias = start, .module = id});
	return id;
}

static void make_world(struct world *world)
{
	*world = (struct world){0};
	profile_data_init(&world->data);
	module_table_init(&world->modules, &world->data,
			  &(struct module_table_config){.is_live = true});
	stack_builder_init(&world->builder, &world->data, &world->modules);
	world->mappings = mapping_list_new(&world->total);
	world->app = map(world, APP, "/nowhere/app");
	world->libc = map(world, LIBC, "/nowhere/libc.so.6");
}

static void release_world(struct world *world)
{
	stack_builder_release(&world->builder);
	module_table_release(&world->modules);
	mapping_list_free(world->mappings);
	profile_data_release(&world->data);
}

/* Addresses leaf first; those of the kernel are known by their upper half. */
static uint32_t add(struct world *world, enum stack_end end, uint32_t callers,
		    const uint64_t *addresses, uint32_t count)
{
	uint32_t stack;

	vec_clear(&world->builder.chain);
	for (uint32_t i = 0; i < count; i++)
		vec_push(&world->builder.chain, stack_builder_resolve(world->mappings, addresses[i],
								      addresses[i] >> 63 != 0));
	stack = stack_builder_add(&world->builder, callers, 0);
	vec_push(&world->data.samples, (struct sample){.stack = stack});
	vec_push(&world->builder.ends, (uint8_t)end);
	return stack;
}

#define ADD(world, end, callers, ...)                                                              \
	add((world), (end), (callers), (uint64_t[]){__VA_ARGS__},                                  \
	    sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

#define FP (STACK_END_TRUNCATED + TRUNCATION_FRAME_POINTERS)
#define COPY (STACK_END_TRUNCATED + TRUNCATION_COPY)
#define NONE STACK_COMPLETE

/* "module+svma module+svma …", leaf first. */
static const char *describe(const struct world *world, size_t sample)
{
	static char text[1024];
	uint32_t frames[16];
	uint32_t count = stack_table_get_frames(
		&world->data.stacks, world->data.samples.items[sample].stack, frames, 16);
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		char name[128];

		profile_data_format_frame(&world->data, frames[i], name, sizeof(name));
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   i > 0 ? " " : "", name);
	}
	return text;
}

static void test_sharing(void)
{
	struct world world;
	size_t frames, nodes;
	uint64_t allocations;

	make_world(&world);
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x20, APP + 0x30);
	frames = world.data.frames.count;
	nodes = world.data.stacks.nodes.count;
	vec_reserve(&world.data.samples, 1000);
	vec_reserve(&world.builder.ends, 1000);
	allocations = alloc_get_count();
	for (int i = 0; i < 900; i++)
		ADD(&world, FP, NONE, APP + 0x10, APP + 0x20, APP + 0x30);
	is_int(world.data.frames.count, frames, "the same stack again adds no frame");
	is_int(world.data.stacks.nodes.count, nodes, "and no node");
	is_int(alloc_get_count() - allocations, 0, "and no memory");
	release_world(&world);
}

static void test_joining(void)
{
	struct world world;
	uint32_t whole, callers, cut;

	make_world(&world);
	whole = ADD(&world, STACK_END_WHOLE, NONE, APP + 0x10, APP + 0x20, APP + 0x30, LIBC + 0x40);
	is_int(world.builder.callers.count, 4, "each frame has a caller");
	is_int(world.builder.callers.items[3], STACK_COMPLETE, "the outermost none");
	is_int(world.data.stacks.nodes.items[whole].parent, world.builder.callers.items[0],
	       "the leaf's is its parent");
	callers = world.builder.callers.items[1];
	ADD(&world, STACK_END_JOINED, callers, APP + 0x77, APP + 0x20);
	is_str(describe(&world, 1), "app+0x77 app+0x20 app+0x30 libc.so.6+0x40",
	       "a short stack on known callers");
	cut = ADD(&world, COPY, NONE, APP + 0x88, APP + 0x20);
	world.data.samples.items[2].stack = stack_builder_join(&world.builder, cut, callers);
	world.builder.ends.items[2] = STACK_END_JOINED;
	is_str(describe(&world, 2), "app+0x88 app+0x20 app+0x30 libc.so.6+0x40",
	       "and one that waited for them");
	ADD(&world, COPY, NONE, APP + 0x99);
	stack_builder_finish(&world.builder);
	is_int(world.data.quality.complete_count, 1, "whole ones are counted");
	is_int(world.data.quality.joined_count, 2, "apart from joined ones");
	is_int(world.data.quality.truncations[TRUNCATION_COPY], 1, "and cut ones by their reason");
	is_str(describe(&world, 2), "app+0x88 app+0x20 app+0x30 libc.so.6+0x40",
	       "stacks keep their frames");
	is_int(stack_table_get_root(&world.data.stacks, world.data.samples.items[1].stack),
	       STACK_JOINED, "a joined stack hangs from its own root");
	release_world(&world);
}

static void name_frame(struct world *world, uint32_t module, uint64_t svma, const char *name)
{
	for (size_t i = 0; i < world->data.frames.count; i++)
		if (world->builder.frame_modules.items[i] == module &&
		    world->data.frames.items[i].svma == svma)
			world->data.frames.items[i].function =
				string_table_intern(&world->data.strings, name);
}

static enum stack_root get_root(const struct world *world, size_t sample)
{
	return stack_table_get_root(&world->data.stacks, world->data.samples.items[sample].stack);
}

static void test_roots(void)
{
	struct world world;

	make_world(&world);
	stack_builder_add_start(&world.builder, world.libc, 0x8ff);
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x100);		      /* 0: app+0x100 is _start */
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x200, LIBC + 0x2ff); /* 1: main ← libc */
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x400, LIBC + 0x2ff); /* 2: compare ← libc */
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x400, LIBC + 0x8ff); /* 3: ← the known start */
	ADD(&world, FP, NONE, APP + 0x10, APP + 0x200);		      /* 4: main ← nobody */
	ADD(&world, FP, NONE, APP + 0x500, LIBC + 0x600); /* 5: start_thread with a version */
	ADD(&world, FP, NONE, 0xffff800000000010, 0xffff800000000020); /* 6: a kernel thread */
	ADD(&world, FP, NONE, 0xffff800000000010, 0xffff800000000030); /* 7: a dying process */
	ADD(&world, FP, NONE, APP + 0x10, LIBC + 0x2ff, APP + 0x100);  /* 8: libc ← _start */
	name_frame(&world, world.app, 0x100, "_start");
	name_frame(&world, world.app, 0x200, "main");
	name_frame(&world, world.app, 0x400, "compare");
	name_frame(&world, world.libc, 0x600, "start_thread@@GLIBC_2.34");
	name_frame(&world, MODULE_ID_KERNEL, 0xffff800000000020, "ret_from_fork");
	name_frame(&world, MODULE_ID_KERNEL, 0xffff800000000030, "do_exit");
	stack_builder_finish(&world.builder);
	is_int(get_root(&world, 0), STACK_COMPLETE, "ends at _start");
	is_int(get_root(&world, 1), STACK_COMPLETE, "main called by nameless code of libc");
	is_int(get_root(&world, 2), STACK_TRUNCATED, "anything else called by it, as from qsort");
	is_int(get_root(&world, 3), STACK_COMPLETE, "called from where threads are known to start");
	is_int(get_root(&world, 4), STACK_TRUNCATED, "main without a caller");
	is_int(get_root(&world, 5), STACK_COMPLETE, "a versioned name");
	is_int(get_root(&world, 6), STACK_COMPLETE, "a kernel thread's start");
	is_int(get_root(&world, 7), STACK_TRUNCATED, "a kernel part whose user part is missing");
	is_int(get_root(&world, 8), STACK_COMPLETE, "nameless code on the way is no matter");
	is_int(world.data.quality.complete_count, 6, "counted");
	is_int(world.data.quality.truncated_count, 3, "likewise");
	is_str(describe(&world, 3), "app+0x10 compare libc.so.6+0x8ff", "stacks keep their frames");
	for (size_t id = STACK_FIRST; id < world.data.stacks.nodes.count; id++)
		if (world.data.stacks.nodes.items[id].parent >= id)
			ok(false, "a parent's id is below its children's");
	release_world(&world);
}

int main(void)
{
	test_sharing();
	test_joining();
	test_roots();
	return tap_done();
}
