/*
 * One metric of two arms of one experiment, which were interleaved: how far they lie apart, as a
 * ratio or as a difference, whichever somebody asked for. run_diff.h compares all metrics, each on
 * the scale of its own; on that scale both say the same.
 */
#ifndef VIEW_ARM_CHANGE_H
#define VIEW_ARM_CHANGE_H

#include <stdbool.h>

#include "stats/rank.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

struct arm_change_question {
	uint32_t base, head; /* arms of the selection */
	const char *metric, *scope;
	/* then the estimate is of logarithms, and values of 0 or less are left out */
	bool is_ratio;
};

/*
 * At 95 %, from pairs of runs that are done, not REFUSED and not rejected. Without any the estimate
 * is NAN.
 */
int arm_change_read(struct rank_estimate *ret_estimate, struct arena *arena,
		    const struct selection *selection, const struct arm_change_question *question,
		    struct err *err);

#endif
