/* The `services:` section of a plan. */
#ifndef LAB_PLAN_SERVICE_H
#define LAB_PLAN_SERVICE_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/* Reads the list into plan->services. `node` is the value of the key. */
int plan_service_read(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan *plan);

/*
 * CPUs like "0,2-3": ascending or not, each once. Returns how many, at most `max`, stored in
 * `ret_cpus` (NULL = only checked); -EINVAL when the text is no such list or names a CPU twice,
 * -ERANGE for more than `max` or a number above 4095.
 */
int plan_service_parse_cpus(const char *text, uint32_t *ret_cpus, uint32_t max);

#endif
