/*
 * What may be said of a latency histogram: a quantile is earned when at least ten answers lie
 * beyond it (stats/quantile.h), and requests that never got an answer must not make it look better.
 *
 * Censoring: a request that timed out, or was in flight when the run was cut short, has a response
 * time that nobody saw. It counts as slower than every answer. A quantile whose rank falls among
 * such requests has no value, only a lower bound. Requests that could not connect or whose answer
 * broke HTTP did not wait for an answer: they lower the success ratio and stay out of the latency.
 * Pure functions.
 */
#ifndef VIEW_LATENCY_SUMMARY_H
#define VIEW_LATENCY_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"
#include "model/load_record.h"

enum { LATENCY_QUANTILES = 7 };

struct latency_quantile {
	const char *name; /* "p50" "p75" "p90" "p95" "p99" "p99.9" "p99.99" */
	const char *key;  /* "p50_ns" … "p999_ns" "p9999_ns" */
	double q;
	bool is_earned;	     /* value_ns may be said */
	bool is_lower_bound; /* not value_ns, but "at least bound_ns" */
	uint64_t value_ns, bound_ns;
	uint64_t needed_count; /* answers that it takes */
};

struct latency_summary {
	uint64_t count;		 /* answers */
	uint64_t min_ns, max_ns; /* 0 when empty */
	double mean_ns;
	struct latency_quantile quantiles[LATENCY_QUANTILES];
};

/*
 * `counts` gives the requests without an answer; NULL = none. A bound is at least the slowest
 * answer, and at least timeout_ns (0 = unknown) when all of them timed out. `histogram` may be
 * NULL: nothing is earned.
 */
void latency_summary_make(struct latency_summary *ret_summary, const struct histogram *histogram,
			  const struct load_counts *counts, uint64_t timeout_ns);

#endif
