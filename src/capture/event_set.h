/*
 * The perf events of many threads, and the rings they write into: one a CPU, shared by all events
 * there. A thread's events write from whatever CPU it runs on, hence one tracker and one sampler
 * per thread and CPU.
 *
 * One thread at a time.
 */
#ifndef CAPTURE_EVENT_SET_H
#define CAPTURE_EVENT_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_open.h"
#include "capture/perf_ring.h"
#include "util/err.h"
#include "util/vec.h"

struct cpu_ring {
	int cpu;
	/* of the event that owns the ring, closed with the others; -1 = no event on this CPU yet */
	int fd;
	struct perf_ring ring;
};

/*
 * Whose event it is: records carry the id of the event that was opened, also when an inherited copy
 * wrote them.
 */
struct event_owner {
	uint64_t id;
	uint32_t tid;
};

struct event_set {
	struct perf_setup setup;
	struct cpu_ring *cpus; /* those online */
	uint32_t cpu_count;
	uint64_t ring_bytes; /* what worked last: tried first for the next ring */
	/*
	 * readable when a ring is half full, or the thread that owns it ended; draining clears it
	 */
	int epoll_fd;
	VEC(int) samplers;
	VEC(int) trackers;
	VEC(int) counters;
	VEC(struct event_owner) owners; /* of samplers, by ascending id */
};

/* No events yet. -errno when the machine's CPUs cannot be listed. */
int event_set_open(struct event_set *set, const struct perf_setup *setup, struct err *err);
void event_set_close(struct event_set *set); /* a zeroed or closed set is accepted */

/*
 * Follows one more thread, and what it will fork. Without a sentence in `err`: -ESRCH when the
 * thread is gone (what it had got is kept: its samples are in the ring), -EACCES or -EPERM when it
 * is not this user's. Others say what is missing.
 */
int event_set_add_thread(struct event_set *set, uint32_t tid, struct err *err);

/* Switches samplers and counters, those of inherited threads too. */
void event_set_enable(struct event_set *set);
void event_set_disable(struct event_set *set);

/*
 * Everything that is in the rings now, ring by ring. Returns how many rings had nonsense in them.
 */
uint32_t event_set_drain(struct event_set *set, perf_ring_fn fn, void *arg);

/* The thread that the sampler with this id was opened for; 0 = not one of the set's. */
uint32_t event_set_find_owner(const struct event_set *set, uint64_t id);

/* Totals since open. Lost samples only if setup.has_lost_count. */
uint64_t event_set_get_bytes(const struct event_set *set);
uint64_t event_set_read_lost(const struct event_set *set);
uint64_t event_set_read_cpu_ns(const struct event_set *set);

#endif
