/*
 * An experiment whose arms are combinations of variables: all of them as rows of one table, and how
 * throughput grows along one of the variables, with the universal scalability law fitted
 * (stats/usl.h) for each combination of the others.
 *
 * Rows show every run that has begun measuring, as tables do. What is fitted are the runs that may
 * be compared: done, not REFUSED, not rejected.
 */
#ifndef VIEW_SCALING_H
#define VIEW_SCALING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "model/verdict.h"
#include "stats/usl.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

enum scaling_metric {
	SCALING_RATE,
	SCALING_P50,
	SCALING_P95,
	SCALING_P99,
	SCALING_CPU_PER_REQUEST,
	SCALING_CPU_MEAN,
	SCALING_RSS,
	SCALING_METRIC_COUNT,
};

struct scaling_row {
	uint32_t arm; /* of the selection */
	const char *label;
	const char **values; /* by variable; NULL = this arm does not set it */
	uint32_t run_count;
	double metrics[SCALING_METRIC_COUNT]; /* medians over the runs; NAN = none has it */
	double failed_ratio;		      /* of the worst run, 0..1; NAN = unknown */
	bool is_judged;			      /* false: some run was not */
	enum validity validity;		      /* the worst of the runs */
	bool is_open;			      /* open loop */
};

struct scaling_level {
	double n; /* the axis' value */
	const struct scaling_row *row;
	double fitted_rate; /* by the law; NAN = not fitted */
};

/* Rows that differ in the axis alone. */
struct scaling_group {
	const char *label;	      /* "mode=proxy cpus=0"; "" = there are no other variables */
	struct scaling_level *levels; /* by n */
	uint32_t level_count;
	bool has_fit;
	struct usl fit;
	const char *why_no_fit; /* "" with a fit */
};

struct scaling {
	const char **variables; /* of all arms, in the order in which they appear */
	uint32_t variable_count;
	struct scaling_row *rows; /* in the plan's order */
	uint32_t row_count;
	const char *axis;    /* one of the variables; NULL = none can be one */
	const char *no_axis; /* why there is none */
	struct scaling_group *groups;
	uint32_t group_count;
};

/* "rate_rps", … of model/metric.h */
const struct metric_info *scaling_get_metric(enum scaling_metric metric);

/* A variable of all rows that is the same in each of them. */
bool scaling_is_constant(const struct scaling *scaling, uint32_t variable);

/*
 * `axis` NULL: users, workers, connections or threads, else the numeric variable with the most
 * values; it needs USL_MIN_LEVELS different ones above 0. One that is asked for and is no such
 * variable is -EINVAL with what there is. -ENODATA with a sentence when nothing was measured.
 * Everything belongs to the arena.
 */
int scaling_read(struct scaling *ret_scaling, struct arena *arena,
		 const struct selection *selection, const char *axis, struct err *err);

#endif
