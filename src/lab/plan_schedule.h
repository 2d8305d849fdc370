/* How the load section says when to send. */
#ifndef LAB_PLAN_SCHEDULE_H
#define LAB_PLAN_SCHEDULE_H

#include "lab/plan.h"
#include "lab/plan_reader.h"

/*
 * Reads connections, users, spawn_rate, think_time, rate, arrivals and stages of a load section
 * into `load`. Which of them exclude each other was checked before.
 */
int plan_schedule_read(const struct plan_reader *reader, const struct plan_node *node,
		       struct plan_load *load);

/* How long the stages take in all. */
uint64_t plan_schedule_get_stages_ns(const struct plan_load *load);

#endif
