/*
 * When requests are due in open loop: request k of the run at begin + k / rate, whoever sends it.
 * Arithmetic only. Each worker walks its own share, every k with k mod threads = its index; a
 * worker that cannot keep up has its backlog in one number, the k it has come to.
 */
#ifndef LOAD_ARRIVALS_H
#define LOAD_ARRIVALS_H

#include <stdint.h>

#define ARRIVALS_NEVER UINT64_MAX

struct arrivals {
	uint64_t begin_ns;
	double rate_hz;
	uint64_t end_k; /* one past the last of the run */
	uint32_t step;
	uint64_t next_k;
	uint64_t next_ns; /* when next_k is due; ARRIVALS_NEVER after the last */
};

/* Closed loop: nothing is due by a schedule, next_ns is ARRIVALS_NEVER from the start. */
void arrivals_init_closed(struct arrivals *arrivals);

/* worker < threads; end_k UINT64_MAX = without end; rate_hz > 0. */
void arrivals_init_constant(struct arrivals *arrivals, uint64_t begin_ns, double rate_hz,
			    uint32_t worker, uint32_t threads, uint64_t end_k);

/* From next_k to the one after it in this share. */
void arrivals_advance(struct arrivals *arrivals);

#endif
