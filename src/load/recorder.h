/*
 * A worker's book: counts and latencies by second and name, in histograms that exist from the
 * start; once a second what is complete goes to the collector. Counts are booked in the second in
 * which a request ended, latencies in the second in which it was intended (model/load_record.h), so
 * there are several open seconds of latencies and one of counts.
 */
#ifndef LOAD_RECORDER_H
#define LOAD_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "load/collector.h"
#include "load/failure.h"
#include "model/load_record.h"
#include "util/vec.h"

enum { RECORDER_OPEN_SECONDS = 4 }; /* a power of two */

/* One second's latencies by name. */
struct recorder_second {
	bool is_open;
	uint32_t second;
	uint64_t flush_ns; /* not before this time, so that latecomers do not each make a record */
	struct histogram **response, **service;
	struct histogram **censored; /* NULL until one is needed */
};

struct recorder {
	struct collector *collector;
	uint32_t name_count;
	bool is_closed_loop; /* intended = sent: one recording stands for both histograms */
	bool is_raw;
	bool has_slots;	   /* thread_second.slots are kept */
	uint64_t begin_ns; /* of second 0 */

	uint32_t current_second;
	uint64_t current_end_ns;
	struct load_counts *counts; /* of the current second, by name */
	struct recorder_second open[RECORDER_OPEN_SECONDS];

	bool is_begun; /* the window has: a tick has seen it */
	/* the thread's own; in_flight and waiting are kept up to date by the worker */
	struct load_thread_second thread_second;
	uint64_t cpu_ns, wait_ns;     /* when the current second began */
	struct histogram *second_lag; /* of this second's sends; NULL in closed loop */
	VEC(struct load_row) rows;

	/* open loop: the sends before */
	uint64_t last_intended_ns, last_sent_ns;

	/* of the whole window, for the owner when the worker has ended */
	struct histogram *send_lag, *intended_gaps, *sent_gaps; /* NULL in closed loop */
	struct histogram *first_byte, *transfer;
	struct failure_table failures;
	uint64_t *status; /* LOAD_STATUS_SLOTS for each name */
};

/* A request that came to its end. */
struct recorder_entry {
	uint32_t name;
	uint16_t status; /* of the answer */
	/* sent_ns 0: it never was; first_byte_ns 0: none came */
	uint64_t intended_ns, sent_ns, first_byte_ns, done_ns;
	uint64_t bytes_in, bytes_out;
	struct failure failure; /* error LOAD_ERROR_COUNT = a good answer */
};

struct recorder_config {
	struct collector *collector;
	uint32_t name_count, thread;
	bool is_closed_loop, is_raw, has_slots;
};

void recorder_init(struct recorder *recorder, const struct recorder_config *config);
void recorder_release(struct recorder *recorder);

/* The measured window begins then; to be called once, before the first request ends. */
void recorder_begin(struct recorder *recorder, uint64_t begin_ns);

/* A request has been sent: its lag, and its distance from the one before. */
void recorder_add_send(struct recorder *recorder, uint64_t intended_ns, uint64_t sent_ns,
		       uint64_t end_ns);

/*
 * Books it as offered, and as answered (with its latency) or as an error; not when it was intended
 * outside of the window, which ends at end_ns. Allocates nothing except, sometimes, at the change
 * of seconds, when a request is given up on, and for raw rows.
 */
void recorder_add(struct recorder *recorder, const struct recorder_entry *entry, uint64_t end_ns);

/*
 * To be called with the time every few milliseconds: hands over complete seconds, a little in each
 * call.
 */
void recorder_tick(struct recorder *recorder, uint64_t now_ns);

/* Hands over all that is left. */
void recorder_finish(struct recorder *recorder);

#endif
