/*
 * Counts of events over a window, as `perf stat` gives them. An event that had to share the CPU's
 * counters with others ran only part of the time: its value is then scaled, and says so by
 * running_ns < enabled_ns.
 */
#ifndef MODEL_COUNTER_H
#define MODEL_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/vec.h"

enum counter_state {
	COUNTER_COUNTED,
	COUNTER_NOT_COUNTED,   /* threads ran, and the event never had a counter */
	COUNTER_NOT_SUPPORTED, /* this machine lacks it */
	COUNTER_NOT_PERMITTED, /* this user may not */
};

const char *counter_state_name(enum counter_state state); /* "counted" "not counted" … */

struct counter {
	char name[64]; /* as perf spells it; ":u" is added where the kernel's part is hidden */
	bool is_time;  /* value is ns of CPU time */
	enum counter_state state;
	double value; /* scaled; 0 unless counted */
	uint64_t enabled_ns, running_ns;
};

struct counters {
	VEC_FIELDS(struct counter);
};

/* By name without ":u", NULL when it is not there or was not counted. */
const struct counter *counters_find(const struct counters *counters, const char *name);

#endif
