/*
 * The only place that calls perf_event_open(2): which events this machine and this user can have,
 * how they are set up, and what is in the way when the kernel refuses.
 *
 * Three events follow each thread. The *sampler* interrupts it every so often of its CPU time and
 * notes its stack; the *tracker*, a dummy that counts nothing, reports mappings, names, forks and
 * exits from the moment it is open; the *counter* adds up CPU time, in the kernel too, whatever
 * rights there are. Sampler and counter are opened disabled.
 */
#ifndef CAPTURE_PERF_OPEN_H
#define CAPTURE_PERF_OPEN_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/perf_record.h"
#include "util/err.h"

struct perf_setup {
	struct perf_event_attr sampler; /* one per thread and CPU */
	struct perf_event_attr
		tracker; /* likewise, into the same ring; its records have the same layout */
	struct perf_event_attr counter; /* one per thread: task-clock, ns */
	struct perf_layout layout;
	const char *event;     /* "cpu-clock", …; static */
	bool is_kernel_hidden; /* the kernel's own code may not be sampled: user code only */
	bool has_lost_count;   /* reading the sampler gives {count, lost samples} (Linux 6.0) */
};

/*
 * Finds out what can be had, by opening it on this thread: cycles where there is such a counter and
 * the kernel may be seen, else cpu-clock, or the `event` that is named ("cycles", "cpu-clock",
 * "task-clock"; NULL = choose). One sample per 1e9 / frequency_hz ns of CPU time. -ENOENT for an
 * event that this machine lacks, -EINVAL for a frequency outside of 1..100000, else
 * perf_open_explain()'s refusal.
 */
int perf_open_probe(struct perf_setup *ret_setup, double frequency_hz, bool has_stacks,
		    const char *event, struct err *err);

/*
 * The file descriptor (O_CLOEXEC), or negative errno. `cpu` -1 = wherever it runs; `tid` 0 = the
 * calling thread.
 */
int perf_open_event(const struct perf_event_attr *attr, pid_t tid, int cpu);

/* What perf_open_describe() needs to know of the machine and the process. */
struct perf_refusal {
	int code;	    /* of perf_event_open, a negative errno */
	int64_t paranoid;   /* kernel.perf_event_paranoid; INT64_MIN = cannot be read */
	bool is_privileged; /* has CAP_PERFMON or CAP_SYS_ADMIN */
	bool is_filtered;   /* runs under a seccomp filter */
};

/* The sentence: what is in the way, and the command that mends it. Pure. Returns refusal->code. */
int perf_open_describe(const struct perf_refusal *refusal, struct err *err);

/* Looks at /proc and describes why the kernel refused with `code`. Returns code. */
int perf_open_explain(int code, struct err *err);

#endif
