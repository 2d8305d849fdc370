/*
 * How much a figure of one run may be luck, as far as the run itself can tell: it is resampled by
 * blocks of its seconds (stats/bootstrap.h). What differs from run to run, such as where memory
 * came to lie, is not in it: a difference within this noise is none to speak of, one beyond it may
 * still be. So it marks, and decides nothing.
 */
#ifndef VIEW_RUN_NOISE_H
#define VIEW_RUN_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/run_diff.h"
#include "view/selection.h"

enum { RUN_NOISE_METRICS = 6 };

struct run_noise {
	const char *metric; /* "rate_rps" */
	/* false: fewer than four blocks of seconds, too few answers for the quantile, or requests
	 * that were given up on move it */
	bool is_known;
	double lo, hi; /* at RUN_DIFF_LEVEL, in the metric's unit; both above 0 */
};

/*
 * Of rate_rps, latency_p50, latency_p95, latency_p99, latency_mean, and cpu_per_request, in total.
 * A run without load has nothing known. `run` is one of the selection's.
 */
int run_noise_find(struct run_noise ret_noise[static RUN_NOISE_METRICS], struct arena *arena,
		   const struct selection *selection, const struct stored_run *run,
		   struct err *err);

/*
 * When one run a side counts, sets `noise` of these metrics' rows (in total), and is_within_noise
 * where the difference is no greater. `noise` is the half width of the interval of head/base, as a
 * ratio: 0.03 is 3 %. Any other row's is NAN. The sides are those that `diff` was read from.
 */
int run_noise_mark(struct run_diff *diff, struct arena *arena, const struct selection *base,
		   uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		   struct err *err);

#endif
