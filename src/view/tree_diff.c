#include "view/tree_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/multiple.h"
#include "util/alloc.h"

/* Nodes in the order of a walk, callers first: a subtree is one stretch of it. */
struct walk {
	const struct call_tree *tree;
	struct tree_change *changes;
	uint32_t *order; /* node by place */
	uint32_t *ends;	 /* by place: behind the last of its subtree */
	double *subtree; /* by node: that something in its subtree changed; NAN = nothing tested */
	double *scratch; /* as many as nodes, and one */
	uint32_t *family;
};

static void find_order(struct walk *walk)
{
	const struct call_tree *tree = walk->tree;
	uint32_t *path = alloc_array(tree->count, sizeof(*path)); /* places of open callers */
	uint32_t depth = 0, at = 0;

	for (uint32_t place = 0; place < tree->count; place++) {
		const struct call_node *node = &tree->nodes[at];

		walk->order[place] = at;
		path[depth++] = place;
		if (node->first_child != CALL_TREE_NONE) {
			at = node->first_child;
			continue;
		}
		while (depth > 0) {
			at = tree->nodes[walk->order[path[depth - 1]]].next_sibling;
			walk->ends[path[--depth]] = place + 1;
			if (at != CALL_TREE_NONE)
				break;
		}
	}
	free(path);
}

static int compare_doubles(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Simes: the smallest p(i) n / i of n sorted p-values; NAN of none. */
static double combine(double *p, uint32_t count)
{
	double least = (double)NAN;

	qsort(p, count, sizeof(*p), compare_doubles);
	for (uint32_t i = 0; i < count; i++)
		least = fmin(least, p[i] * count / (i + 1)); /* fmin() prefers numbers to NAN */
	return least;
}

static void combine_subtrees(struct walk *walk)
{
	for (uint32_t place = 0; place < walk->tree->count; place++) {
		uint32_t count = 0;

		/* a node without a test has too few samples: those below it have no more */
		walk->subtree[walk->order[place]] = (double)NAN;
		if (isnan(walk->changes[walk->order[place]].p))
			continue;
		for (uint32_t i = place; i < walk->ends[place]; i++)
			if (!isnan(walk->changes[walk->order[i]].p))
				walk->scratch[count++] = walk->changes[walk->order[i]].p;
		walk->subtree[walk->order[place]] = combine(walk->scratch, count);
	}
}

/* Its own change, then its children's subtrees; opens those of them that it finds. */
static void test_family(struct walk *walk, uint32_t node, bool *is_open)
{
	const struct call_tree *tree = walk->tree;
	uint32_t count = 0;

	walk->family[count] = node;
	walk->scratch[count++] = walk->changes[node].p;
	for (uint32_t child = tree->nodes[node].first_child; child != CALL_TREE_NONE;
	     child = tree->nodes[child].next_sibling) {
		walk->family[count] = child;
		walk->scratch[count++] = walk->subtree[child];
	}
	multiple_benjamini_hochberg(walk->scratch, count, walk->scratch);
	walk->changes[node].is_significant = walk->scratch[0] <= TREE_DIFF_Q;
	for (uint32_t i = 1; i < count; i++)
		is_open[walk->family[i]] = walk->scratch[i] <= TREE_DIFF_Q;
}

static void descend(struct walk *walk)
{
	bool *is_open = alloc_array(walk->tree->count, sizeof(*is_open));

	is_open[0] = true;
	for (uint32_t place = 0; place < walk->tree->count; place++)
		if (is_open[walk->order[place]])
			test_family(walk, walk->order[place], is_open);
	free(is_open);
}

static void test_walk(const struct call_tree *tree, struct tree_change *changes)
{
	struct walk walk = {.tree = tree, .changes = changes};

	walk.order = alloc_array(tree->count, sizeof(*walk.order));
	walk.ends = alloc_array(tree->count, sizeof(*walk.ends));
	walk.subtree = alloc_array(tree->count, sizeof(*walk.subtree));
	walk.scratch = alloc_array(tree->count + 1, sizeof(*walk.scratch));
	walk.family = alloc_array(tree->count + 1, sizeof(*walk.family));
	find_order(&walk);
	combine_subtrees(&walk);
	descend(&walk);
	free(walk.family);
	free(walk.scratch);
	free(walk.subtree);
	free(walk.ends);
	free(walk.order);
}

struct tree_diff *tree_diff_test(struct arena *arena, const struct call_tree *tree,
				 const struct profile_replicates *replicates, const double *counts)
{
	struct rate_change *tests = alloc_array(tree->count, sizeof(*tests));
	struct tree_diff *diff = arena_new(arena, struct tree_diff);

	*diff = (struct tree_diff){.changes =
					   arena_alloc(arena, tree->count, sizeof(*diff->changes)),
				   .work = replicates->work,
				   .measure = profile_replicates_get_measure(replicates, arena),
				   .is_clock = replicates->is_clock,
				   .is_within_run = replicates->is_within_run,
				   .can_test = replicates->can_test,
				   .base_run_count = replicates->sides[PROFILE_BASE].run_count,
				   .head_run_count = replicates->sides[PROFILE_HEAD].run_count};
	profile_replicates_test(replicates, counts, tree->count, tests);
	for (uint32_t i = 0; i < tree->count; i++) {
		bool is_hidden = tree->nodes[i].kind == CALL_HIDDEN && diff->is_within_run;

		diff->changes[i] = (struct tree_change){.base = tests[i].base_rate,
							.head = tests[i].head_rate,
							.theta = tests[i].theta,
							.lo = tests[i].lo,
							.hi = tests[i].hi,
							.p = is_hidden ? (double)NAN : tests[i].p,
							.visible = expm1(tests[i].visible)};
	}
	test_walk(tree, diff->changes);
	for (uint32_t i = 0; i < tree->count; i++)
		diff->significant_count += diff->changes[i].is_significant;
	free(tests);
	return diff;
}
