/*
 * The rings that the kernel writes into: one a CPU, each mapped over an event of sonde's own that
 * never happens (the holder), so that the events that write into it may come and go.
 *
 * All are of one size: as large as asked for, and half of it again and again until the kernel locks
 * that much memory for this user.
 *
 * One thread at a time.
 */
#ifndef CAPTURE_RING_SET_H
#define CAPTURE_RING_SET_H

#include <linux/perf_event.h>
#include <stdint.h>

#include "capture/perf_ring.h"
#include "util/err.h"
#include "util/vec.h"

struct cpu_ring {
	int cpu;
	int fd; /* of the holder: where the CPU's other events are sent to */
	struct perf_ring ring;
};

struct ring_set {
	VEC(struct cpu_ring) cpus; /* those online */
	uint64_t ring_bytes;
	int epoll_fd; /* readable when a ring is half full; draining clears it */
};

/*
 * Rings for a flow of so many bytes a second and CPU: a power of two that holds a few seconds.
 * Pure.
 */
uint64_t ring_set_choose_bytes(double bytes_per_s, size_t cpu_count);

/*
 * -EPERM when not even small rings may be locked; -EMFILE; perf_event_open's errors: of an event
 * like `holder` on this thread.
 */
int ring_set_open(struct ring_set *set, const struct perf_event_attr *holder, double bytes_per_s,
		  struct err *err);
void ring_set_close(struct ring_set *set); /* a zeroed or closed set is accepted */

/*
 * Everything that is in the rings now, ring by ring. Returns how many rings had nonsense in them.
 */
uint32_t ring_set_drain(struct ring_set *set, perf_ring_fn fn, void *arg);

uint64_t ring_set_get_bytes(const struct ring_set *set); /* read since open */

#endif
