/*
 * Call trees made of paths, and of other call trees: for what is looked at from several sides
 * without asking the store again (the interactive report, top). call_tree.h has the tree itself,
 * and reads it from the store.
 */
#ifndef VIEW_CALL_PATHS_H
#define VIEW_CALL_PATHS_H

#include <stdint.h>

#include "util/arena.h"
#include "util/hashmap.h"
#include "util/vec.h"
#include "view/call_tree.h"

struct call_paths {
	struct arena *arena;
	VEC(struct call_node) nodes;
	struct hashmap index; /* of (parent, name, module) */
};

/* Nodes and names will live in the arena. */
void call_paths_begin(struct call_paths *paths, struct arena *arena);

/*
 * The child of `parent` (0 = the root) for a function, with `samples` more in total; made when it
 * is new. Returns its id.
 */
uint32_t call_paths_add(struct call_paths *paths, uint32_t parent, const char *name,
			const char *module, enum call_kind kind, double samples);

/* Samples in the root's total; and of a node itself. */
void call_paths_add_total(struct call_paths *paths, double samples);
void call_paths_add_self(struct call_paths *paths, uint32_t node, double samples);

/* Links the children, the heaviest first. The builder is empty then. */
void call_paths_end(struct call_paths *paths, struct call_tree *ret_tree);

/*
 * The tree turned over: the root's children are the functions that ran, theirs are their callers,
 * up to the thread.
 */
void call_paths_invert(struct call_tree *ret_tree, struct arena *arena,
		       const struct call_tree *tree);

/*
 * The callers of a function from its innermost call on, up to the thread; or its callees from its
 * outermost call on. It is the only child of the root, whose total is that of the given tree.
 */
void call_paths_turn(struct call_tree *ret_tree, struct arena *arena, const struct call_tree *tree,
		     enum call_direction direction, const char *name, const char *module);

#endif
