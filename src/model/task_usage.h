/*
 * What one thread used in the measured window of a run: the rows behind "one thread is the
 * bottleneck", `show --threads`, and who shared the CPUs. The services' threads, and sonde's own
 * (role "sonde"). A thread that ended within the window has what was last seen of it.
 */
#ifndef MODEL_TASK_USAGE_H
#define MODEL_TASK_USAGE_H

#include <stdint.h>

#include "model/machine_sample.h"
#include "util/vec.h"

enum { TASK_ROLE_BYTES = 48, TASK_CPUS_BYTES = 64 };

struct task_usage {
	uint32_t pid, tid;
	char name[TASK_NAME_BYTES];
	char role[TASK_ROLE_BYTES];
	char cpus[TASK_CPUS_BYTES]; /* that it may run on: "0-3,6"; cut with "…"; "" unknown */
	/* Differences over the window; SAMPLE_UNKNOWN where it could not be read. */
	uint64_t cpu_ns, user_ns, system_ns, wait_ns;
	uint64_t switches_voluntary, switches_involuntary;
	uint64_t faults_minor, faults_major;
	uint64_t read_bytes, write_bytes;
};

struct task_usages {
	VEC_FIELDS(struct task_usage);
};

#endif
