/*
 * Puts the records of several rings into one order. A ring is in order by itself; between rings
 * only time says what was first: a mapping seen on one CPU, then a sample in it on another.
 *
 * Records are copied in as the rings are read, and go out up to a time for which it is certain that
 * nothing earlier is still to come. Holds at most what the rings hold in two rounds of reading.
 */
#ifndef CAPTURE_RECORD_QUEUE_H
#define CAPTURE_RECORD_QUEUE_H

#include <stdint.h>

#include "util/vec.h"

struct queued_record {
	uint64_t time_ns;
	uint64_t offset; /* of its bytes */
	uint32_t order;	 /* of arrival: decides between equal times */
	uint32_t size;
};

struct record_queue {
	VEC(struct queued_record) records;
	VEC(unsigned char) bytes; /* the records, 8-byte aligned */
	VEC(unsigned char)
	spare; /* where the bytes that stay are moved to; the two change places */
};

typedef void (*record_queue_fn)(void *arg, const void *bytes, uint32_t size);

void record_queue_init(struct record_queue *queue);
void record_queue_release(struct record_queue *queue);

/* Copies a record in. */
void record_queue_add(struct record_queue *queue, uint64_t time_ns, const void *bytes,
		      uint32_t size);

/*
 * Hands out and forgets all records with a time up to `until_ns`, by time. `fn` must not add to the
 * queue.
 */
void record_queue_drain(struct record_queue *queue, uint64_t until_ns, record_queue_fn fn,
			void *arg);

/* Shows all records that wait, by time, and keeps them. `fn` must not add to the queue. */
void record_queue_preview(struct record_queue *queue, record_queue_fn fn, void *arg);

#endif
