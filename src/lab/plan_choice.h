/* Named loads: the alternatives in `loads`. */
#ifndef LAB_PLAN_CHOICE_H
#define LAB_PLAN_CHOICE_H

#include "lab/plan.h"

/*
 * Reads the plan with each of its loads, for every arm: so that a mistake in one is found with the
 * file. The sentence ends with the load's name.
 */
int plan_choice_check(const struct plan *plan, struct err *err);

#endif
