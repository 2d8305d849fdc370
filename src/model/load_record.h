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
	/*
	 * Ages, from the intended time, of requests that were given up on (TIMEOUT, UNANSWERED):
	 * their response times are longer than that (right-censored). NULL = none.
	 */
	struct histogram *censored;
};

enum { LOAD_SLOTS_PER_SECOND = 10 };

/*
 * One second of one thread of the generator: what it did, and what it cost. Booked by the time at
 * which things happened.
 */
struct load_thread_second {
	uint32_t second, thread;
	uint64_t sent;			 /* requests */
	uint64_t in_flight;		 /* at its end: sent and not answered */
	uint64_t waiting;		 /* at its end: due, and without a connection (open loop) */
	uint64_t cpu_ns, wait_ns;	 /* CPU time; run-queue wait, 0 when unknown */
	uint64_t longest_pass_ns;	 /* of the loop, from one wait for events to the next */
	uint64_t lag_p50_ns, lag_max_ns; /* send lag, in open loop: sent − intended; 0 = none */
	/* by tenths of the second, for finding the end of the warm-up */
	struct {
		uint64_t answered;
		double log_sum; /* of the natural logarithms of their response times in ns */
	} slots[LOAD_SLOTS_PER_SECOND];
};

/* One request, as it was (load --raw). CLOCK_MONOTONIC; 0 = did not come to that. */
struct load_row {
	uint64_t intended_ns, sent_ns, first_byte_ns, last_byte_ns;
	uint32_t name;
	uint16_t status;
	uint8_t error; /* enum load_error; LOAD_ERROR_COUNT = a good answer */
};

/* Times that belong to the whole window and not to its requests. */
enum load_histogram {
	LOAD_HISTOGRAM_SEND_LAG,     /* open loop: sent − intended */
	LOAD_HISTOGRAM_INTENDED_GAP, /* open loop: between requests of one thread, as planned */
	LOAD_HISTOGRAM_SENT_GAP,     /* and as sent */
	LOAD_HISTOGRAM_CONNECT,	     /* of connections, whenever they were opened */
	LOAD_HISTOGRAM_TLS,	     /* the handshake behind it */
	LOAD_HISTOGRAM_FIRST_BYTE,   /* send to first byte */
	LOAD_HISTOGRAM_TRANSFER,     /* first byte to last */
	LOAD_HISTOGRAM_COUNT,
};

/* "send_lag" "intended_gap" "sent_gap" "connect" "tls" "first_byte" "transfer" */
const char *load_histogram_name(enum load_histogram kind);

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
