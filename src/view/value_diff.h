/*
 * One value a run on two sides, which may be zero: the medians, and head less base with its
 * interval. The unit is the run, paired where both sides were interleaved, as in view/run_diff.h;
 * by differences and without a verdict: for looking, not for deciding.
 */
#ifndef VIEW_VALUE_DIFF_H
#define VIEW_VALUE_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "view/arm_metrics.h"

struct value_diff {
	/* medians over the runs, of pairs over these; NaN = that side has none */
	double base, head;
	uint32_t n_base, n_head;
	bool has_estimate, has_interval;
	double difference, lo, hi; /* head - base */
	double level;		   /* achieved confidence */
	bool is_apart;		   /* the interval does not have zero in it */
};

/* A side's runs, and what each has; NaN = none. */
struct value_diff_side {
	const struct arm_metrics *runs;
	const double *values;
};

struct value_diff value_diff_make(struct arena *arena, const struct value_diff_side *base,
				  const struct value_diff_side *head, bool is_paired);

#endif
