/*
 * /proc/net/softnet_stat: how each CPU got along with the packets that it received (kernel:
 * net/core/net-procfs.c). Of the whole machine, whatever the network namespace. Pure parser.
 */
#ifndef PROCFS_PROC_SOFTNET_H
#define PROCFS_PROC_SOFTNET_H

#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

/* Counters of 32 bits that begin again at 0: differences are of uint32_t. */
struct proc_softnet_cpu {
	uint32_t cpu; /* the number of the line before Linux 5.10: that of the n-th CPU online */
	uint32_t processed;
	uint32_t dropped;  /* its backlog was full */
	uint32_t squeezed; /* out of time or budget with packets left */
};

struct proc_softnet {
	VEC_FIELDS(struct proc_softnet_cpu);
};

/*
 * Replaces the content of `softnet` (zeroed, or used before: its memory is reused; vec_release()).
 * Offline CPUs are missing. 0 or -EBADMSG, also for empty text; then the list is empty.
 */
int proc_softnet_parse(const char *text, size_t length, struct proc_softnet *softnet);

#endif
