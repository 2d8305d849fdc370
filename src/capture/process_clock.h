/*
 * The CPU time of processes, threads that have ended included: the kernel's clock of each process
 * (clock_getcpuclockid(3)), read again and again. What a process uses between the last reading and
 * its end is missed.
 */
#ifndef CAPTURE_PROCESS_CLOCK_H
#define CAPTURE_PROCESS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/vec.h"

struct process_clock {
	pid_t pid;
	uint64_t seen_ns; /* at the last reading */
};

struct process_clocks {
	VEC(struct process_clock) clocks;
};

void process_clocks_release(struct process_clocks *clocks);

/*
 * One more process, if it is not known. What it has used already counts when `is_new`: it began
 * since the last reading; else only what it uses from now on.
 */
void process_clocks_add(struct process_clocks *clocks, pid_t pid, bool is_new);

/* CPU time (ns) of all since the last reading. Forgets those that have ended. */
uint64_t process_clocks_advance(struct process_clocks *clocks);

#endif
