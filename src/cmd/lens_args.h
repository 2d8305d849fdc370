/*
 * Options for what is looked at beside load and profile, of `run`, `record` and `stat`: written
 * into the plan's `monitor` section.
 */
#ifndef CMD_LENS_ARGS_H
#define CMD_LENS_ARGS_H

#include "cmd/options.h"
#include "lab/plan.h"
#include "util/err.h"

struct lens_args {
	const char *syscalls; /* NULL = not asked for; "", "bpf", "ptrace" */
	const char *counters; /* NULL = not asked for; "" or events with commas */
};

#define LENS_ARGS_SYSCALLS(a)                                                                      \
	{                                                                                          \
		.name = "syscalls", .kind = OPTION_OPTIONAL, .value = "HOW",                       \
		.target = &(a).syscalls,                                                           \
		.help = "count system calls, with errors and times; =ptrace without rights, "      \
			"slowly"                                                                   \
	}
#define LENS_ARGS_COUNTERS(a)                                                                      \
	{                                                                                          \
		.name = "counters", .kind = OPTION_OPTIONAL, .value = "EVENTS",                    \
		.target = &(a).counters,                                                           \
		.help = "count events, perf's names with commas (perf stat's own)"                 \
	}

/* What is wrong usage, before anything starts: -EINVAL in a sentence. */
int lens_args_check(const struct lens_args *args, struct err *err);

/* Checks it, too. The caller calls plan_update(). */
int lens_args_apply(const struct lens_args *args, struct plan *plan, struct err *err);

#endif
