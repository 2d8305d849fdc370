/* `--only K=V,K=V`: a part of a plan's combinations (lab/plan_matrix.h). */
#ifndef CMD_ARM_CHOICE_H
#define CMD_ARM_CHOICE_H

#include "cmd/options.h"
#include "lab/plan.h"

/*
 * Sets the plan's `only`, in the place of its own, and reads the plan again: the choice is stored
 * with the plan, so that `--more` repeats it. Each of `choices` takes the combinations that agree
 * with all of its pairs. -EINVAL in a sentence.
 */
int arm_choice_apply(struct plan *plan, const struct option_list *choices, struct err *err);

#endif
