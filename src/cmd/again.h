/*
 * A plan that is run again: read from the store, with pairs behind those that there are, and runs
 * enough for a verdict. What `run --more`, `prove --continue`, `track` and `gate` share.
 */
#ifndef CMD_AGAIN_H
#define CMD_AGAIN_H

#include "lab/lab.h"
#include "lab/plan.h"
#include "store/store_read.h"
#include "util/err.h"

/*
 * The plan of an experiment, in the folder that it was run for. The caller releases it, also after
 * an error.
 */
int again_read_plan(struct plan *plan, const struct stored_experiment *experiment, struct err *err);

/*
 * Sets first_pair and first_number of `options` behind all runs that options->experiment has in the
 * store, also the half of a pair that an interrupt left; 1 and 1 without an experiment.
 */
int again_go_behind(struct store *store, struct lab_options *options, struct err *err);

/*
 * Runs of each arm: `asked`, else the plan's, else so many that two sides of them have a verdict
 * (which is said on stderr).
 */
int again_set_repeat(struct plan *plan, uint32_t asked, struct err *err);

#endif
