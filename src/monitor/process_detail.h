/*
 * What of a process only its owner and root may see (the right to trace it): storage I/O, open
 * descriptors, and its share of memory.
 *
 * The kernel adds a child's storage I/O to that of its parent when the parent waits for it, and
 * does not keep the two apart: process_account.c does.
 */
#ifndef MONITOR_PROCESS_DETAIL_H
#define MONITOR_PROCESS_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/process_tasks.h"

struct process_storage {
	uint64_t read_bytes, write_bytes;
};

struct process_detail {
	int io_fd; /* -1 = not open */
	/* Known since it could be read; what is not known is 0. */
	bool has_storage, has_descriptors, has_pss;
	bool is_refused;		/* it is there, and not for this user */
	struct process_storage storage; /* cumulative, with that of children it waited for */
	uint32_t descriptor_count;
	uint64_t pss_bytes;
};

void process_detail_init(struct process_detail *detail);
void process_detail_release(struct process_detail *detail, struct process_reader *reader);

/* Cheap: with each reading of the process. It keeps the last value once the process is gone. */
void process_detail_update_storage(struct process_detail *detail, struct process_reader *reader,
				   pid_t pid);

/*
 * Open descriptors. Linux 6.2 and later say the number; before it, and in a copy, each is listed
 * (1 us each): only when `is_slow_allowed`, else -EAGAIN. 0 or negative errno.
 */
int process_detail_count_descriptors(struct process_reader *reader, pid_t pid, bool is_slow_allowed,
				     uint64_t *ret_count);

/* Unless `is_slow_allowed`, the last number stands where it would have to be listed again. */
void process_detail_update_descriptors(struct process_detail *detail, struct process_reader *reader,
				       pid_t pid, bool is_slow_allowed);

/*
 * Slow: the kernel walks all memory of the process under the lock that its page faults need (1 ms
 * for 76 MB).
 */
void process_detail_update_pss(struct process_detail *detail, struct process_reader *reader,
			       pid_t pid);

#endif
