/*
 * YAML text to a plan's tree, with libyaml's events. Of YAML 1.1 everything is read but what a plan
 * has no use for, and each of these is said: several documents, tags, merge keys (<<), keys that
 * are no texts. An alias becomes a copy of what its anchor names; copies count towards PLAN_BYTES,
 * so that a small file cannot become a large plan.
 */
#ifndef LAB_PLAN_YAML_H
#define LAB_PLAN_YAML_H

#include <stddef.h>

#include "lab/plan_node.h"
#include "util/err.h"

/*
 * The tree lives in `arena`; its root is a mapping. -EINVAL with "name:line:column: …", -EFBIG when
 * too large.
 */
int plan_yaml_parse(struct plan_node **ret_root, struct arena *arena, const char *name,
		    const char *text, size_t length, struct err *err);

/* The first byte of what is not UTF-8 (RFC 3629); NULL when all of it is. */
const char *plan_yaml_find_bad_byte(const char *text, size_t length);

#endif
