/*
 * The only place that calls perf_event_open(2): which events this machine and this user can have,
 * and how they are set up.
 *
 * Several events follow each thread. A *sampler* interrupts it every so often and notes its stack;
 * the *tracker*, a dummy that counts nothing, reports mappings, names, forks and exits from the
 * moment it is open; the *counter* adds up CPU time, in the kernel too, whatever rights there are.
 * Samplers and counter are opened disabled. The records of all have one layout.
 */
#ifndef CAPTURE_PERF_OPEN_H
#define CAPTURE_PERF_OPEN_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/capture.h"
#include "capture/perf_record.h"
#include "util/err.h"

struct perf_sampler {
	struct perf_event_attr attr; /* one per thread and CPU; sample_stack_user is set there */
	uint32_t event;		     /* index into perf_setup.events */
	bool is_full;		     /* takes the full size of stacks, else the short one */
};

struct perf_setup {
	struct capture_event events[CAPTURE_EVENTS_MAX];
	uint32_t event_count;
	struct perf_sampler samplers[CAPTURE_EVENTS_MAX + 1];
	uint32_t sampler_count;
	struct perf_event_attr tracker; /* one per thread and CPU */
	struct perf_event_attr counter; /* one per thread: task-clock, ns */
	struct perf_event_attr holder;	/* one per CPU, of sonde's own: a ring is mapped over it */
	struct perf_layout layout;
	bool has_stack_copies;
	bool is_system_wide;   /* samplers and trackers are of CPUs, not of threads */
	bool is_kernel_hidden; /* kernel code is not sampled, by an event at least */
	bool has_lost_count;   /* reading a sampler gives {count, lost samples} (Linux 6.0) */
};

/*
 * Finds out what can be had of what the config asks for, by opening it on this thread (or CPU); its
 * pids are not looked at. A fixed period where the time between two events is known: that of clocks
 * is 1e9 / frequency_hz ns, that of cycles is measured; other events with a frequency leave it to
 * the kernel, whose samples say their period.
 *
 * With stack copies the first event has two samplers, of P * 50/49 and P * 50, if its period is
 * fixed; other clocks have a short one, all other events a full one.
 *
 * Errors: -EINVAL for a frequency or period that cannot be, too many events, or one twice;
 * event_name_parse()'s; -ENOENT for an event that this machine lacks, or perf_refusal_explain()'s.
 */
int perf_open_probe(struct perf_setup *ret_setup, const struct capture_config *config,
		    struct err *err);

/*
 * The file descriptor (O_CLOEXEC), or negative errno. `cpu` -1 = wherever it runs; `tid` 0 = the
 * calling thread, -1 = all that run on the CPU.
 */
int perf_open_event(const struct perf_event_attr *attr, pid_t tid, int cpu);

#endif
