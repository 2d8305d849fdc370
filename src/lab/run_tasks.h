/*
 * Which thread of the services, and of sonde, used what within the window of a run: two readings of
 * /proc, and looks between them, because what a thread used is gone with it. One of the lenses
 * (run_lenses.h), and also what whoever watches is shown.
 */
#ifndef LAB_RUN_TASKS_H
#define LAB_RUN_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/machine_sample.h"
#include "model/task_usage.h"
#include "monitor/machine_sampler.h"

struct run;

/* Whose each process is. */
struct task_role {
	pid_t pid;
	const char *role; /* the monitor's */
};

struct task_roles {
	VEC_FIELDS(struct task_role);
};

struct run_tasks {
	struct machine_sampler *sampler;
	bool is_from_exec; /* what is watched is a command that is held before its exec */
	struct machine_sample first, last, now;	 /* of the window; times 0 = not read */
	struct task_roles last_roles, now_roles; /* of the processes of `last` and `now` */
	struct task_usages ended; /* threads that ended within the window, cut to so many */
	struct task_usages used;  /* all, when the window has ended */
	/* CPU time of reading: so far, and when the window began */
	uint64_t cost_ns, begin_cost_ns;
};

/* The functions work on run->lenses.tasks. */
void run_tasks_open(struct run *run, bool is_from_exec);
void run_tasks_release(struct run_tasks *tasks);

/* The window begins; somewhere within it; it ends, and `used` is there. */
void run_tasks_begin(struct run *run);
void run_tasks_look(struct run *run);
void run_tasks_end(struct run *run);

#endif
