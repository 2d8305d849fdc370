/*
 * Decodes the records of a perf_event ring (and of a perf.data file: they are the same bytes) into
 * structs. Pure.
 *
 * Format: perf_event_open(2), "MMAP layout", and linux/perf_event.h, enum perf_event_type. What a
 * record holds depends on the event that wrote it; perf_layout says so. Known are the sample bits
 * of PERF_RECORD_SAMPLE_BITS.
 */
#ifndef CAPTURE_PERF_RECORD_H
#define CAPTURE_PERF_RECORD_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

#define PERF_RECORD_SAMPLE_BITS                                                                    \
	((uint64_t)(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | \
		    PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU |  \
		    PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN))

struct perf_layout {
	uint64_t sample_type; /* a subset of PERF_RECORD_SAMPLE_BITS */
	/* sample_id_all: records other than samples end with who, when and which event */
	bool has_sample_id;
};

struct perf_record_sample {
	uint64_t ip; /* avma */
	uint64_t period;
	uint32_t chain_count;
	const unsigned char *chain; /* 8 bytes each, any alignment: perf_record_get_chain() */
};

struct perf_record_mmap {
	uint64_t start, length; /* avma, bytes */
	uint64_t file_offset;
	uint32_t device_major, device_minor;
	uint64_t inode;
	uint32_t
		/*
		 * PROT_EXEC, …; 0 in records of the old form (PERF_RECORD_MMAP), which are of code
		 */
		protection;
	const char *path; /* ends with a NUL inside the record */
};

struct perf_record_task { /* of FORK and EXIT */
	uint32_t parent_pid, parent_tid;
};

struct perf_record {
	uint32_t
		/*
		 * PERF_RECORD_SAMPLE, MMAP (MMAP2 too), COMM, FORK, EXIT, LOST, LOST_SAMPLES,
		 * THROTTLE, UNTHROTTLE
		 */
		type;
	uint16_t misc;
	uint32_t pid,
		tid; /* whom it is about (of FORK: the new one); 0 when the layout does not say */
	uint64_t time_ns; /* on the event's clock; 0 when the layout does not say */
	uint64_t id;	  /* of the event that wrote it; 0 when the layout does not say */
	union {
		struct perf_record_sample sample;
		struct perf_record_mmap mmap;
		struct perf_record_task task;
		const char *
			/*
			 * COMM: ends with a NUL inside the record; an exec when misc has COMM_EXEC
			 */
			comm;
		uint64_t lost_count; /* LOST, LOST_SAMPLES */
	};
};

/*
 * `bytes` begins with a record's header and holds at least its size; pointers in the result are
 * into it. -ENOTSUP for a type that is not in the list above (skip it); -EBADMSG for a record that
 * contradicts itself or the layout; the sentence says where.
 */
int perf_record_decode(struct perf_record *ret_record, const void *bytes, size_t length,
		       const struct perf_layout *layout, struct err *err);

/* Entry `index` < chain_count: an avma, leaf first, or a PERF_CONTEXT_… marker. */
uint64_t perf_record_get_chain(const struct perf_record_sample *sample, uint32_t index);

#endif
