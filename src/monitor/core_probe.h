/*
 * How fast the services' CPUs are while they work: a loop of fixed length, a hundredth of a
 * millisecond long, run on each of them twenty times a second. What it takes differs when the clock
 * changes, and when something else computes on the same core: a hyperthread's sibling, which in a
 * virtual machine may be somebody else's, and then nothing in /proc shows it. The same server has
 * been seen to take 25 % more CPU time per request beside such a neighbour, and this loop 75 %.
 *
 *	core_probe_start(CPUs) ─ a thread: to each CPU, the loop, sleep ─ core_probe_stop()
 *
 * The loop is of additions that do not wait for each other, so that it needs all of a core's units,
 * and touches no memory, so that what the service leaves in the caches does not matter. CPU time is
 * measured, not time: whoever waits for the CPU is not slow. It takes less than a thousandth of the
 * CPUs, on both sides of a comparison alike.
 */
#ifndef MONITOR_CORE_PROBE_H
#define MONITOR_CORE_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

enum { CORE_PROBE_CPUS = 8 }; /* at most: of more every n-th is taken */

struct core_probe_result {
	uint32_t count; /* loops that were run */
	/* of a loop; 0 without any. One that an interrupt fell into counts as at most 2.5 times the
	 * shortest. */
	double mean_ns, shortest_ns;
};

struct core_probe;

/* `cpus`: numbers as in sched_setaffinity(2). -EAGAIN and the like when no thread can be had. */
int core_probe_start(struct core_probe **ret_probe, const uint32_t *cpus, uint32_t cpu_count,
		     struct err *err);

/* The CPUs where these processes may run, as for core_probe_start(); their number. */
uint32_t core_probe_choose(const int32_t *pids, uint32_t pid_count,
			   uint32_t ret_cpus[static CORE_PROBE_CPUS]);

/* Waits for the thread. CPUs where sonde may not run have no part in the result. NULL is fine. */
struct core_probe_result core_probe_stop(struct core_probe *probe);

static inline void core_probe_cleanup(struct core_probe **probe)
{
	if (*probe != NULL)
		core_probe_stop(*probe);
}

#endif
