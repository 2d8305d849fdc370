/*
 * Interned stacks, as a tree: a stack is its leaf frame and the stack of its caller. A sample then
 * is one integer, and what two stacks share is stored once.
 *
 *	root (STACK_COMPLETE) ← _start ← main ← serve ← parse    an arrow: one (parent, frame)
 *
 * How whole a stack is stands in the root that it hangs from: the reserved ids below are the roots,
 * and hold no frame. A stack of a root alone is an empty stack. Real nodes begin at STACK_FIRST. A
 * parent's id is below its children's.
 */
#ifndef MODEL_STACK_TABLE_H
#define MODEL_STACK_TABLE_H

#include <stdint.h>

#include "util/hashmap.h"
#include "util/vec.h"

enum stack_root {
	STACK_COMPLETE = 0,  /* ended at a thread's known start */
	STACK_TRUNCATED = 1, /* ended somewhere else: frames are missing at the root side */
	STACK_JOINED = 2,    /* its upper part was taken from a cached stack */
	STACK_FIRST = 8,     /* first id of a real node */
};

#define FRAME_NONE UINT32_MAX

/* Frames of a stack: the profiler cuts deeper ones at the root side, so that readers have room. */
enum { STACK_DEPTH_MAX = 1024 };

struct stack_node {
	uint32_t parent; /* a node's id, or a stack_root */
	uint32_t frame;	 /* index into the profile's frames; FRAME_NONE for roots */
};

struct stack_table {
	VEC(struct stack_node) nodes; /* by id */
	struct hashmap index;
};

void stack_table_init(struct stack_table *table);
void stack_table_release(struct stack_table *table);

/* The stack that adds `frame` below `parent` (caller → callee). */
uint32_t stack_table_intern(struct stack_table *table, uint32_t parent, uint32_t frame);

/* The root that a stack hangs from. Walks the stack: O(depth). */
enum stack_root stack_table_get_root(const struct stack_table *table, uint32_t stack);

/* Frames of a stack, leaf first, at most `max`; returns how many were written. */
uint32_t stack_table_get_frames(const struct stack_table *table, uint32_t stack, uint32_t *frames,
				uint32_t max);

#endif
