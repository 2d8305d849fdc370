/*
 * The reference workload: a program of known shares and known call paths, for the profiler to be
 * measured against (lab/record_selftest.h). It runs as a process of its own, `sonde selftest
 * workload`, and measures its own truth: CLOCK_THREAD_CPUTIME_ID around each of its parts, which
 * come in random order (seeded) and for a random time each, so that no sampling period keeps step
 * with them.
 *
 *	main thread: parts of workload_paths[] up to `thread`, and every 20 ms of its CPU time a
 *	  signal whose handler works, wherever the program then is
 *	two threads at a time ─▶ threads one after the other, each of which lives for `short_ns`
 *
 * Every stack that can be sampled in it is known: its frames are functions of this file, and
 * workload_paths[] says which callers each has. Nothing else of this file has names with the same
 * beginning, WORKLOAD_PREFIX.
 *
 * Parts are some milliseconds long: a thread that asks the kernel for its CPU time is rescheduled
 * there, and a sampler that has to wait for its own CPU would find it there too often.
 */
#ifndef REFERENCE_WORKLOAD_H
#define REFERENCE_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

#define WORKLOAD_PREFIX "workload_part_"

enum {
	WORKLOAD_THREAD = 8,
	WORKLOAD_HANDLER = 9,
	WORKLOAD_SHARES = 10, /* paths whose shares add up to 1 */
	WORKLOAD_SHORT = 10,  /* and one that is judged by itself: threads that end soon */
	WORKLOAD_PATHS = 11,
	WORKLOAD_FRAMES_MAX = 4,
	WORKLOAD_RECURSION = 200,
	WORKLOAD_SHORT_THREADS = 12,
};

/* The functions of this file on one path, caller first; those outside of it may stand between. */
struct workload_path {
	const char *name; /* of the row */
	const char *what; /* in words */
	/* without WORKLOAD_PREFIX; NULL behind the last */
	struct {
		const char *function;
		uint32_t count; /* activations, one above the other */
	} frames[WORKLOAD_FRAMES_MAX];
	/* the last of them is inlined: without debug information it is not to be seen */
	bool is_inlined;
};

extern const struct workload_path workload_paths[WORKLOAD_PATHS];

struct workload_options {
	uint64_t cpu_ns;   /* of all parts but the short threads, about */
	uint64_t short_ns; /* CPU time of each short thread, about */
	uint64_t seed;
};

struct workload_truth {
	/* CPU time; without that of handlers, which has its own */
	uint64_t path_ns[WORKLOAD_PATHS];
	uint64_t process_ns; /* CPU time of all of it, from its first instruction on */
};

/* Works, and writes its truth to the file. Main thread, and no other beside it. */
int workload_run(const struct workload_options *options, const char *truth_path, struct err *err);

/* -ENOENT, -EBADMSG: the workload did not come to its end. */
int workload_read_truth(struct workload_truth *ret_truth, const char *path, struct err *err);

#endif
