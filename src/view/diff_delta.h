/*
 * How great a change of a metric must be to matter: run_diff.h says the rule. The floor comes from
 * A/A proofs: what this machine shows where nothing differs.
 */
#ifndef VIEW_DIFF_DELTA_H
#define VIEW_DIFF_DELTA_H

#include "util/arena.h"
#include "util/err.h"
#include "view/run_diff.h"
#include "view/selection.h"

struct diff_delta {
	double asked; /* relative; 0 = nothing was asked for */
	const struct stored_null *nulls;
	uint32_t null_count;
	double *scratch; /* null_count of them */
};

/*
 * Takes the A/A proofs from the options, or those of the head's machine and plan from its store.
 * Errors are those of the store.
 */
int diff_delta_read(struct diff_delta *ret_delta, struct arena *arena, const struct selection *head,
		    const struct run_diff_options *options, struct err *err);

/*
 * Fills delta, delta_from and null_count of a row that has its metric, scope, medians and counts.
 * Proofs count that have at most 1.5 times its pairs. Fewer pairs scatter more, so the floor is
 * rather high than low; what has less than 0.4 times as many counts as if it had these. Without
 * pairs there is none: what drifts between runs that were not interleaved is not in A/A proofs.
 */
void diff_delta_fill(const struct diff_delta *delta, struct run_diff_metric *row, bool is_paired);

#endif
