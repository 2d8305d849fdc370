/*
 * The response times of a load view as the formats of other tools want them: any quantile, also
 * one that is not earned, the spread, and the table of percentiles that HdrHistogram prints. What
 * sonde itself shows comes from latency_summary.h. Pure functions.
 *
 * Requests that were given up on are censored (stats/survival.h), so that a quantile may be a lower
 * bound. The formats have no sign for that and print the bound. Mean and spread are those of the
 * answers.
 */
#ifndef VIEW_RESPONSE_TIMES_H
#define VIEW_RESPONSE_TIMES_H

#include <stddef.h>
#include <stdint.h>

#include "stats/survival.h"
#include "view/load_view.h"

/* The quantiles q (0..1, ascending) of a name's response times; 0 when there are none. */
void response_times_find_quantiles(const struct load_view_name *name, const double *q, size_t count,
				   struct survival_quantile *ret_quantiles);

/*
 * Quantiles of one second's answers; 0 where they are too few to say it. `scratch` is overwritten.
 */
void response_times_find_in_second(const struct load_view_second *second, const double *q,
				   size_t count, struct histogram *scratch, uint64_t *ret_ns);

struct response_spread {
	double mean_ns, stdev_ns;
	double within_ratio; /* of the answers, at most one stdev from the mean */
};

/* To the histogram's resolution, but the mean is exact. All 0 when empty. */
void response_times_find_spread(const struct histogram *response,
				struct response_spread *ret_spread);

/* Rows of HdrHistogram's percentile iterator with 5 ticks per half distance, for 10^12 requests. */
enum { RESPONSE_TIMES_MAX_ROWS = 202 };

struct response_row {
	double q;	   /* 1 in the last row */
	uint64_t value_ns; /* at which q is reached, or the bound */
	uint64_t answers;  /* that took as long or less */
};

/*
 * From q = 0 in steps of a fifth of half the way that is left to 1, up to the one that reaches the
 * greatest value, and then that value as 1 itself. Returns how many rows; 0 without requests.
 */
size_t response_times_list_rows(const struct load_view_name *name,
				struct response_row rows[static RESPONSE_TIMES_MAX_ROWS]);

#endif
