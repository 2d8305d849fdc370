/*
 * What may be said of latencies: a quantile is earned when at least ten answers lie beyond it
 * (stats/quantile.h), and requests that never got an answer must not make it look better. Pure
 * functions.
 *
 * Censoring: a request that timed out, or was in flight when the run was cut short, has a response
 * time that nobody saw to its end; its age is known (stats/survival.h). Where too many of the
 * slowest are such, a quantile has no value, only a lower bound. Requests that could not connect or
 * whose answer broke HTTP did not wait for an answer: they lower the success ratio and stay out of
 * the latency.
 *
 * Dependence: the answers of a second share its luck. From p99.9 on, a quantile is earned only when
 * as many *independent* answers as it takes are behind it (stats/independence.h); below, how many
 * they are worth stands beside it. A lower bound is about these requests and holds whatever they
 * have in common.
 */
#ifndef VIEW_LATENCY_SUMMARY_H
#define VIEW_LATENCY_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"
#include "view/load_view.h"

enum { LATENCY_QUANTILES = 7 };

struct latency_quantile {
	const char *name; /* "p50" "p75" "p90" "p95" "p99" "p99.9" "p99.99" */
	const char *key;  /* "p50_ns" … "p999_ns" "p9999_ns" */
	double q;
	bool is_earned;	     /* value_ns may be said */
	bool is_lower_bound; /* not value_ns, but "at least bound_ns" */
	bool is_dependent;   /* the answers would be enough if they were independent */
	uint64_t value_ns, bound_ns;
	uint64_t needed_count; /* answers that it takes */
	/*
	 * How many independent answers those there are worth; 0 = not known: too few seconds, or
	 * not asked for
	 */
	uint64_t effective_count;
};

struct latency_summary {
	uint64_t count;		 /* answers */
	uint64_t censored_count; /* requests that were given up on */
	uint64_t min_ns, max_ns; /* of the answers; 0 when empty */
	double mean_ns;
	struct latency_quantile quantiles[LATENCY_QUANTILES];
};

/*
 * Of histograms alone: nothing is known of dependence. Either may be NULL; without answers and
 * censored ones nothing is earned.
 */
void latency_summary_make(struct latency_summary *ret_summary, const struct histogram *answers,
			  const struct histogram *censored);

/* The response times of a request name, or of the total. */
void latency_summary_make_response(struct latency_summary *ret_summary,
				   const struct load_view_name *name);

/*
 * Its service times. Of requests that were given up on the age since the send is not known, only
 * the one since the intended time: it stands for it, but a bound is no more than the slowest
 * answer. `response` is the same name's summary; whether answers are independent is taken from
 * there, because a second's luck is the same for both.
 */
void latency_summary_make_service(struct latency_summary *ret_summary,
				  const struct load_view_name *name,
				  const struct latency_summary *response);

#endif
