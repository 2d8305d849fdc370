/*
 * Puts the records of a perf.data in the order of their times. perf writes what the buffer of one
 * CPU had, then that of the next: a mapping made on one CPU may stand behind a sample in it on
 * another. Where a round of all buffers ends there is a mark, and what is older than the end of the
 * round before is complete.
 *
 * Of a record in a file only its place is kept, so that the stacks of a whole round need no memory;
 * what came through a pipe, or was compressed, is kept itself. Beyond the limits below the older
 * half goes out early, and what comes too late for its place is counted.
 */
#ifndef IMPORT_PERF_DATA_ORDER_H
#define IMPORT_PERF_DATA_ORDER_H

#include <stdint.h>

#include "util/vec.h"

enum {
	PERF_ORDER_RECORDS_MAX = 1 << 22,
	PERF_ORDER_BYTES_MAX = 128 << 20, /* of records that are kept themselves */
};

struct ordered_record {
	uint64_t time_ns;
	uint64_t number;      /* of arrival: decides between equal times */
	uint64_t offset;      /* in the file it is in */
	unsigned char *bytes; /* owned; NULL = in the file */
	uint32_t size;
	uint32_t source; /* which file */
};

/* `record` is borrowed for the call; it must not add to the queue. */
typedef void (*perf_data_order_fn)(void *arg, const struct ordered_record *record);

struct perf_data_order {
	VEC(struct ordered_record) records;
	uint64_t bytes_kept;
	uint64_t number;
	uint64_t newest_ns;    /* of all so far */
	uint64_t round_ns;     /* newest_ns at the end of the round before */
	uint64_t delivered_ns; /* all up to here went out */
	uint64_t late_count;   /* went out behind younger ones */
	perf_data_order_fn fn;
	void *arg;
};

void perf_data_order_init(struct perf_data_order *order, perf_data_order_fn fn, void *arg);
void perf_data_order_release(struct perf_data_order *order);

/*
 * Takes a record: `bytes` != NULL is copied, else it lies at `offset` of file `source`. May hand
 * out older ones.
 */
void perf_data_order_add(struct perf_data_order *order, uint64_t time_ns, const void *bytes,
			 uint64_t offset, uint32_t size, uint32_t source);

/* All buffers have been read once more. */
void perf_data_order_end_round(struct perf_data_order *order);

/* Everything that is left. */
void perf_data_order_flush(struct perf_data_order *order);

#endif
