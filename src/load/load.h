/*
 * The load generator: drives requests at a target and measures them. An engine without a process, a
 * file or a database: it is given a compiled description, threads run it, and its owner collects
 * records while it runs.
 *
 * Data flow
 *	load_config → load_new ─ load_start ─▶ worker threads (load/worker.c), each with an
 *	epoll loop, its own connections (load/connection.c) and histograms (load/recorder.c);
 *	what they share while they run is the collector and which rows of a feed are taken
 *	once a second a worker adds to the collector under its mutex ─▶ load_collect (the
 *	owner's thread)
 *	load_stop/deadline ─▶ drain ─▶ load_join ─▶ struct load_result
 *
 * Schedules
 *	closed loop: each connection sends its next request when the answer is complete;
 *	intended time = sent time.
 *	open loop (rate_hz > 0): request k of the run is intended at begin + k / rate, whoever
 *	sends it; worker w takes every k with k mod threads = w. It goes out on any free
 *	connection; without one it waits with its clock running.
 *	Response time counts from the intended time, service time from the send. Send lag =
 *	sent − intended.
 *
 * Window: requests whose intended time lies in [measure_begin_ns, measure_end_ns) are measured;
 * those before are warm-up and leave no record. Whatever was intended before measure_end is
 * offered: after it requests in flight are waited for until their timeout (drain), and in open loop
 * those that no connection was free for are still sent, as connections become free, until their
 * timeout. Those that the owner cuts short are UNANSWERED. With is_once the window ends when the
 * feed is through.
 *
 * Promises: the accounting identity of model/load_record.h; nothing is allocated per request after
 * the start; no thread outlives load_join. Not promised here: that the machine had room for the
 * generator — send lag, CPU time and connections in flight are measured and handed over, and lab/
 * judges them.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"
#include "model/load_record.h"
#include "util/err.h"
#include "util/scoped.h"
#include "util/vec.h"

struct feed; /* feed.h: a data file with columns */

struct load_header {
	const char *name, *value; /* the value may hold ${column} of the request's feed */
};

/* What an answer must be to count as good. Zero = not checked. */
struct load_expect {
	uint16_t status; /* exactly this; then a 4xx/5xx that is expected is no failure */
	/* NULL = not checked; only the first 64 KB of a body are searched */
	const char *body_contains;
};

struct load_request {
	const char *name;   /* as shown; unique within the run */
	const char *method; /* "GET" */
	const char *path;   /* path and query; may hold ${column}, percent-encoded when filled in */
	const struct load_header *headers;
	uint32_t header_count;
	const char *body; /* NULL = none; may hold ${column}, filled in as it is */
	size_t body_length;
	uint32_t weight; /* share of the mix, >= 1 */
	struct load_expect expect;
	/* NULL = constant; shared by the workers, rows taken in order and round again */
	const struct feed *feed;
};

struct load_config {
	/* "http://host:port" without a path, see wire/url.h; gives the Host header */
	const char *target;
	struct load_request *requests;
	uint32_t request_count;		 /* >= 1 */
	uint32_t threads;		 /* 1..connections */
	uint32_t connections;		 /* in all, >= 1 */
	double rate_hz;			 /* > 0: open loop; 0: closed loop */
	uint64_t warmup_ns, duration_ns; /* with is_once: 0, and 0 or a limit */
	/* each row of the feed, which all requests share, once and in order */
	bool is_once;
	/* per request, from its intended time in open loop and its send in closed loop */
	uint64_t timeout_ns;
	uint64_t seed;	      /* of the mix */
	const uint32_t *cpus; /* pin worker i to cpus[i % cpu_count]; cpu_count 0 = no pinning */
	uint32_t cpu_count;
};

struct load_total {
	struct load_counts counts;
	struct histogram *response, *service; /* measured requests only */
	uint64_t status[LOAD_STATUS_SLOTS];
};

/* Everything of the measured window; owned by the caller: load_result_release(). */
struct load_result {
	uint64_t begin_ns, end_ns; /* the window as it was (shorter when stopped or once) */
	uint64_t drain_end_ns;
	struct load_total *totals; /* by request, request_count of them */
	uint32_t request_count;
	struct histogram *send_lag; /* open loop: sent − intended */
	VEC(struct load_failure) failures;
	uint64_t client_cpu_ns; /* CPU of the worker threads within the window */
	/* their run-queue wait within the window (schedstat), 0 when unknown */
	uint64_t client_wait_ns;
	uint32_t thread_count;
	/* the workers' maxima added up: an upper bound when threads > 1 */
	uint64_t in_flight_max;
	uint64_t connects; /* connections opened in all */
	/* opened again because the server (or an error) closed them */
	uint64_t reconnects_in_window;
	bool is_feed_exhausted;
};

void load_result_release(struct load_result *result);

/* A snapshot for a progress line: cheap, any time between start and join. */
struct load_progress {
	uint64_t answered, failures; /* measured so far */
	double rate_rps;	     /* answered over the last full second */
	uint64_t p99_ns;	     /* of the measured window so far; 0 while unknown */
};

/* What load_collect hands over: records since the last call, owned by the batch. */
struct load_batch {
	VEC(struct load_second) seconds;
};
void load_batch_release(struct load_batch *batch);

struct load;

/*
 * Checks the description, resolves the target's address (the only place where a name is resolved),
 * opens nothing. The config and what it points to must outlive the load. -EINVAL/-EHOSTUNREACH…
 * with a sentence that names what is wrong.
 */
int load_new(struct load **ret_load, const struct load_config *config, struct err *err);
void load_free(struct load *load); /* stops and joins when still running; NULL accepted */
SCOPED_POINTER(load, load_free)

/*
 * Opens the connections (open loop: all before the window) and starts the threads; the warm-up
 * begins now. ret_begin and ret_end are when the measured window begins and ends (UINT64_MAX with
 * is_once and no limit). When not a single connection can be opened: -ECONNREFUSED and the like,
 * with the address in the sentence.
 */
int load_start(struct load *load, uint64_t *ret_begin_ns, uint64_t *ret_end_ns, struct err *err);

/*
 * Ends sending now (interrupt): the window is cut at this time and drains. With is_at_once nothing
 * is waited for.
 */
void load_stop(struct load *load, bool is_at_once);

/* True once all workers have drained. Any thread. */
bool load_is_finished(const struct load *load);

/*
 * Moves the records so far to `batch` (which the caller releases). One caller at a time. Complete
 * only after load_join.
 */
void load_collect(struct load *load, struct load_batch *batch);
void load_get_progress(struct load *load, struct load_progress *ret_progress);

/*
 * Waits for the workers, then gives the totals. Call load_collect once more afterwards for the last
 * records.
 */
int load_join(struct load *load, struct load_result *ret_result, struct err *err);

#endif
