/*
 * capture/ gets samples out of the kernel: perf_open sets up the events, perf_ring reads what they
 * write, perf_record decodes it, record_queue puts the CPUs in order, and capture drives them for a
 * set of processes. It hands out plain records and knows nothing of mappings, symbols and stacks:
 * those are profile/'s.
 *
 *	targets ─▶ every thread × every CPU: tracker + sampler ─▶ one ring a CPU ─▶ queue ─▶
 *	  records by time
 *
 * Events are inherited: what a followed thread forks is followed too. Threads that exist already
 * are looked for until a look finds no new one. One that was forked while its parent's events were
 * being opened may have inherited some of them and then been given its own; its inherited samples
 * are dropped, so that none counts twice.
 *
 * One thread at a time.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/perf_record.h"
#include "util/err.h"
#include "util/scoped.h"
#include "util/vec.h"

struct capture_config {
	const pid_t *pids; /* each with its threads and descendants, now and later */
	uint32_t pid_count;
	double frequency_hz; /* 1..100000 samples per second of CPU time */
	bool has_stacks;     /* else only the address that ran */
	const char *
		/* NULL = cycles if there are such and the kernel may be seen, else cpu-clock */
		event;
};

/* A thread that was there already when the capture was opened. */
struct capture_task {
	uint32_t pid, tid;
	uint32_t target; /* index into config->pids: itself, or its nearest ancestor among them */
};

struct capture_tasks {
	VEC_FIELDS(struct capture_task);
};

struct capture;

/*
 * Opens the events; sampling is off, side-band records (mappings, names, forks, exits) flow from
 * here on. Descendants of a target that belong to somebody else are left out. Errors:
 * perf_open_probe()'s; -ESRCH when no target exists; -EACCES when a target is not this user's;
 * -EMFILE; -EPERM when not even small rings may be locked.
 */
int capture_open(struct capture **ret_capture, const struct capture_config *config,
		 struct err *err);
void capture_close(struct capture *capture); /* NULL accepted */
SCOPED_POINTER(capture, capture_close)

void capture_enable(struct capture *capture);
void capture_disable(struct capture *capture);

/* Borrows, until close. */
const struct capture_tasks *capture_get_tasks(const struct capture *capture);
const char *capture_get_event(const struct capture *capture);
bool capture_is_kernel_hidden(const struct capture *capture);

/* Readable when a ring is half full or a followed thread ended; draining clears it. */
int capture_get_poll_fd(const struct capture *capture);

typedef void (*capture_fn)(void *arg, const struct perf_record *record);

/* Reads all rings and hands out, by time, what is older than the drain before this one. */
void capture_drain(struct capture *capture, capture_fn fn, void *arg);

/* The same, and everything else too: for the end. */
void capture_flush(struct capture *capture, capture_fn fn, void *arg);

/*
 * Totals since open. CPU time is that of the enabled times, user and kernel, of all threads, ended
 * ones included.
 */
uint64_t capture_get_bytes(const struct capture *capture);
uint64_t capture_get_lost_count(
	const struct capture *capture); /* records of any kind, as far as reported by now */
uint64_t capture_read_lost_samples(
	const struct capture *capture); /* exact where the kernel can say (Linux 6.0) */
uint64_t capture_read_cpu_ns(const struct capture *capture);

#endif
