/*
 * /proc/vmstat (proc_vmstat(5)): what the memory of the whole machine went through since boot. How
 * much there is of it is in meminfo (proc_system.h). Pure parser.
 */
#ifndef PROCFS_PROC_MEMORY_H
#define PROCFS_PROC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "model/machine_sample.h"

/* Cumulative; SAMPLE_UNKNOWN where the kernel does not count it (no swap built in). */
struct proc_memory_events {
	uint64_t swap_in_pages, swap_out_pages;
	uint64_t faults_major;
};

/* -EBADMSG when a line is no "NAME NUMBER", or the text has none of the three. */
int proc_memory_parse_events(const char *text, size_t length,
			     struct proc_memory_events *ret_events);

#endif
