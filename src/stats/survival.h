/*
 * Quantiles of times of which some are only known to be longer than something: Kaplan and Meier,
 * Nonparametric estimation from incomplete observations, JASA 53 (1958). Pure functions, safe from
 * any thread.
 *
 * `events` are the times that were seen to their end (answers); `censored` are the ages at which
 * the others were given up on (timeouts, in flight at the end); NULL = none. Going up the times, at
 * each one with d events among n that are still waited for, the share S of those longer falls by
 * the factor 1 - d/n; who was given up on leaves n, and S as it is. Events come before
 * censorings of the same slot, as R's survfit has it.
 *
 * The quantile q is the smallest time with 1 - S >= q. S may end above 1 - q, when too many of the
 * slowest were given up on. Then there is no value, only a lower bound, the greater of two:
 * - the greatest event, for S is still above 1 - q there;
 * - the quantile of all times, each of those given up on counted at its age: it took longer, so
 *   that these requests' quantile is at least that, whatever would have come. The curve itself
 *   would say "at least the greatest age", but only if those given up on are no worse than the
 *   others. A server that hangs at the end of a run is where that is wrong: of 15 s of requests,
 *   with the last 3.5 s unanswered, p99 is at least 3.35 s, and not 3.5 s if it wakes up just then.
 */
#ifndef STATS_SURVIVAL_H
#define STATS_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/histogram.h"

struct survival_quantile {
	bool is_lower_bound; /* the quantile is value_ns or more; else it is value_ns */
	uint64_t value_ns;
};

/*
 * The quantiles `q` (0..1, ascending), in one pass over the slots. Values follow the rules of
 * quantile_of_histogram(), and without censored ones are its values; bounds are rounded down to
 * their slot's lowest value. With neither events nor censored, all are a value of 0.
 */
void survival_find_quantiles(const struct histogram *events, const struct histogram *censored,
			     const double *q, size_t count,
			     struct survival_quantile *ret_quantiles);

/* One of them: true = a value, false = a lower bound. */
bool survival_find_quantile(const struct histogram *events, const struct histogram *censored,
			    double q, uint64_t *ret_value_ns);

#endif
