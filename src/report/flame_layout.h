/*
 * Where the frames of a flame graph stand: each as wide as its value, callees side by side on their
 * caller. In pixels of the SVG; flame_svg.js knows FLAME_LEFT, FLAME_WIDTH and FLAME_CHAR_WIDTH,
 * too.
 */
#ifndef REPORT_FLAME_LAYOUT_H
#define REPORT_FLAME_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "view/call_tree.h"

#define FLAME_LEFT 10
#define FLAME_WIDTH 1180.0
#define FLAME_FRAME_HEIGHT 17
#define FLAME_NARROWEST 0.1 /* what is narrower is not drawn */

/* The labels are monospaced, so that what fits can be counted. */
#define FLAME_CHAR_WIDTH 6.63

struct flame_place {
	double x, width;
	uint32_t depth; /* of the root 0 */
	bool is_drawn;
};

struct flame_layout {
	const struct call_tree *tree;
	struct flame_place *places; /* by node */
	uint32_t depth_max;
	uint32_t cut_count; /* frames too narrow to be drawn */
	double cut;	    /* values of the widest cut ones: nothing counts twice */
};

/* `values` by node: a caller's is at least its callees' together. Borrowed for the call. */
void flame_layout_init(struct flame_layout *layout, const struct call_tree *tree,
		       const double *values, double pixels_per_value);
void flame_layout_release(struct flame_layout *layout);

/*
 * The node behind `at` in the order callers first; `is_skipping` what is below it. CALL_TREE_NONE
 * behind the last.
 */
uint32_t flame_layout_next(const struct call_tree *tree, uint32_t at, bool is_skipping);

/* The same of those that are drawn. Begins with the root, which always is. */
uint32_t flame_layout_next_drawn(const struct flame_layout *layout, uint32_t at);

#endif
