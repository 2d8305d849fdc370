/*
 * What `record` and `stat` share: a window without load, on a command of its own, on a service that
 * is up (-p), or on the whole machine (-a).
 */
#ifndef CMD_WINDOW_H
#define CMD_WINDOW_H

#include <stdbool.h>

#include "lab/plan.h"
#include "util/err.h"

/*
 * A plan of one service for it, to be completed with plan_set() and plan_update(). `command` NULL
 * and not is_system_wide: `target` is attached.
 */
int window_init_plan(struct plan *plan, const char *const *command, const char *target,
		     bool is_system_wide, struct err *err);

/* As perf and strace: the command's own status, 128 + signal when a signal ended it. */
int window_pass_status(int wait_status);

#endif
