/*
 * Functions by CPU: self and total samples, merged over runs. A function counts once per stack for
 * its total, however often it recurs in it. Hidden kernel time is a row of its own, in
 * sample-equivalents, so that shares are of all CPU time.
 */
#ifndef VIEW_HOT_FUNCTIONS_H
#define VIEW_HOT_FUNCTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

struct hot_function {
	const char *name;   /* "module+0x1a2b" without a symbol */
	const char *module; /* base name */
	const char *file;   /* "" = unknown */
	uint32_t line;
	bool is_kernel;
	double self, total; /* samples */
};

struct profile_summary {
	struct profile_quality quality;	      /* summed over the runs */
	uint64_t frames, frames_unsymbolized; /* distinct frames hit */
	uint64_t stacks;
	double frequency_hz;
	uint64_t weight_ns;
	const char *event, *sampler;
	/* sample_count + kernel_hidden_ns / weight_ns: what shares are of */
	double samples_with_hidden;
	uint32_t run_count; /* runs that had a profile */
};

struct hot_threads_row {
	const char *comm, *role;
	uint32_t pid, tid;
	uint64_t samples;
};

struct hot_functions {
	struct profile_summary summary;
	struct hot_function *functions; /* by self, descending; ties by name */
	uint32_t function_count;
	struct hot_threads_row *threads; /* by samples, descending */
	uint32_t thread_count;
};

/*
 * Merges the runs of one arm of a selection (arm_count: UINT32_MAX = all arms). -ENOENT with a
 * sentence when none has a profile.
 */
int hot_functions_read(struct hot_functions *ret_view, struct arena *arena,
		       const struct selection *selection, uint32_t arm, struct err *err);

#endif
