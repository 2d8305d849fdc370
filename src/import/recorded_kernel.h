/*
 * Whether the kernel that a perf.data was recorded on is the one that runs here, in the same boot:
 * only then are its addresses those of /proc/kallsyms.
 */
#ifndef IMPORT_RECORDED_KERNEL_H
#define IMPORT_RECORDED_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "import/perf_data_header.h"

struct recorded_kernel {
	char *reference; /* owned: a symbol that perf noted the address of, "_text" */
	uint64_t reference_avma;
	char *difference; /* owned: a clause on why it is not this one; NULL = it is */
};

/* Zeroed is initialized. */
void recorded_kernel_release(struct recorded_kernel *kernel);

/* A mapping of pid -1, as perf writes it for the kernel: "[kernel.kallsyms]_text". */
void recorded_kernel_add_mapping(struct recorded_kernel *kernel,
				 const struct perf_record_mmap *mmap);

/* Sets `difference`. Reads uname(2), /sys/kernel/notes and /proc/kallsyms. */
void recorded_kernel_compare(struct recorded_kernel *kernel, const struct perf_data_info *info);

#endif
