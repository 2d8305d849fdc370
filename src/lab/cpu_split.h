/*
 * Which CPUs the services could have for themselves, and which the load generator: disjoint, and
 * never two threads of one core apart, for these slow each other down. A proposal for the plan's
 * `cpus:`; nothing is pinned here.
 */
#ifndef LAB_CPU_SPLIT_H
#define LAB_CPU_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "procfs/proc_file.h"

enum { CPU_SPLIT_BYTES = 4096 };

struct cpu_split {
	char services[CPU_SPLIT_BYTES], generator[CPU_SPLIT_BYTES]; /* "0-1,4"; "" = one core */
	bool has_siblings; /* some core runs several threads */
	uint32_t core_count;
};

/* The first half of the cores, the larger one, for the services. -ENOENT without a list of CPUs. */
int cpu_split_propose(const struct procfs *fs, struct cpu_split *ret_split);

#endif
