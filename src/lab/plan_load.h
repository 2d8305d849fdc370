/* The `load:` section of a plan. */
#ifndef LAB_PLAN_LOAD_H
#define LAB_PLAN_LOAD_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/* Reads the section into plan->load, defaults included. `node` is the value of the key. */
int plan_load_read(const struct plan_reader *reader, const struct plan_node *node,
		   struct plan *plan);

/* The request of that name; NULL when there is none. */
const struct plan_request *plan_load_find_request(const struct plan_load *load, const char *name);

#endif
