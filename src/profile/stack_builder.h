/*
 * Callchains as the kernel walks them become stacks of the profile's data: addresses resolved,
 * frames and stacks interned. Whether a stack is whole cannot be told before its functions have
 * names; until stack_builder_finish() all hang from STACK_TRUNCATED.
 *
 * The kernel follows frame pointers and stops where they lead nowhere; it does not say whether that
 * was the thread's start or code compiled without them. A stack counts as complete when its
 * outermost frame is where threads and programs are known to start.
 */
#ifndef PROFILE_STACK_BUILDER_H
#define PROFILE_STACK_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "model/profile_data.h"
#include "profile/mapping_list.h"
#include "profile/module_table.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum {
	STACK_FRAMES_MAX =
		1 << 22, /* distinct addresses, and distinct stack nodes, of one profile */
	STACK_NODES_MAX = 1 << 24,
};

struct code_address {
	uint32_t module; /* module_table's id */
	uint64_t lookup_addr;
};

struct stack_builder {
	struct profile_data *data;
	struct module_table *modules;
	VEC(uint32_t) frame_modules; /* module_table's id of each of data->frames */
	struct hashmap index;	     /* of data->frames */
	/* where threads and programs start, though it has no name */
	VEC(struct code_address) starts;
	VEC(struct code_address) chain; /* of the sample at hand, leaf first */
	VEC(uint32_t) path;		/* of the stack at hand: frames, leaf first */
};

/* Both must outlive the builder. */
void stack_builder_init(struct stack_builder *builder, struct profile_data *data,
			struct module_table *modules);
void stack_builder_release(struct stack_builder *builder);

/* Stacks that end there are complete. */
void stack_builder_add_start(struct stack_builder *builder, uint32_t module, uint64_t lookup_addr);

/*
 * The stack of a sample; `mappings` are those of its process at the time, NULL = not known. Never
 * fails.
 */
uint32_t stack_builder_add(struct stack_builder *builder, const struct perf_record *sample,
			   const struct mapping_list *mappings);

/*
 * Names all frames, hangs each stack from the root it deserves, and counts the samples by root in
 * data->quality. Ids of stacks change; data->samples are changed with them. Once.
 */
void stack_builder_finish(struct stack_builder *builder);

#endif
