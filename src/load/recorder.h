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

enum { RECORDER_OPEN_SECONDS = 4 }; /* a power of two */

/* One second's latencies by name. */
struct recorder_second {
	bool is_open;
	uint32_t second;
	uint64_t flush_ns; /* not before this time, so that latecomers do not each make a record */
	struct histogram **response, **service;
};

struct recorder {
	struct collector *collector;
	uint32_t name_count;
	bool is_closed_loop; /* intended = sent: one recording stands for both histograms */
	uint64_t begin_ns;   /* of second 0 */

	uint32_t current_second;
	uint64_t current_end_ns;
	struct load_counts *counts; /* of the current second, by name */
	struct recorder_second open[RECORDER_OPEN_SECONDS];

	/* of the whole window, for the owner when the worker has ended */
	struct failure_table failures;
	uint64_t *status; /* LOAD_STATUS_SLOTS for each name */
};

/* A request that came to its end. */
struct recorder_entry {
	uint32_t name;
	uint16_t status;			/* of the answer */
	uint64_t intended_ns, sent_ns, done_ns; /* sent_ns counts for answers only */
	uint64_t bytes_in, bytes_out;
	struct failure failure; /* error LOAD_ERROR_COUNT = a good answer */
};

void recorder_init(struct recorder *recorder, struct collector *collector, uint32_t name_count,
		   bool is_closed_loop);
void recorder_release(struct recorder *recorder);

/* The measured window begins then; to be called once, before the first request ends. */
void recorder_begin(struct recorder *recorder, uint64_t begin_ns);

/*
 * Books it as offered, and as answered (with its latency) or as an error; not when it was intended
 * outside of the window, which ends at end_ns. Allocates nothing except, sometimes, at the change
 * of seconds.
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
