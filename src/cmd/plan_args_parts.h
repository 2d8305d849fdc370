/* The parts of plan_args.c. */
#ifndef CMD_PLAN_ARGS_PARTS_H
#define CMD_PLAN_ARGS_PARTS_H

#include "cmd/plan_args.h"
#include "cmd/plan_edit.h"

/* What is sent; `args` has a URL, or a file that has one. */
void plan_args_set_request(struct plan_edit *edit, const struct plan_args *args);

/* How, and how much. What excludes it in the plan goes. */
void plan_args_set_load(struct plan_edit *edit, const struct plan_args *args);

/*
 * Options that exclude or need each other, in the words of the command line. has_plan: the options
 * are laid over a plan, which may have what they need.
 */
int plan_args_check(const struct plan_args *args, bool has_plan, struct err *err);

#endif
