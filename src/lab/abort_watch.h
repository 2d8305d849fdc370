/*
 * `abort_on:` conditions that a load must meet while it runs: held against what was measured so
 * far, about once a second. The first one that is not met ends the run, and what was measured is
 * kept.
 */
#ifndef LAB_ABORT_WATCH_H
#define LAB_ABORT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/plan.h"
#include "lab/threshold.h"
#include "load/load.h"

enum { ABORT_RECENT_SECONDS = 4 };

/* What one request name, or all, measured so far. */
struct abort_total {
	struct load_total total;
	/* of total.counts.completed: by second for the last ones, and before them */
	struct {
		uint32_t second;
		uint64_t completed;
	} recent[ABORT_RECENT_SECONDS];
	uint64_t completed_before;
};

struct abort_watch {
	struct threshold *conditions;
	const char **texts; /* the plan's */
	uint32_t count;
	const struct load *load;    /* for the names */
	struct abort_total *totals; /* by name, and of all at the end */
	uint32_t name_count;
};

/* `plan` and `load` are borrowed. Without conditions it does nothing. */
void abort_watch_init(struct abort_watch *watch, const struct plan_load *plan,
		      const struct load *load);
void abort_watch_release(struct abort_watch *watch);

/* Adds what the load has handed over. */
void abort_watch_add(struct abort_watch *watch, const struct load_second *second);

/*
 * NULL, or the condition that is not met after `elapsed_ns` of the window, as the plan has it.
 * Values that cannot be said yet break nothing. A rate is that of the whole seconds up to one
 * second ago: the load hands a second over when it has ended.
 */
const char *abort_watch_check(const struct abort_watch *watch, uint64_t elapsed_ns);

#endif
