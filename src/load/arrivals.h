/*
 * When requests are due in open loop, whoever sends them. The schedule belongs to the run: request
 * k is due when the integral of the rate reaches k (at a constant rate: at begin + k / rate), and
 * each worker walks its own share, every k with k mod threads = its index. Poisson arrivals: each
 * worker draws its own, at its share of the rate, which together are the same as one process at the
 * whole rate. A replay has its own times.
 *
 * A worker that cannot keep up has its backlog in one number, the k it has come to. Arithmetic
 * only.
 */
#ifndef LOAD_ARRIVALS_H
#define LOAD_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "load/course.h"
#include "stats/rng.h"

#define ARRIVALS_NEVER UINT64_MAX

/* Shared by the workers. */
struct arrivals_plan {
	const struct course *course;
	bool is_poisson;
	const struct load_replay_item *replay; /* instead of a course; NULL = none */
	uint64_t begin_ns;
	uint64_t end_k; /* how many there are in all; UINT64_MAX = without end */
	uint32_t threads;
	uint64_t seed;
};

struct arrivals {
	const struct arrivals_plan *plan;
	uint32_t hint; /* of course_find_integral() */
	double drawn;  /* Poisson: requests due until next_ns, of all workers in the mean */
	struct rng rng;
	uint64_t next_k;
	uint64_t next_ns; /* when next_k is due; ARRIVALS_NEVER after the last */
};

/* Closed loop: nothing is due by a schedule, next_ns is ARRIVALS_NEVER from the start. */
void arrivals_init_closed(struct arrivals *arrivals);

/* worker < plan->threads. The plan is borrowed. */
void arrivals_init(struct arrivals *arrivals, const struct arrivals_plan *plan, uint32_t worker);

/*
 * How many of this share are due at now_ns and still to be taken. Of Poisson arrivals, which are
 * drawn one by one: how many may be expected.
 */
uint64_t arrivals_count_due(const struct arrivals *arrivals, uint64_t now_ns);

/* From next_k to the one after it in this share. */
void arrivals_advance(struct arrivals *arrivals);

#endif
