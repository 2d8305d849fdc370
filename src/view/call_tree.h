/*
 * The call tree of a selection's arm: frames of the same function merged, callers above callees.
 * Nodes are in an array, children linked and ordered by name; what flame graphs, call tables and
 * the folded export are made of.
 */
#ifndef VIEW_CALL_TREE_H
#define VIEW_CALL_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

#define CALL_TREE_NONE UINT32_MAX

enum call_kind { CALL_USER, CALL_KERNEL, CALL_HIDDEN, CALL_UNKNOWN, CALL_THREAD };

struct call_node {
	const char *name;   /* of the function */
	const char *module; /* base name, "" for threads and the root */
	enum call_kind kind;
	uint32_t parent, first_child, next_sibling; /* CALL_TREE_NONE = none */
	double self, total;			    /* samples of this profile */
	double base_self, base_total;		    /* of the other one in a difference, else 0 */
};

struct call_tree {
	struct call_node *nodes; /* node 0 is the root */
	uint32_t count;
	double work;	  /* requests answered in the window (0 = no load) */
	double base_work; /* of the other one */
	bool is_difference;
};

/* The first level below the root is the thread's name (comm), as in folded stacks. */
int call_tree_read(struct call_tree *ret_tree, struct arena *arena,
		   const struct selection *selection, uint32_t arm, struct err *err);

/* base → head in one tree: nodes of either, with both sides' samples. */
int call_tree_read_difference(struct call_tree *ret_tree, struct arena *arena,
			      const struct selection *base, uint32_t base_arm,
			      const struct selection *head, uint32_t head_arm, struct err *err);

#endif
