/* The plan of one side (lab/side.h): the same text, read for another place or with a change. */
#ifndef LAB_SIDE_PLAN_H
#define LAB_SIDE_PLAN_H

#include "lab/side.h"

/* What a side changes; zeroed = nothing. */
struct side_change {
	const char *arm; /* NULL = the setup's */
	const struct plan_pair *overrides;
	uint32_t override_count;
	const char *command; /* of the first service; NULL = the plan's */
};

/* Fills plan, arm and vars. -ENOENT: no such arm; errors of plan_parse(). */
int side_plan_read(struct side *side, const struct side_setup *setup, const char *directory,
		   const struct side_change *change, struct err *err);

/* The same for a tree: the plan's folder in it; and whether what would be run is the tree's. */
int side_plan_read_tree(struct side *side, const struct side_setup *setup, struct err *err);

#endif
