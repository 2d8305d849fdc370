/*
 * A bare paced ping: one blocking connection, clock, send, receive, clock, sleep until the next.
 * What the empty reference server and the machine under it cost a client that does nothing else at
 * the same rate; the reference server's truth plus this is what a perfect ruler would read.
 */
#ifndef REFERENCE_REFERENCE_PING_H
#define REFERENCE_REFERENCE_PING_H

#include <stdint.h>

#include "util/err.h"

/* Round trips (ns, send to the last byte) in the order of time. Owned: reference_ping_release(). */
struct reference_ping {
	uint64_t *rtt_ns;
	uint32_t count;
};

/*
 * Asks 127.0.0.1:port for /empty at `rate_hz` for duration_ns; the first few do not count. At least
 * one round trip on success. A server that does not answer is an error with a sentence.
 */
int reference_ping_run(struct reference_ping *ret_ping, uint16_t port, double rate_hz,
		       uint64_t duration_ns, struct err *err);
void reference_ping_release(struct reference_ping *ping);

#endif
