/*
 * The perf events of many threads: one tracker and one or more samplers per thread and CPU (an
 * inherited event can write from whatever CPU its thread runs on only if there is one for each),
 * all into the CPU's ring.
 *
 * Samplers may be replaced while they run: event_set_begin_renewal(), event_set_renew_thread() for
 * each thread, event_set_finish_renewal(). Until then the old ones sample.
 *
 * One thread at a time.
 */
#ifndef CAPTURE_EVENT_SET_H
#define CAPTURE_EVENT_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/perf_open.h"
#include "capture/pid_map.h"
#include "capture/ring_set.h"
#include "util/err.h"
#include "util/vec.h"

struct event_sampler {
	uint64_t id; /* records carry it, also those that an inherited copy wrote */
	int fd;
	uint32_t tid;
	uint32_t kind;	      /* index into setup.samplers */
	uint32_t stack_bytes; /* of STACKS_COPY */
	bool is_kept;	      /* during a renewal: in the old list and in the new */
};

struct event_samplers {
	VEC_FIELDS(struct event_sampler);
};

/* Whose sampler it was: known for a while after it was closed, for what is in the rings. */
struct event_owner {
	uint64_t id;
	uint32_t tid; /* 0 = of a CPU */
	uint32_t kind;
	uint64_t last_drain; /* the drain after which no record of it can come */
};

struct event_set {
	struct perf_setup setup;
	struct ring_set rings;
	struct event_samplers samplers, old;
	struct pid_map old_index;	/* tid + 1 to its first in `old` */
	VEC(struct event_owner) owners; /* by ascending id */
	VEC(int) trackers;
	VEC(int) counters;
	uint64_t closed_lost_count; /* lost samples of samplers that are closed */
	uint64_t drain_count;	    /* the owner's: how often all rings were read and handed out */
	bool is_enabled;
};

/* No events yet, but the rings. Errors: ring_set_open()'s. */
int event_set_open(struct event_set *set, const struct perf_setup *setup, uint32_t stack_bytes,
		   struct err *err);
void event_set_close(struct event_set *set); /* a zeroed or closed set is accepted */

/*
 * Follows one more thread, and what it will fork; with a system-wide setup tid 0, once. size->tid
 * is ignored. Without a sentence in `err`: -ESRCH when the thread is gone (what it had got is kept:
 * its samples are in the ring), -EACCES or -EPERM when it is not this user's. Others say what is
 * missing.
 */
int event_set_add_thread(struct event_set *set, uint32_t tid, const struct capture_stack_size *size,
			 struct err *err);

/* Switches samplers and counters, those of inherited threads too. */
void event_set_enable(struct event_set *set);
void event_set_disable(struct event_set *set);

void event_set_begin_renewal(struct event_set *set);

/*
 * New samplers for a thread, that do not run yet; it need not have had any. With `may_keep` those
 * that have the size already stay (inherited copies of them, too). Errors:
 * event_set_add_thread()'s.
 */
int event_set_renew_thread(struct event_set *set, uint32_t tid,
			   const struct capture_stack_size *size, bool may_keep, struct err *err);

/* During a renewal: the thread's old samplers have this size. False when it has none. */
bool event_set_has_size(const struct event_set *set, uint32_t tid,
			const struct capture_stack_size *size);

/* Starts the new samplers if the old ones ran, and closes those. The time between the two. */
uint64_t event_set_finish_renewal(struct event_set *set);
void event_set_cancel_renewal(struct event_set *set);

/* The sampler that wrote a record; NULL = not one of the set's. Valid until samplers are opened. */
const struct event_owner *event_set_find_owner(const struct event_set *set, uint64_t id);

/* Totals since open. Lost samples only if setup.has_lost_count. */
uint64_t event_set_read_lost(const struct event_set *set);
uint64_t event_set_read_cpu_ns(const struct event_set *set);

#endif
