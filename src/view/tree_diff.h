/*
 * What changed in a call tree, node by node: CPU time per request of a path with all that it calls,
 * head against base, tested as functions are (function_diff.h).
 *
 * Thousands of nodes are tested, and each is part of its callers; so the tests descend (Yekutieli,
 * Hierarchical false discovery rate-controlling methodology, JASA 103, 2008). A node is opened when
 * something in it changed: itself, or anything below; that is one hypothesis, by Simes' combination
 * of the p-values of its subtree. The root is open. Of an opened node, its own change and the
 * subtrees of its children are one family for Benjamini-Hochberg. So a caller whose callees changed
 * in opposite directions is grey, and they are not; and below a node where nothing changed, nothing
 * is looked for.
 */
#ifndef VIEW_TREE_DIFF_H
#define VIEW_TREE_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "view/call_tree.h"
#include "view/profile_replicates.h"

#define TREE_DIFF_Q 0.05 /* of a family's changes found, the share that is false on the average */

struct tree_change {
	double base, head;    /* ns of CPU time per request (tree_diff.work), with callees */
	double theta, lo, hi; /* ln of head/base, 95 %; ±INFINITY where one side is 0 */
	double p;	      /* NAN = too few samples to be tested */
	/* smallest relative change seen in 8 of 10 cases; NAN = not known */
	double visible;
	bool is_significant;
};

struct tree_diff {
	struct tree_change *changes; /* by node */
	enum profile_work work;
	const char *measure; /* "CPU per request" */
	bool is_clock;
	/* one run a side, held against its own seconds: what stands out is no verdict */
	bool is_within_run;
	bool can_test; /* else there is no repetition to hold a change against */
	uint32_t base_run_count, head_run_count;
	uint32_t significant_count;
};

/*
 * `counts` are samples by node and replicate, row-major, as profile_replicates_test() takes them.
 * All is the arena's.
 */
struct tree_diff *tree_diff_test(struct arena *arena, const struct call_tree *tree,
				 const struct profile_replicates *replicates, const double *counts);

#endif
