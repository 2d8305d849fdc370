/*
 * The metrics of an arm, run by run: what tables and comparisons are made of. The unit is the run;
 * a metric that a run does not have (no profile, a quantile that was not earned) is missing there,
 * not zero.
 *
 * Which runs count: looking (ARM_RUNS_ALL) takes every run of the arm, also one that was
 * interrupted or judged REFUSED, because its figures are what one wants to see then. Deciding
 * (ARM_RUNS_COMPARABLE) takes only those that are done and not REFUSED. What that leaves out is
 * said in a sentence, with the runs that a proof rejected because they were disturbed: these are in
 * no arm, unless one was selected alone.
 */
#ifndef VIEW_ARM_METRICS_H
#define VIEW_ARM_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

enum arm_runs { ARM_RUNS_ALL, ARM_RUNS_COMPARABLE };

struct arm_metric {
	const struct metric_info *info;
	const char *scope;	 /* "", a role, or "request:NAME" */
	double *values;		 /* by run, run_count of them; NaN = this run has none */
	uint32_t value_count;	 /* how many are not NaN, at least one */
	double median, min, max; /* of those */
};

struct arm_metrics {
	const struct stored_run **runs; /* in pair order; owned by the selection */
	uint32_t run_count;
	/* in metric_list()'s order; of each the total first, then scopes by name */
	struct arm_metric *metrics;
	uint32_t metric_count;
	/* "run 3 failed, run 5 was REFUSED, run 6 was rejected: steal of 4 %", "" when every
	 * selected run counts */
	const char *left_out;
};

/*
 * An arm without runs, or runs without metrics, give an empty list. Metrics unknown to
 * metric_find() are left out.
 */
int arm_metrics_read(struct arm_metrics *ret_metrics, struct arena *arena,
		     const struct selection *selection, uint32_t arm, enum arm_runs which,
		     struct err *err);

/* NULL when no run has it. */
const struct arm_metric *arm_metrics_find(const struct arm_metrics *metrics, const char *name,
					  const char *scope);

/*
 * Of values by run (NaN = none) that of the run which was made in this pair; NaN when the arm has
 * no such run.
 */
double arm_metrics_get_of_pair(const struct arm_metrics *metrics, const double *values,
			       uint32_t pair);

/*
 * Whether runs of two sides are compared pair by pair: arms of one experiment, which alternated,
 * and at least one pair of which both runs are here.
 */
bool arm_metrics_are_paired(const struct selection *base, uint32_t base_arm,
			    const struct arm_metrics *base_metrics, const struct selection *head,
			    uint32_t head_arm, const struct arm_metrics *head_metrics);

/* What two sides leave out, in one sentence: "base: run 3 failed; head: run 5 was REFUSED". */
const char *arm_metrics_join_left_out(struct arena *arena, const char *base, const char *head);

#endif
