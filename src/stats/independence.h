/*
 * How many independent requests a quantile rests on. A second's requests share its luck: a pause of
 * the server makes thousands of slow answers, and is one accident. Pure functions, safe from any
 * thread.
 */
#ifndef STATS_INDEPENDENCE_H
#define STATS_INDEPENDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INDEPENDENCE_MIN_BATCHES = 5,
	INDEPENDENCE_MAX_BATCHES = 30,
};

/*
 * The effective sample size of a quantile, by batch means (Schmeiser, Batch size effects in the
 * analysis of simulation output, Operations Research 30, 1982: 10 to 30 batches, whatever the
 * length). Of second i, count[i] are its answers and above[i] those above the whole run's quantile;
 * with more seconds than INDEPENDENCE_MAX_BATCHES, as many neighbours as it takes make a batch.
 * With p the share above in all n answers and V the variance of p as the batches show it (of a
 * ratio: batches differ in size), n independent answers would have V = p(1 - p)/n, and as many as
 * p(1 - p)/V have this one.
 *
 * Returned is that number, in 1..n. n itself when the batches vary no more than those of
 * independent answers do in 95 of 100 cases (chi-square): noise alone takes nothing away. Also n,
 * and *ret_is_known false, when there is nothing to tell from: fewer than INDEPENDENCE_MIN_BATCHES
 * batches have answers, or none or all of the answers lie above. ret_is_known may be NULL.
 *
 * quantile_is_earned(returned, q) is then the stricter rule of what may be said. It refuses by
 * design what a single pause makes: all the slow answers come from one second.
 */
uint64_t independence_effective_count(const uint64_t *count, const uint64_t *above, size_t seconds,
				      bool *ret_is_known);

#endif
