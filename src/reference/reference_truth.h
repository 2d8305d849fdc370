/*
 * What a perfect ruler would have read of the reference server: from when each request was due, and
 * from the server's own stamps. Pure functions on arrays.
 *
 * A truth goes into a histogram of the ruler's own layout, so that both are read in the same way
 * (stats/quantile.h). What the network and the two wake-ups cost is a round trip to the empty
 * server, drawn anew for each request (a convolution, since the two are independent); each request
 * is drawn REFERENCE_DRAWS times, so that the counts are that many times the requests.
 *
 * The generator's own lateness is in no truth: it is an error of the ruler.
 */
#ifndef REFERENCE_REFERENCE_TRUTH_H
#define REFERENCE_REFERENCE_TRUTH_H

#include <stdint.h>

#include "model/histogram.h"
#include "reference/reference_ping.h"
#include "reference/reference_server.h"

enum { REFERENCE_DRAWS = 8 };

/*
 * `due_ns` ascending, as many as `stamps`: the k-th request that was read is the k-th that was due.
 */
struct reference_trace {
	const uint64_t *due_ns;
	const struct reference_stamp *stamps;
	uint32_t count;
	const struct reference_ping *empty; /* at least one round trip */
	uint64_t seed;			    /* of the draws */
};

/* Requests that overlap: answered - received. */
void reference_truth_delay(struct histogram *truth, const struct reference_trace *trace);

/*
 * One worker: Lindley's recursion (stats/lindley.h) on when requests were due and on how long each
 * held the worker, freed - begun; the response ends with answered.
 */
void reference_truth_queue(struct histogram *truth, const struct reference_trace *trace);

/*
 * A freeze: requests that were due from freeze_ns on until the backlog was drained have
 * answered - due, as the server answered them one after the other, and half a round trip; all
 * others an empty round trip. The backlog is drained with the first answer after thaw_ns that comes
 * before the next request is due, or at most a gap and a median round trip late.
 */
void reference_truth_freeze(struct histogram *truth, const struct reference_trace *trace,
			    uint64_t freeze_ns, uint64_t thaw_ns);

/*
 * A freeze that nobody waited for the end of: a request that was due in it could not have been
 * answered before thaw_ns - due. Stamps are not looked at, and may be NULL.
 */
void reference_truth_hang(struct histogram *truth, const struct reference_trace *trace,
			  uint64_t freeze_ns, uint64_t thaw_ns);

/*
 * The law of a freeze without base latency or backlog: P(L > x) = (F/T)(1 - x/F), here for a window
 * [begin, end) that may end before the thaw. The quantile q (ns), 0 where it is not among the
 * frozen requests.
 */
uint64_t reference_truth_law_ns(uint64_t begin_ns, uint64_t end_ns, uint64_t freeze_ns,
				uint64_t thaw_ns, double q);

#endif
