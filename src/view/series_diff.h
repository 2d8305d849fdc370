/*
 * The monitors' series of two arms side by side: the mean of each in the measured window, run by
 * run, compared as view/run_diff.h compares metrics: the unit is the run, paired where both sides
 * were interleaved, and by differences, because a series may be zero.
 *
 * It informs and decides nothing: there is no verdict. Of hundreds of series some differ by chance
 * (at 95 % one of twenty), so a row says where to look, and not that something changed.
 */
#ifndef VIEW_SERIES_DIFF_H
#define VIEW_SERIES_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/series.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"
#include "view/value_diff.h"

struct series_diff_row {
	const char *name, *scope;
	enum series_unit unit;
	struct value_diff change; /* of the means over the window */
};

struct series_diff {
	/* those that are apart first, of each kind by name and scope; no series that was 0
	 * throughout */
	struct series_diff_row *rows;
	uint32_t row_count;
	uint32_t apart_count;
	const char *method; /* "paired Hodges-Lehmann", "Hodges-Lehmann" */
};

/*
 * `base` and `head` may be the same selection. Runs that are done and whose load was not REFUSED
 * count. No series at all is an empty diff.
 */
int series_diff_read(struct series_diff *ret_diff, struct arena *arena,
		     const struct selection *base, uint32_t base_arm, const struct selection *head,
		     uint32_t head_arm, struct err *err);

#endif
