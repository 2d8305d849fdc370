/*
 * Call trees written by hand, for the tests of what is made of them: nodes are given callers first.
 */
#ifndef FAKE_TREE_H
#define FAKE_TREE_H

#include "view/call_tree.h"

enum { FAKE_TREE_NODES = 256 };

struct fake_tree {
	struct call_node nodes[FAKE_TREE_NODES];
	struct call_tree tree;
};

static inline void fake_tree_init(struct fake_tree *fake)
{
	*fake = (struct fake_tree){0};
	fake->nodes[0] = (struct call_node){.name = "all",
					    .module = "",
					    .kind = CALL_THREAD,
					    .parent = CALL_TREE_NONE,
					    .first_child = CALL_TREE_NONE,
					    .next_sibling = CALL_TREE_NONE};
	fake->tree = (struct call_tree){.nodes = fake->nodes, .count = 1};
}

/* The last child of `parent` with samples of its own, which its callers' totals get. */
static inline uint32_t fake_tree_add(struct fake_tree *fake, uint32_t parent, enum call_kind kind,
				     const char *name, const char *module, double self,
				     double base_self)
{
	uint32_t id = fake->tree.count++, *link = &fake->nodes[parent].first_child;

	while (*link != CALL_TREE_NONE)
		link = &fake->nodes[*link].next_sibling;
	*link = id;
	fake->nodes[id] = (struct call_node){.name = name,
					     .module = module,
					     .kind = kind,
					     .parent = parent,
					     .first_child = CALL_TREE_NONE,
					     .next_sibling = CALL_TREE_NONE,
					     .self = self,
					     .base_self = base_self};
	for (uint32_t at = id; at != CALL_TREE_NONE; at = fake->nodes[at].parent) {
		fake->nodes[at].total += self;
		fake->nodes[at].base_total += base_self;
	}
	return id;
}

#endif
