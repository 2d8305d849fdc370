/*
 * Decodes the records of a perf_event ring (and of a perf.data file: they are the same bytes) into
 * structs. Pure.
 *
 * Format: perf_event_open(2), "MMAP layout", and linux/perf_event.h, enum perf_event_type. What a
 * record holds depends on the event that wrote it; perf_layout says so. Known are the sample bits
 * of PERF_RECORD_SAMPLE_BITS; what sonde does not use of them is stepped over.
 */
#ifndef CAPTURE_PERF_RECORD_H
#define CAPTURE_PERF_RECORD_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* All that linux/perf_event.h of Linux 6.1 has, up to PERF_SAMPLE_WEIGHT_STRUCT. */
#define PERF_RECORD_SAMPLE_BITS (((uint64_t)PERF_SAMPLE_WEIGHT_STRUCT << 1) - 1)

struct perf_layout {
	uint64_t sample_type; /* a subset of PERF_RECORD_SAMPLE_BITS */
	uint64_t read_format; /* PERF_SAMPLE_READ */
	uint64_t branch_sample_type;
	uint64_t user_registers, interrupt_registers; /* masks: sample_regs_user, _intr */
	/* sample_id_all: records other than samples end with who, when and which event */
	bool has_sample_id;
};

struct perf_record_sample {
	uint64_t ip; /* avma */
	uint64_t period;
	uint32_t cpu; /* UINT32_MAX = the layout does not say */
	uint32_t chain_count;
	const unsigned char *chain; /* 8 bytes each, any alignment: perf_record_get_chain() */
	/*
	 * User registers, 8 bytes each, those of layout.user_registers by ascending bit
	 * (asm/perf_regs.h); NULL = none: the thread has no user mode, or is on its way out
	 */
	const unsigned char *registers;
	bool is_32_bit; /* the registers are of a 32-bit program: nothing here unwinds those */
	/* copy of the user stack from sp upwards; NULL = none */
	const unsigned char *stack;
	uint32_t stack_bytes;	       /* that were copied, at most the event's size */
	uint32_t stack_reserved_bytes; /* that the record holds for it */
};

struct perf_record_mmap {
	uint64_t start, length; /* avma, bytes */
	uint64_t file_offset;
	uint32_t device_major, device_minor;
	uint64_t inode;
	unsigned char build_id[20]; /* in place of device and inode, if build_id_length > 0 */
	uint8_t build_id_length;
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

/*
 * The value of register `number` (asm/perf_regs.h, PERF_REG_X86_SP, …); false when the sample does
 * not have it.
 */
bool perf_record_get_register(const struct perf_record_sample *sample,
			      const struct perf_layout *layout, unsigned number,
			      uint64_t *ret_value);

/* Entry `index` < chain_count: an avma, leaf first, or a PERF_CONTEXT_… marker. */
uint64_t perf_record_get_chain(const struct perf_record_sample *sample, uint32_t index);

#endif
