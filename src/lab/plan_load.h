/*
 * The `load:` section of a plan, and what its parts have to do with each other.
 *
 *	plan_target.c    where to send: target, protocol, TLS
 *	plan_schedule.c  when: connections, users, rates, stages
 *	plan_request.c   what
 */
#ifndef LAB_PLAN_LOAD_H
#define LAB_PLAN_LOAD_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/* Reads the section into plan->load, defaults included. `node` is the value of the key. */
int plan_load_read(const struct plan_reader *reader, const struct plan_node *node,
		   struct plan *plan);

/* That the keys of a mapping are keys of a load section, with or without values. */
int plan_load_check_keys(const struct plan_reader *reader, const struct plan_node *node);

/*
 * A threshold's form (lab/threshold.h), and that the request that it names is one of the load's.
 * `node` is its place.
 */
int plan_load_check_threshold(const struct plan_reader *reader, const struct plan_node *node,
			      const struct plan_load *load, const char *text);

#endif
