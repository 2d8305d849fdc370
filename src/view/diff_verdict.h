/*
 * The verdicts of a comparison: each metric's alone, what the number of them leaves of it, and what
 * it would take where that is nothing. Pure functions.
 */
#ifndef VIEW_DIFF_VERDICT_H
#define VIEW_DIFF_VERDICT_H

#include "stats/rank.h"
#include "view/run_diff.h"

/* A row's differences between the sides, or their values, scaled as the metric is compared. */
struct diff_values {
	bool is_paired;
	const double *base, *head; /* unpaired */
	uint32_t n_base, n_head;
	const double *differences; /* paired: n_base of them */
};

/*
 * Whether the row's verdict counts: a metric of the short table, in total, that has a better and a
 * worse. Of the long table's (other quantiles, the same failures per request) most are one of these
 * once more, and each would cost all others a part of their level.
 */
bool diff_verdict_takes_part(const struct run_diff_metric *row);

/*
 * The verdict and p of a row alone, whose delta is known and whose estimate this is; rows that take
 * no part have none.
 */
void diff_verdict_judge(struct run_diff_metric *row, const struct diff_values *values,
			const struct rank_estimate *estimate);

/*
 * Over all rows: Holm's adjustment of those that are not primary, at the error 1 - level; what
 * it does not let stand becomes INCONCLUSIVE. Then `more` of the inconclusive ones; estimates[i] is
 * of row i.
 */
void diff_verdict_adjust(struct run_diff_metric *rows, uint32_t count,
			 const struct rank_estimate *estimates, double level);

#endif
