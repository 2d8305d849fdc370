/*
 * What the monitors saw: each series over the measured windows of an arm's runs, as mean, minimum
 * and maximum, when it peaked, and what it is per request.
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
	/* The first of the greatest points: since the begin of its run's measured window. */
	uint64_t max_time_ns;
	uint32_t max_run;	  /* the number of that run, */
	const double *max_values; /* and its points: max_value_count of `values` */
	uint64_t max_value_count;
	/*
	 * Of the services (process.…): mean / completed requests per second. CPU times and waits
	 * (SERIES_RATIO) are ns, rates events or bytes. NaN = no load, or not of this kind.
	 */
	double per_request;
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

/* NULL when there is none. */
const struct series_view_row *series_view_find(const struct series_view *view, const char *name,
					       const char *scope);

#endif
