/*
 * Samples where perf_event is refused (perf_event_paranoid 3 and 4, containers' seccomp filters):
 * stops a thread for some ten microseconds with ptrace, reads its registers and its stack, and lets
 * it go. No rights are needed for one's own children, also under Yama's ptrace_scope 1.
 *
 * A thread of its own (ptrace belongs to a thread) looks at each tick how much CPU time every
 * followed thread has used since its last sample, from /proc/PID/task/TID/schedstat; who has used a
 * whole period or more is sampled, and the sample stands for what was used. So it samples CPU time,
 * as perf's clocks do, with user stacks only: what runs in the kernel shows as the call into it.
 *
 * Each sample is PTRACE_SEIZE, INTERRUPT, read, DETACH: between samples nothing is traced, so
 * signals, debuggers and job control of the service work as ever, and when sonde dies, at whatever
 * moment, the kernel detaches and lets the thread run. A thread that waits for a CPU stops when it
 * gets one: until then it stays interrupted, and the others are looked at meanwhile.
 *
 * What it costs is measured: for how long each stop held the thread is in the sample.
 */
#ifndef CAPTURE_PTRACE_SAMPLER_H
#define CAPTURE_PTRACE_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/capture.h"
#include "util/err.h"
#include "util/scoped.h"

enum {
	PTRACE_SAMPLER_STACK_BYTES = 128 << 10, /* read of a stack, at most */
	PTRACE_SAMPLER_REGISTERS = 33,
};

struct ptrace_sample {
	uint32_t pid, tid;
	uint64_t time_ns;   /* CLOCK_MONOTONIC */
	uint64_t period_ns; /* CPU time that it stands for */
	uint64_t stop_ns;   /* that the thread was held */
	/* by DWARF's numbers: x86-64 0–16, aarch64 0–32; bit i of known: values[i] is known */
	uint64_t values[PTRACE_SAMPLER_REGISTERS];
	uint64_t known;
	const uint8_t *stack; /* from sp upwards, what is mapped there */
	uint32_t stack_bytes;
	/* no sample: the thread is gone, and who has its tid next is somebody new */
	bool has_ended;
};

struct ptrace_sampler;

/*
 * Follows the processes, their threads and descendants, now and later. Samples nothing before
 * enable. `frequency_hz` is cut to 1000. -EPERM when the first target may not be traced, -ESRCH
 * when there is none; the sentence says what is in the way and what would help.
 */
int ptrace_sampler_open(struct ptrace_sampler **ret_sampler, const pid_t *pids, uint32_t pid_count,
			double frequency_hz, struct err *err);
void ptrace_sampler_close(struct ptrace_sampler *sampler); /* NULL accepted; joins the thread */
SCOPED_POINTER(ptrace_sampler, ptrace_sampler_close)

void ptrace_sampler_enable(struct ptrace_sampler *sampler);
void ptrace_sampler_disable(struct ptrace_sampler *sampler);

typedef void (*ptrace_sample_fn)(void *arg, const struct ptrace_sample *sample);

/* Hands out what was sampled since the last call, oldest first. */
void ptrace_sampler_drain(struct ptrace_sampler *sampler, ptrace_sample_fn fn, void *arg);

/* Tasks that were there at open. Borrows. */
const struct capture_tasks *ptrace_sampler_get_tasks(const struct ptrace_sampler *sampler);

/* CPU time of the followed threads between enable and disable, user and kernel, as far as seen. */
uint64_t ptrace_sampler_get_cpu_ns(const struct ptrace_sampler *sampler);

/* Stops so far, and samples that could not be taken or kept. */
uint64_t ptrace_sampler_get_stop_count(const struct ptrace_sampler *sampler);
uint64_t ptrace_sampler_get_stop_ns(const struct ptrace_sampler *sampler);
uint64_t ptrace_sampler_get_lost_count(const struct ptrace_sampler *sampler);

/* Readable when samples wait. */
int ptrace_sampler_get_poll_fd(const struct ptrace_sampler *sampler);

#endif
