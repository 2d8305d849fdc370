/*
 * Addresses become stacks of the profile's data: frames and stacks are interned while samples come
 * in, one frame an address; at the end all addresses are named at once, frames are split into the
 * functions that were inlined there, and each stack is hung from the root that it deserves.
 *
 * Until stack_builder_finish() all stacks hang from STACK_COMPLETE, so that a joined stack shares
 * its upper part with the whole one that it was taken from; how a sample's stack ended stands
 * beside the sample.
 */
#ifndef PROFILE_STACK_BUILDER_H
#define PROFILE_STACK_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

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

/* How a sample's stack ended: whole, joined, or an enum truncation plus this. */
enum stack_end { STACK_END_WHOLE, STACK_END_JOINED, STACK_END_TRUNCATED };

struct code_address {
	uint32_t module; /* module_table's id */
	uint64_t lookup_addr;
};

struct stack_builder {
	struct profile_data *data;
	struct module_table *modules;
	VEC(uint32_t) frame_modules; /* module_table's id of each of data->frames */
	VEC(uint64_t) frame_times;   /* of the last sample there: JIT code moves */
	struct hashmap index;	     /* of data->frames */
	/* where threads and programs start, though it has no name */
	VEC(struct code_address) starts;
	VEC(struct code_address) chain; /* of the sample at hand, leaf first */
	VEC(uint32_t) path;		/* its frames */
	/* stack id of each one's caller, after stack_builder_add() */
	VEC(uint32_t) callers;
	VEC(uint8_t) ends; /* of data->samples: enum stack_end */
};

/* Both must outlive the builder. */
void stack_builder_init(struct stack_builder *builder, struct profile_data *data,
			struct module_table *modules);
void stack_builder_release(struct stack_builder *builder);

/* Stacks that end there are complete. */
void stack_builder_add_start(struct stack_builder *builder, uint32_t module, uint64_t lookup_addr);

/* Where an address is; `mappings` are those of its process at the time, NULL = not known. */
struct code_address stack_builder_resolve(const struct mapping_list *mappings, uint64_t lookup_addr,
					  bool is_kernel);

/*
 * The stack of builder->chain, called from `callers` (a stack id, or STACK_COMPLETE for none).
 * Never fails: what is beyond the maxima is left out at the leaf.
 */
uint32_t stack_builder_add(struct stack_builder *builder, uint32_t callers, uint64_t time_ns);

/* The stack with other callers above it. */
uint32_t stack_builder_join(struct stack_builder *builder, uint32_t stack, uint32_t callers);

/*
 * Names all frames, splits inlined ones, hangs each stack from the root it deserves, and counts the
 * samples by root in data->quality. Ids of frames and stacks change; data->samples are changed with
 * them. Keeps code and lines of hot functions. Then the data may be taken, and the builder
 * restarted with empty tables.
 */
void stack_builder_finish(struct stack_builder *builder);
void stack_builder_finish_window(struct stack_builder *builder); /* without code and lines */
void stack_builder_restart(struct stack_builder *builder);

#endif
