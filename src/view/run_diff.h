/*
 * Arms side by side: each metric's values per run, the estimate of head against base with its
 * interval, and a verdict. The unit is the run (stats/rank.h): paired where both sides were
 * interleaved in one experiment, unpaired else. Metrics that can be zero are compared by
 * differences (model/metric.h).
 */
#ifndef VIEW_RUN_DIFF_H
#define VIEW_RUN_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "model/verdict.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

#define RUN_DIFF_DELTA 0.02 /* practical threshold: changes below 2 % do not matter */
#define RUN_DIFF_LEVEL 0.95

struct run_diff_metric {
	const struct metric_info *info;
	const char *scope; /* "", a role, or "request:NAME" */
	double base, head; /* medians over runs; NaN = no value */
	uint32_t n_base, n_head;
	bool has_estimate, has_interval;
	/* head/base for METRIC_LOG_RATIO, head − base for METRIC_DIFFERENCE */
	double estimate, lo, hi;
	double level;	    /* achieved confidence */
	const char *method; /* "paired Hodges-Lehmann", "Hodges-Lehmann" */
	enum verdict verdict;
};

struct run_diff {
	const char *base_label, *head_label;
	const char *design; /* "paired" | "unpaired" */
	uint32_t pair_count;
	const char *primary; /* metric name */
	/* in the order of metric_list(), the total first, then scopes */
	struct run_diff_metric *metrics;
	uint32_t metric_count;
	enum verdict verdict; /* of the primary metric */
	const char *why_none; /* sentence when pairs are too few for verdicts, else "" */
};

/* `base` and `head` may be the same selection. `delta` <= 0 means RUN_DIFF_DELTA. */
int run_diff_read(struct run_diff *ret_diff, struct arena *arena, const struct selection *base,
		  uint32_t base_arm, const struct selection *head, uint32_t head_arm, double delta,
		  struct err *err);

/* The row of a metric, NULL when no run has it. */
const struct run_diff_metric *run_diff_find(const struct run_diff *diff, const char *name,
					    const char *scope);

#endif
