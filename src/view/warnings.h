/*
 * What is probably wrong, from what one arm's runs stored: each warning with its evidence and what
 * to look at next. Judged when it is looked at, so an old run gets the rules of today.
 *
 * A rule fires on a fault and is silent on a healthy service: docs/method.md has each rule's limits
 * and why, tests/system/test_warnings.py a planted case for each, both ways. What a rule could not
 * judge (a lens was off, too few requests) it does not say as if all were well: it is silent, and
 * `not_seen` tells which lens would have shown it.
 *
 * One rule is one function of one of the files view/warning_*.c and one line in warnings.c.
 */
#ifndef VIEW_WARNINGS_H
#define VIEW_WARNINGS_H

#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

/*
 * Stable, in JSON: tail_latency slow_maximum failures memory_growth single_core run_queue
 * involuntary_switches listen_overflow retransmits steal throttling thermal disk_saturated
 * shared_cores waiting lock_contention file_lock debug_build swapping profiler_stops
 */
struct warning {
	const char *code;
	/* 0..1: how much of the requests' time or number it explains, or may; orders them */
	double strength;
	const char *text; /* "one thread, worker of gateway, uses 99 % of a core while …" */
	/* the figures: "thread 4711 'worker': 0.99 CPUs; other cores 42 % idle" */
	const char *evidence;
	const char *next; /* what to look at: "sonde report --by thread" */
};

struct warnings {
	struct warning *items; /* the strongest first */
	uint32_t count;
};

/* `environment` is the experiment's JSON; "" = unknown. All in the arena. */
void warnings_find(struct warnings *ret_warnings, struct arena *arena,
		   const struct run_summary_side *side, const struct machine_view *machine,
		   const char *environment);

const struct warning *warnings_get(const struct warnings *warnings, const char *code);

#endif
