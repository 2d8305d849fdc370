/*
 * Counts events over a window, as `perf stat` does: software, hardware, caches, raw numbers and
 * tracepoints, of processes with all their threads and descendants, or of the whole machine. No
 * samples, no rings: the kernel adds up, reading is one read(2) per event and thread.
 *
 *	counter_set_open(pids, events) ─ enable ─ read … ─ disable ─ read ─ close
 *
 * What this machine lacks, or this user may not have, is a counter with that state and no error:
 * the rest is counted. Kernel code is left out where it is not for this user, and the name says so
 * (":u"), as in perf; a clock has no ":u", for it goes on in the kernel all the same.
 *
 * Threads that are born while the events are being opened may have inherited some of them: then all
 * are closed and opened again, until none was born meanwhile. Of a program that makes threads
 * without end those of the last attempt's milliseconds may count twice, for as long as they live.
 *
 * One thread at a time.
 */
#ifndef CAPTURE_COUNTER_SET_H
#define CAPTURE_COUNTER_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/counter.h"
#include "util/err.h"
#include "util/scoped.h"

struct counter_set_config {
	/* all their threads, and what these will make; a process held before its exec is fine */
	const pid_t *pids;
	uint32_t pid_count;
	bool is_system_wide;
	/* perf's names (event_name.h); none = counter_set_default_events() */
	const char *const *events;
	uint32_t event_count;
	/*
	 * Of processes that are held before their exec: counts from the exec on, as perf stat does,
	 * and counter_set_enable() does nothing
	 */
	bool is_started_by_exec;
};

struct counter_set;

/*
 * perf stat's own default: task-clock, context-switches, cpu-migrations, page-faults, cycles,
 * instructions, branches, branch-misses; and beyond it the caches' references and misses.
 */
const char *const *counter_set_default_events(uint32_t *ret_count);

/*
 * Errors: -EINVAL for what is no event's name (with the nearest), -ESRCH when no process is there;
 * -EACCES/-EPERM only when not a single event could be had: the sentence says what is in the way
 * and the command that mends it (perf_refusal.h).
 */
int counter_set_open(struct counter_set **ret_set, const struct counter_set_config *config,
		     struct err *err);
void counter_set_close(struct counter_set *set); /* NULL accepted */
SCOPED_POINTER(counter_set, counter_set_close)

void counter_set_enable(struct counter_set *set);
void counter_set_disable(struct counter_set *set);

/* Totals since enable, one per event in the given order; replaces what is in `counters`. */
void counter_set_read(const struct counter_set *set, struct counters *counters);

/* What is in the way of those that were not permitted, one sentence; "" = nothing. */
const char *counter_set_get_refusal(const struct counter_set *set);

#endif
