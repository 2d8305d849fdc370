/*
 * The reference server: a small HTTP/1.1 server whose answers are exactly known, because it stamps
 * what it really does. The load generator is measured against it (lab/selftest.h).
 *
 *	sonde ──fork──▶ the server: one thread, one epoll loop, 127.0.0.1 and a port of its own
 *	  │ begin (one pipe) ───▶ from then on its freeze has a time
 *	  │ ◀─── the log, in shared memory: one stamp per request, complete once it has ended
 *
 * "GET /empty" is answered at once and leaves no stamp: it is for the bare ping (reference_ping.h),
 * which asks the very process that is loaded afterwards. Every other path gets the service of the
 * configuration. The delays need no precision: a late timer is in the stamps, and from the stamps
 * comes the truth (reference_truth.h).
 *
 * The process dies with the thread that started it (PR_SET_PDEATHSIG) and when its pipe closes:
 * nothing outlives sonde. One caller thread, which forks it before it starts threads of its own.
 */
#ifndef REFERENCE_REFERENCE_SERVER_H
#define REFERENCE_REFERENCE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

enum reference_service {
	REFERENCE_CONSTANT,    /* service_ns each */
	REFERENCE_TWO_POINT,   /* service_ns; a share of slow_ratio takes slow_ns */
	REFERENCE_EXPONENTIAL, /* service_ns in the mean */
};

struct reference_config {
	enum reference_service service;
	uint64_t service_ns; /* 0 = at once */
	uint64_t slow_ns;
	double slow_ratio; /* 0..1 */
	/* one request at a time, in order; else each waits for itself, and they overlap */
	bool is_one_worker;
	/* it neither reads nor answers in [begin + after, begin + after + for); 0 = no freeze */
	uint64_t freeze_after_ns, freeze_for_ns;
	uint64_t seed;	   /* of the services */
	uint32_t capacity; /* stamps there is room for */
};

/* One request, CLOCK_MONOTONIC. Stamps are in the order in which requests were read. */
struct reference_stamp {
	uint64_t received_ns; /* read */
	uint64_t begun_ns;    /* its service: received, or when the one worker was free for it */
	uint64_t answered_ns; /* before the send of its answer; 0 = not answered */
	uint64_t freed_ns;    /* after that send */
};

struct reference_log {
	uint64_t count;		     /* stamps */
	uint64_t lost;		     /* requests past the capacity */
	uint64_t freeze_ns, thaw_ns; /* as they were; 0 = none */
	uint64_t cpu_ns, wait_ns;    /* of the server; run-queue wait 0 when unknown */
	struct reference_stamp stamps[];
};

struct reference_server;

/* Listens when it returns. Errors name what could not be had: a port, a process. */
int reference_server_start(struct reference_server **ret_server,
			   const struct reference_config *config, struct err *err);

uint16_t reference_server_get_port(const struct reference_server *server);

/* When the measured window begins: the freeze counts from there. Once. */
int reference_server_begin(struct reference_server *server, uint64_t begin_ns, struct err *err);

/* Ends it (a freeze, too) and waits for it. -EIO when it had died before. */
int reference_server_stop(struct reference_server *server, struct err *err);

/* After reference_server_stop(); the server's until it is freed. */
const struct reference_log *reference_server_get_log(const struct reference_server *server);

/* Stops it when it runs. NULL accepted. */
void reference_server_free(struct reference_server *server);
SCOPED_POINTER(reference_server, reference_server_free)

#endif
