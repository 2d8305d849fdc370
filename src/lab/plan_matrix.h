/*
 * The arms of a plan: those in `arms`, times the product of the variables in `matrix`, of which
 * `only` chooses a part.
 *
 *	arms:   {proxy: {mode: proxy}, zero-copy: {mode: zero-copy}}
 *	matrix: {workers: [1, 12], cpus: ["0", "0-1"]}
 *	only:   [{arm: zero-copy}, {workers: 1, cpus: "0"}]
 *
 * makes six arms of eight combinations: "proxy workers=1 cpus=0", the four of zero-copy, … Each
 * mapping in `only` chooses the combinations that agree with all of its keys. An arm's name that
 * would be too long is cut, and ends in the combination's number.
 */
#ifndef LAB_PLAN_MATRIX_H
#define LAB_PLAN_MATRIX_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

enum { PLAN_MATRIX_ARMS_MAX = 256 };

/* What the plan's own arms are called as an axis. */
#define PLAN_MATRIX_ARM "arm"

/*
 * Replaces plan->arms, which `arms` was read into, by the chosen combinations, and fills axes and
 * combinations. `root` is the plan as written. -EINVAL with the place.
 */
int plan_matrix_read(const struct plan_reader *reader, const struct plan_node *root,
		     struct plan *plan);

#endif
