/* A plan's tree to struct plan: the top of the file, and what holds between its sections. */
#ifndef LAB_PLAN_BUILD_H
#define LAB_PLAN_BUILD_H

#include "lab/plan.h"
#include "lab/plan_node.h"

/*
 * Fills everything of `plan` that is read from a tree, with defaults for what is not stated; arena,
 * root, path, directory and source are the caller's. `arm`: NULL = the tree as written, else its
 * variables were replaced as that arm sees them ("" in a plan without arms). -EINVAL with the
 * place.
 */
int plan_build(struct plan *plan, const struct plan_node *root, const char *arm, struct err *err);

/* The name for sentences: the file's, or "plan" without a file. */
const char *plan_build_get_label(const struct plan *plan);

#endif
