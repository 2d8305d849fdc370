/*
 * capture/ gets samples out of the kernel: perf_open sets up the events, perf_ring reads what they
 * write, perf_record decodes it, record_queue puts the CPUs in order, and capture drives them for a
 * set of processes. It hands out plain records and knows nothing of mappings, symbols and stacks:
 * those are profile/'s.
 *
 *	targets ─▶ every thread × every CPU: tracker + samplers ─▶ one ring a CPU ─▶ queue ─▶
 *	  records by time
 *
 * Events are inherited: what a followed thread forks is followed too. Threads that exist already
 * are looked for until a look finds no new one. One that was forked while its parent's events were
 * being opened may have inherited some of them and then been given its own; its inherited samples
 * are dropped, so that none counts twice.
 *
 * Stacks are copied by the kernel from sp upwards, as many bytes as the event says, needed or not;
 * and the size is fixed when an event is opened. So there are two samplers a thread: the *short*
 * one with 49 of 50 samples, and the *full* one with 1 of 50, by which the user of the capture
 * learns what the thread's stacks need. capture_set_stack_sizes() then opens the samplers again
 * with other sizes, a thread each, and closes the old; the trackers stay, so that no mapping is
 * missed. Only the first event has both, if its period is fixed (a clock's, that of cycles, or one
 * that is given and is 1000 or more); further clocks have a short one, all other events a full one.
 *
 * A sampler's period begins anew when it is opened: a thread that ends, or is given other sizes,
 * loses half a period on average, on each CPU it ran on.
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

enum capture_stacks {
	CAPTURE_STACKS_NONE, /* only the address that ran */
	CAPTURE_STACKS_FP,   /* frame pointers, followed by the kernel */
	CAPTURE_STACKS_COPY, /* the kernel's own frames, user registers, and a copy of the stack */
};

enum {
	CAPTURE_FULL_EVERY = 50,	       /* one sample of so many is a full copy */
	CAPTURE_STACK_BYTES_MAX = 65528 - 512, /* a record has 64 KiB, its other fields included */
	CAPTURE_EVENTS_MAX = 16,
};

struct capture_config {
	const pid_t *pids; /* each with its threads and descendants, now and later */
	uint32_t pid_count;
	bool is_system_wide; /* all of the machine instead; needs rights */
	double frequency_hz; /* 1..100000 samples per second of CPU time; 0 = by period */
	/* instead: a sample every so many events (of clocks: ns) */
	uint64_t period;
	enum capture_stacks stacks;
	uint32_t short_stack_bytes, full_stack_bytes; /* of STACKS_COPY, to begin with */
	/*
	 * "cycles", "page-faults", "L1-dcache-load-misses", "r01c0", "sched:sched_switch", with
	 * perf's modifiers ("cycles:u"); none = cycles if there are such and the kernel may be
	 * seen, else cpu-clock. One that this machine lacks is an error
	 */
	const char *const *events;
	uint32_t event_count;
};

struct capture_event {
	char name[64];
	/*
	 * between two samples, both samplers together; 0 = the kernel varies it: each sample says
	 * its own
	 */
	uint64_t period;
	bool is_clock; /* counts ns */
	bool is_split; /* has a short and a full sampler: a sample stands for `period` of either */
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
const struct perf_layout *capture_get_layout(const struct capture *capture);
uint32_t capture_get_event_count(const struct capture *capture); /* at least 1 */
const struct capture_event *capture_get_event(const struct capture *capture, uint32_t event);
bool capture_is_kernel_hidden(const struct capture *capture);

/* Readable when a ring is half full; draining clears it. */
int capture_get_poll_fd(const struct capture *capture);

/* Which of the capture's events wrote a sample, and which of its two samplers. */
struct capture_origin {
	uint32_t event; /* below capture_get_event_count(); 0 for records that are no samples */
	bool is_full;	/* the full sampler; without STACKS_COPY always false */
};

typedef void (*capture_fn)(void *arg, const struct perf_record *record,
			   const struct capture_origin *origin);

struct capture_stack_size {
	uint32_t tid;
	uint32_t short_bytes, full_bytes; /* rounded up to 8, cut to CAPTURE_STACK_BYTES_MAX */
};

/*
 * Opens samplers again: threads of the list (ascending by tid) with their sizes, all others with
 * `rest`; system-wide samplers are not of threads, and have `rest`. Those that have their size
 * already are kept, unless threads have inherited theirs. Enabled if they were. What the old
 * samplers wrote stays in the rings. On an error the old ones stay in use; the sentence says why
 * (EMFILE, …). A thread that has hidden itself since it was forked (PR_SET_DUMPABLE) is not sampled
 * any longer. Does nothing without STACKS_COPY.
 */
int capture_set_stack_sizes(struct capture *capture, const struct capture_stack_size *sizes,
			    uint32_t count, const struct capture_stack_size *rest, struct err *err);

/* Reads all rings and hands out, by time, what is older than the drain before this one. */
void capture_drain(struct capture *capture, capture_fn fn, void *arg);

/* The same, and everything else too: for the end. */
void capture_flush(struct capture *capture, capture_fn fn, void *arg);

/*
 * Totals since open. CPU time is that of the enabled times, user and kernel, of all threads, ended
 * ones included; system-wide that of all CPUs, to 10 ms.
 */
uint64_t capture_get_bytes(const struct capture *capture);
uint64_t capture_get_lost_count(
	const struct capture *capture); /* records of any kind, as far as reported by now */
uint64_t capture_read_lost_samples(
	const struct capture *capture); /* exact where the kernel can say (Linux 6.0) */
uint64_t capture_read_cpu_ns(const struct capture *capture);

#endif
