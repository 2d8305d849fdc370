/*
 * Waiting until a service answers. One check asks one thing, as the plan's `ready:` says: an HTTP
 * answer with a status, a TCP connection, a text in the service's output, or a command that ends
 * with 0. Attempts begin every so often until one succeeds; in between, and while one waits, the
 * caller's `look` is asked every few milliseconds, so that a service that died or a Ctrl-C ends the
 * wait at once.
 */
#ifndef LAB_READINESS_H
#define LAB_READINESS_H

#include <stdint.h>

#include "lab/plan.h"
#include "util/err.h"

/*
 * Whether to go on: 0, or a negative errno with a sentence that ends the wait and is handed on (the
 * service has ended, an interrupt). Called often; must not block.
 */
typedef int (*readiness_look_fn)(void *context, struct err *err);

/*
 * Runs a command to its end or to the deadline (CLOCK_MONOTONIC): 1 when it exited with 0, 0 with
 * the reason in `why_not` when it did not, negative when trying again is pointless (no such
 * command).
 */
typedef int (*readiness_exec_fn)(void *context, const char *command, uint64_t deadline_ns,
				 struct err *why_not);

struct readiness_check {
	const struct plan_ready *ready; /* expanded; kind PLAN_READY_NONE is ready at once */
	const char *output_path;	/* log: the file that the service writes to */
	uint64_t output_offset;		/* log: where this start begins in it; moves on */
	readiness_exec_fn exec;		/* exec: may be NULL for the other kinds */
	readiness_look_fn look;		/* NULL = nothing to look at */
	void *context;			/* of exec and look */
};

/*
 * One attempt, at most until the deadline (CLOCK_MONOTONIC). 1 = ready; 0 = not yet, with the
 * reason in `why_not` ("connection refused", "status 503 instead of 200"); negative with a sentence
 * = hopeless, or what `look` said.
 */
int readiness_poll_once(struct readiness_check *check, uint64_t deadline_ns, struct err *why_not);

/*
 * Attempts until one succeeds: 0. -ETIMEDOUT when `attempts` × `every` is over, with the last
 * reason in the sentence; what readiness_poll_once() or `look` said otherwise. One attempt waits at
 * most 2 s (or `every`, when that is longer) for an answer.
 */
int readiness_wait(struct readiness_check *check, struct err *err);

#endif
