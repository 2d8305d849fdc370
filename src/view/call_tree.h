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
#include "view/profile_filter.h"
#include "view/selection.h"

#define CALL_TREE_NONE UINT32_MAX

enum call_kind { CALL_USER, CALL_KERNEL, CALL_HIDDEN, CALL_UNKNOWN, CALL_THREAD };

struct call_node {
	const char *name;   /* of the function */
	const char *module; /* base name, "" for threads and the root */
	enum call_kind kind;
	bool is_inlined; /* in each of its samples: it has no call of its own */
	uint32_t parent, first_child, next_sibling; /* CALL_TREE_NONE = none */
	double self, total;			    /* samples of this profile */
	double base_self, base_total;		    /* of the other one in a difference, else 0 */
};

struct tree_diff;

struct call_tree {
	struct call_node *nodes; /* node 0 is the root */
	uint32_t count;
	double work;		      /* requests answered in the window (0 = no load) */
	const struct tree_diff *diff; /* of a difference, else NULL */
};

/*
 * The first level below the root is the thread's name (comm), as in folded stacks. `filter` NULL =
 * all samples of the first event.
 */
int call_tree_read(struct call_tree *ret_tree, struct arena *arena,
		   const struct selection *selection, uint32_t arm,
		   const struct profile_filter *filter, struct err *err);

/*
 * base → head in one tree: nodes of either, with both sides' samples, and each node tested
 * (tree_diff.h). Of runs that count in a comparison only (profile_replicates.h, whose errors these
 * are); functions are the same on both sides as function_samples.h says.
 */
int call_tree_read_difference(struct call_tree *ret_tree, struct arena *arena,
			      const struct selection *base, uint32_t base_arm,
			      const struct selection *head, uint32_t head_arm,
			      const struct profile_filter *filter, struct err *err);

enum call_direction {
	CALL_CALLEES, /* what it calls, from its outermost call in a stack on */
	CALL_CALLERS, /* who calls it: children are callers, from its innermost call on */
};

/*
 * The tree around one function, as views name it: the only child of the root. `self` is where
 * stacks end: of callees, time of their own; of callers, the beginning of the thread. Without
 * threads. The root's total is all samples, so that shares are of those. A function without samples
 * gives a tree of the root alone.
 */
int call_tree_read_around(struct call_tree *ret_tree, struct arena *arena,
			  const struct selection *selection, uint32_t arm,
			  enum call_direction direction, const char *name, const char *module,
			  const struct profile_filter *filter, struct err *err);

#endif
