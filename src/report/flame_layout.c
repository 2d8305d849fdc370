#include "report/flame_layout.h"

#include <stdlib.h>

#include "util/alloc.h"

uint32_t flame_layout_next(const struct call_tree *tree, uint32_t at, bool is_skipping)
{
	if (!is_skipping && tree->nodes[at].first_child != CALL_TREE_NONE)
		return tree->nodes[at].first_child;
	while (at != 0 && tree->nodes[at].next_sibling == CALL_TREE_NONE)
		at = tree->nodes[at].parent;
	return at == 0 ? CALL_TREE_NONE : tree->nodes[at].next_sibling;
}

uint32_t flame_layout_next_drawn(const struct flame_layout *layout, uint32_t at)
{
	do
		at = flame_layout_next(layout->tree, at, !layout->places[at].is_drawn);
	while (at != CALL_TREE_NONE && !layout->places[at].is_drawn);
	return at;
}

/*
 * Callers come before callees and siblings in their order, so that a place follows from the one
 * before.
 */
void flame_layout_init(struct flame_layout *layout, const struct call_tree *tree,
		       const double *values, double pixels_per_value)
{
	double *filled = alloc_array(tree->count, sizeof(*filled)); /* by node: of its callees */

	*layout = (struct flame_layout){.tree = tree};
	layout->places = alloc_array(tree->count, sizeof(*layout->places));
	for (uint32_t at = 0; at != CALL_TREE_NONE; at = flame_layout_next(tree, at, false)) {
		struct flame_place *place = &layout->places[at];

		place->width = values[at] * pixels_per_value;
		place->x = FLAME_LEFT;
		place->is_drawn = at == 0 || place->width >= FLAME_NARROWEST;
		if (at != 0) {
			uint32_t parent = tree->nodes[at].parent;
			const struct flame_place *caller = &layout->places[parent];

			place->x = caller->x + filled[parent];
			place->depth = caller->depth + 1;
			filled[parent] += place->width;
			place->is_drawn = place->is_drawn && caller->is_drawn;
			if (!place->is_drawn && caller->is_drawn)
				layout->cut += values[at];
		}
		if (place->is_drawn && place->depth > layout->depth_max)
			layout->depth_max = place->depth;
		if (!place->is_drawn && values[at] > 0)
			layout->cut_count++;
	}
	free(filled);
}

void flame_layout_release(struct flame_layout *layout)
{
	free(layout->places);
	*layout = (struct flame_layout){0};
}
