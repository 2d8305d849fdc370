/* How the load section says where and over what connections to send. */
#ifndef LAB_PLAN_TARGET_H
#define LAB_PLAN_TARGET_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/*
 * Reads target, connect_to, sources, protocol, pipeline, streams, close and tls of a load section
 * into `load`, and checks them against each other.
 */
int plan_target_read(const struct plan_reader *reader, const struct plan_node *node,
		     struct plan_load *load);

#endif
