/*
 * What a queue does to response times, exactly: Lindley, The theory of queues with a single server,
 * Mathematical Proceedings of the Cambridge Philosophical Society 48 (1952). The truth that a
 * measurement of a server with one worker is held against. Pure function, safe from any thread.
 */
#ifndef STATS_LINDLEY_H
#define STATS_LINDLEY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Requests arrive at arrival_ns (ascending) and take service_ns each, one at a time, first come
 * first served; the server is idle before the first. A response time is from a request's arrival to
 * the end of its service, so the wait is that less its service. ret_response_ns may be service_ns.
 */
void lindley_find_responses(const uint64_t *arrival_ns, const uint64_t *service_ns, size_t count,
			    uint64_t *ret_response_ns);

#endif
