/*
 * What the load generator reports, second by second and in total. The accounting identity that
 * holds in every run:
 *
 *	offered = answered + errors[CONNECT] + errors[TIMEOUT] + errors[PROTOCOL] +
 *	  errors[UNANSWERED]
 *
 * A request is *offered* when its intended time has come. STATUS and EXPECT failures are answered
 * requests and stay in the latency; they are subsets of `answered`.
 */
#ifndef MODEL_LOAD_RECORD_H
#define MODEL_LOAD_RECORD_H

#include <stdint.h>

#include "model/histogram.h"

enum load_error {
	/* no connection for it: refused, unreachable, no descriptor or port left */
	LOAD_ERROR_CONNECT,
	LOAD_ERROR_TIMEOUT, /* no whole answer within the timeout */
	/* the answer broke HTTP, or the connection closed inside of it or before it */
	LOAD_ERROR_PROTOCOL,
	LOAD_ERROR_UNANSWERED, /* still in flight when the run was cut short */
	LOAD_ERROR_STATUS,     /* answered: status 400 and above, unless expected */
	LOAD_ERROR_EXPECT,     /* answered: another status, header or body than the plan expects */
	LOAD_ERROR_COUNT,
};

/* "connect" "timeout" "protocol" "unanswered" "status" "expect" */
const char *load_error_name(enum load_error error);

struct load_counts {
	uint64_t offered;
	uint64_t answered;
	/*
	 * Answers that came within the window, whenever they were due: throughput, and what the
	 * window's CPU time was spent on. `answered` counts those that were due in it.
	 */
	uint64_t completed;
	uint64_t errors[LOAD_ERROR_COUNT];
	uint64_t bytes_in;  /* wire bytes of answers, headers included */
	uint64_t bytes_out; /* wire bytes of requests */
};

void load_counts_add(struct load_counts *into, const struct load_counts *from);

/* Requests that failed in any way (a request is in one class only). */
uint64_t load_counts_failures(const struct load_counts *counts);

/*
 * One second of one request name. `second` counts from the start of the measured window. Counts are
 * booked in the second in which the request ended (throughput), latencies in the second of the
 * intended time. Several records for the same (second, name) add up: a late answer to an early
 * request comes in a later record.
 */
struct load_second {
	uint32_t second;
	uint32_t name; /* index into the run's request names */
	struct load_counts counts;
	struct histogram *response; /* from the intended time; owned by the record's owner */
	struct histogram *service;  /* from the actual send */
};

enum { LOAD_STATUS_SLOTS = 600, LOAD_FAILURE_TEXT = 160 };

/* A kind of failure with an example sentence, for tables and Locust's _failures.csv. */
struct load_failure {
	uint32_t name;
	enum load_error error;
	uint64_t count;
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	char text[LOAD_FAILURE_TEXT];
};

#endif
