/*
 * Reads a machine_sample: the tables of `stat`, and of a run who used what within its window. The
 * series of a run do not need it (monitor.h); it is for whoever wants rows.
 *
 * Reading is cheap enough to be always on: files of known threads are kept open, and a thread whose
 * schedstat has not moved did not run, so the rest of its files is not read again (it keeps the
 * last values). Nothing that cannot be read is an error: the field is SAMPLE_UNKNOWN, and why is
 * said once in machine_sampler_get_missing().
 *
 * One thread at a time.
 */
#ifndef MONITOR_MACHINE_SAMPLER_H
#define MONITOR_MACHINE_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/machine_sample.h"
#include "util/err.h"
#include "util/scoped.h"

struct machine_sampler_config {
	const char *root; /* "" = this machine */
	bool has_cpus, has_disks;
	bool has_tasks, has_threads;
	bool has_io;	      /* of tasks: storage I/O; needs the right to look */
	bool has_descriptors; /* counts /proc/PID/fd: 1 us for each descriptor before Linux 6.2 */
};

struct machine_sampler;

/* Never fails; -ENAMETOOLONG roots read this machine, which is said in missing. */
struct machine_sampler *machine_sampler_new(const struct machine_sampler_config *config);
void machine_sampler_free(struct machine_sampler *sampler);
SCOPED_POINTER(machine_sampler, machine_sampler_free)

/*
 * Reads everything now into `sample` (zeroed, or used before). Tasks: of `pids`, which need not be
 * there any more; NULL = all processes.
 */
void machine_sampler_read(struct machine_sampler *sampler, const pid_t *pids, uint32_t pid_count,
			  struct machine_sample *sample);

/* Another root for the reads to come: a copy of /proc taken later. -ENAMETOOLONG. */
int machine_sampler_set_root(struct machine_sampler *sampler, const char *root);

/* Sentences, one a line; valid until free. */
const char *machine_sampler_get_missing(const struct machine_sampler *sampler);

#endif
