/*
 * What moved beside functions: where a request's time went (on a CPU, waiting for one, waiting for
 * anything else), how often the services gave the CPU up or lost it, page faults, and system calls
 * by name, each per request, side by side. The unit is the run, compared by differences as
 * series_diff.h does, for most of these can be zero.
 *
 * It informs and decides nothing. Of many rows some are apart by chance: at 95 % one of twenty.
 */
#ifndef VIEW_WAIT_DIFF_H
#define VIEW_WAIT_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"
#include "view/value_diff.h"

enum wait_diff_kind {
	WAIT_DIFF_TIME,	   /* ns per request */
	WAIT_DIFF_EVENT,   /* times per request */
	WAIT_DIFF_SYSCALL, /* calls per request */
};

struct wait_diff_row {
	enum wait_diff_kind kind;
	const char *name; /* "on CPU", "run queue", "other waiting", "futex" */
	struct value_diff change;
};

struct wait_diff {
	/* those that are apart first; of each times, events, calls, and of these the greatest
	 * difference first. None that is 0 in all runs. */
	struct wait_diff_row *rows;
	uint32_t row_count;
	uint32_t apart_count;
	const char *method; /* "paired Hodges-Lehmann", "Hodges-Lehmann" */
	/* what one side lacks or neither has: "system calls: base was run without --syscalls" */
	const char *lacking; /* "" = nothing */
};

/*
 * Arms as for run_diff_read(); the same runs count. "other waiting" is a request's mean response
 * time less its time on a CPU and in the run queue: the network's and the generator's parts are in
 * it, and it is left out where services work on a request in parallel for longer than it takes. No
 * requests at all: no rows.
 */
int wait_diff_read(struct wait_diff *ret_diff, struct arena *arena, const struct selection *base,
		   uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		   struct err *err);

#endif
