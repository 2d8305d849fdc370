/*
 * What this machine allows sonde to see and what disturbs its measurements: each thing with its
 * value, what that costs, and the commands that mend it, for this boot and for good. Reads only;
 * nothing is changed. All texts live in the caller's arena.
 */
#ifndef LAB_DOCTOR_H
#define LAB_DOCTOR_H

#include <stdint.h>

#include "procfs/proc_file.h"
#include "util/arena.h"
#include "util/vec.h"

enum doctor_state {
	DOCTOR_GOOD,
	DOCTOR_NOTE,	/* costs something that can be lived with */
	DOCTOR_WARNING, /* measurements are poorer for it */
	DOCTOR_UNKNOWN, /* could not be read, or is not there on this machine */
};

struct doctor_finding {
	const char *name; /* "perf_event_paranoid": stable, for JSON */
	enum doctor_state state;
	const char *value;     /* "4" */
	const char *cost;      /* what it means for a measurement, one sentence; "" when good */
	const char *now;       /* command for this boot; "" = none is needed, or there is none */
	const char *permanent; /* command that lasts; "" likewise */
};

struct doctor_findings {
	VEC_FIELDS(struct doctor_finding);
};

const char *doctor_state_name(enum doctor_state state); /* "good" "note" "warning" "unknown" */

/*
 * `fs` is this machine, or a copy of its /proc and /sys for tests (then probing system calls are
 * left out).
 */
void doctor_examine(const struct procfs *fs, struct arena *arena, struct doctor_findings *findings);

#endif
