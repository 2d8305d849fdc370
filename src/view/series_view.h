/*
 * What the monitors saw: each series over the measured windows of an arm's runs, as mean, minimum
 * and maximum.
 */
#ifndef VIEW_SERIES_VIEW_H
#define VIEW_SERIES_VIEW_H

#include <stdint.h>

#include "model/series.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

struct series_view_row {
	const char *name, *scope;
	enum series_unit unit;
	uint64_t point_count;
	/* of the points in the measured windows; the mean weighs each by its interval */
	double mean, min, max;
	/* by second of the window, the runs one after the other; point_count of them */
	const double *values;
};

struct series_view {
	struct series_view_row *rows; /* by name, then scope */
	uint32_t row_count;
};

/* `arm` UINT32_MAX = all arms. No series at all is an empty view. */
int series_view_read(struct series_view *ret_view, struct arena *arena,
		     const struct selection *selection, uint32_t arm, struct err *err);

#endif
