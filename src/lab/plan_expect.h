/* The `expect:` of a request. */
#ifndef LAB_PLAN_EXPECT_H
#define LAB_PLAN_EXPECT_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/* Reads the mapping; what is not stated stays as it is. */
int plan_expect_read(const struct plan_reader *reader, const struct plan_node *node,
		     struct plan_expect *expect);

#endif
