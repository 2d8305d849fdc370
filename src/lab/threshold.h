/*
 * Conditions that a run must meet: "failures == 0", "p99 < 50ms", "hello.p99.9 <= 0.2s", "success
 * >= 99.9%". Pure: a text becomes a condition, and a measured value meets it or not. A value that
 * was not earned (too few answers for a quantile) is the caller's to refuse: it must not be passed.
 */
#ifndef LAB_THRESHOLD_H
#define LAB_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "model/load_record.h"
#include "util/err.h"

enum { THRESHOLD_SCOPE_BYTES = 64 };

enum threshold_metric {
	THRESHOLD_FAILURES, /* requests that failed in any way: a count */
	THRESHOLD_SUCCESS,  /* share of the requests that did not: 0..1 */
	THRESHOLD_RATE,	    /* answers per second */
	THRESHOLD_MEAN,	    /* response time in ns, as all below */
	THRESHOLD_MAX,
	THRESHOLD_P50,
	THRESHOLD_P75,
	THRESHOLD_P90,
	THRESHOLD_P95,
	THRESHOLD_P99,
	THRESHOLD_P999,
	THRESHOLD_METRIC_COUNT,
};

enum threshold_operator {
	THRESHOLD_LESS,
	THRESHOLD_AT_MOST,
	THRESHOLD_MORE,
	THRESHOLD_AT_LEAST,
	THRESHOLD_EQUAL,
	THRESHOLD_UNEQUAL,
};

struct threshold {
	char scope[THRESHOLD_SCOPE_BYTES]; /* name of a request; "" = all of them */
	enum threshold_metric metric;
	enum threshold_operator operator;
	double value; /* in the metric's unit */
};

/*
 * Reads "[NAME.]METRIC OP VALUE". Latencies need a unit ("50ms"), success is a share ("0.999" or
 * "99.9%"), failures a whole number, rate a rate ("5000/s"). -EINVAL with what is wrong and what
 * would be right. Whether NAME is a request is the caller's to check.
 */
int threshold_parse(struct threshold *ret_threshold, const char *text, struct err *err);

/*
 * The last operator of a text, because what stands before it may hold one ("GET /x?a=1.p99 < 5ms",
 * "workers=12/workers=1") and a value never does. Returns where it begins, *ret_value behind it;
 * NULL without one.
 */
const char *threshold_find_operator(const char *text, enum threshold_operator *ret_operator,
				    const char **ret_value);

/* Copies [begin, end) without the blanks around it; false when it does not fit. */
bool threshold_copy_trimmed(char *out, size_t out_bytes, const char *begin, const char *end);

/* The length of the metric at the end of "[NAME.]METRIC"; 0 when it ends in none. */
size_t threshold_find_metric(const char *text, enum threshold_metric *ret_metric);

/* "99.9%" or "0.999" to 0..1; -EINVAL. */
int threshold_parse_share(const char *text, double *ret_ratio);

/* Whether `measured`, in the metric's unit, meets the condition. */
bool threshold_is_met(const struct threshold *threshold, double measured);

/*
 * The metric's value of what was measured in `seconds`: NAN when it cannot be said (too few
 * answers). Of requests that were given up on (`censored`, NULL = none) a quantile may have only a
 * lower bound; then that is the value, and *ret_is_lower_bound (may be NULL) is true. The scope is
 * the caller's.
 */
double threshold_measure(const struct threshold *threshold, const struct load_counts *counts,
			 const struct histogram *response, const struct histogram *censored,
			 double seconds, bool *ret_is_lower_bound);

const char *threshold_metric_name(enum threshold_metric metric); /* "failures" "p99.9" … */

/* Of a quantile: 0.999 for p99.9; 0 for the other metrics. */
double threshold_get_quantile(enum threshold_metric metric);

#endif
