/*
 * The load generator: drives requests at a target and measures them. An engine without a process, a
 * file or a database: it is given a compiled description, threads run it, and its owner collects
 * records while it runs.
 *
 * Data flow
 *	load_config → load_new ─ load_start ─▶ worker threads (load/worker.h), each with an epoll
 *	  loop,
 *	its own connections (connection.h: socket, TLS, HTTP/1.1 or HTTP/2), requests in flight
 *	(exchange.h) and histograms (recorder.h); what they share while they run is the
 *	  collector,
 *	which rows of a feed are taken and how much of a fixed amount
 *	once a second a worker adds to the collector under its mutex ─▶ load_collect (the
 *	owner's thread)
 *	load_stop/deadline ─▶ drain ─▶ load_join ─▶ struct load_result
 *
 * Schedules
 *	closed loop: each connection has room for `depth` requests and sends the next one when an
 *	answer is complete, or after its pause (users that think, a script's delay); intended
 *	  time =
 *	sent time. Users are connections that come and go as the stages say, each with its
 *	  cookies.
 *	open loop: the schedule (arrivals.h) belongs to the run and not to a connection: a
 *	  constant
 *	rate, Poisson arrivals, a rate that changes in stages, or recorded times. What is due
 *	  goes out
 *	on any connection with room; without one it waits with its clock running.
 *	Response time counts from the intended time, service time from the send. Send lag =
 *	sent − intended.
 *
 * Window: requests whose intended time lies in [measure_begin_ns, measure_end_ns) are measured;
 * those before are warm-up and leave no record. Whatever was intended before measure_end is
 * offered: after it requests in flight are waited for until their timeout (drain), and in open loop
 * those that no connection had room for are still sent, as connections get room, until their
 * timeout. A request that is given up on (timeout, or cut short) leaves its age: its response time
 * is longer than that.
 *
 * Requests come from a mix in exact shares (mix.h), in order (target files), at recorded times, or
 * from wrk's Lua scripts (script.h); their texts are templates over data files (feed.h). Answers
 * are held against what was expected of them (expectation.h).
 *
 * Promises: the accounting identity of model/load_record.h; nothing is allocated per request after
 * the start (but for a script's own, what a regular expression looks at, HTTP/2's header tables,
 * raw rows); no thread outlives load_join. Not promised here: that the machine had room for the
 * generator — send lag, gaps between sends, CPU time and run-queue wait of each thread are measured
 * and handed over, and lab/load_judge.h judges them.
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

struct feed;	       /* feed.h: a data file with columns */
struct tls_context;    /* tls.h */
struct script_program; /* script.h */

struct load_header {
	const char *name, *value; /* the value may hold ${column} of the request's feed */
};

/* What an answer must be to count as good (expectation.h). Zero or NULL = not checked. */
struct load_expect {
	uint16_t status; /* exactly this; then a 4xx/5xx that is expected is no failure */
	const struct load_header *headers; /* value NULL: is there at all; else contains */
	uint32_t header_count;
	/* only the first 64 KB of a body are searched */
	const char *body_contains;
	const char *body_matches; /* a POSIX extended regular expression */
	bool has_size;
	uint64_t size_min, size_max; /* of the body, bytes; has_size */
};

/* In which order a request takes the rows of its feed. */
enum load_feed_order {
	LOAD_FEED_SEQUENTIAL, /* shared by the workers, in order and round again */
	LOAD_FEED_RANDOM,     /* each row equally likely each time */
	LOAD_FEED_PER_USER,   /* connection (user) i keeps row i; at least as many rows as users */
};

struct load_request {
	const char *name;   /* as shown; several requests may share one (a target file's) */
	const char *method; /* "GET" */
	const char *path;   /* path and query; may hold ${column}, percent-encoded when filled in */
	const struct load_header *headers;
	uint32_t header_count;
	const char *body; /* NULL = none; may hold ${column}, filled in as it is */
	size_t body_length;
	uint32_t weight; /* share of the mix, >= 1 */
	struct load_expect expect;
	const struct feed *feed; /* NULL = constant */
	enum load_feed_order feed_order;
};

enum load_arrivals { LOAD_ARRIVALS_CONSTANT, LOAD_ARRIVALS_POISSON };

/*
 * A course over time: within duration_ns the value goes in a straight line from where the stage
 * before left it (the first: from load_config.stage_begin) to `target`. Duration 0 is a jump. After
 * the last stage the value stays.
 */
struct load_stage {
	uint64_t duration_ns;
	double target; /* requests per second, or users */
};

/* Request `request` is due offset_ns after the begin. Ascending. */
struct load_replay_item {
	uint64_t offset_ns;
	uint32_t request;
};

enum load_think_kind {
	LOAD_THINK_NONE,
	LOAD_THINK_CONSTANT,
	LOAD_THINK_UNIFORM,
	LOAD_THINK_EXPONENTIAL
};

/* The pause of a user between an answer and the next request. */
struct load_think {
	enum load_think_kind kind;
	uint64_t low_ns, high_ns; /* CONSTANT: low; UNIFORM: both; EXPONENTIAL: low is the mean */
};

enum load_protocol {
	LOAD_HTTP1,
	LOAD_HTTP2,	   /* over TLS by ALPN, which has to choose it; else with prior knowledge */
	LOAD_HTTP_BY_ALPN, /* over TLS what the server chooses; else HTTP/1.1 */
};

struct load_config {
	/* "http://host:port" without a path, see wire/url.h; gives the Host header */
	const char *target;
	const char *connect_to;	    /* "host:port" or "unix:/path" to connect to instead; NULL */
	const char *const *sources; /* local addresses to connect from, in turn; NULL = any */
	uint32_t source_count;
	enum load_protocol protocol;
	struct tls_context *tls; /* of an https target; borrowed */

	struct load_request *requests;
	uint32_t request_count; /* >= 1 */
	bool is_in_order;	/* requests in the given order and round again, weights unused */
	/* at their own times (open loop); NULL = none */
	const struct load_replay_item *replay;
	uint64_t replay_count;
	/* wrk's Lua: makes the requests; requests[0] gives the name and the expectations */
	struct script_program *script;

	uint32_t threads;     /* 1..connections */
	uint32_t connections; /* in all, >= 1; with is_users: the most users there can be */
	uint32_t depth;	      /* requests in flight on one connection: pipelining, streams; >= 1 */
	bool is_closing;      /* each request on a connection of its own */
	/* the schedule: closed loop when nothing of this is set */
	double rate_hz; /* > 0: open loop at a constant rate (as `arrivals` says) */
	enum load_arrivals arrivals;
	/* over time: rates (open loop), or with is_users users (closed loop); 0 = none */
	const struct load_stage *stages;
	uint32_t stage_count;
	double stage_begin;
	bool is_users; /* one connection and one cookie jar a user */
	struct load_think think;

	uint64_t warmup_ns, duration_ns; /* with iterations and is_once: 0, and 0 or a limit */
	uint64_t iterations;		 /* requests in all; 0 = as many as there is time for */
	/* each row of the feed, which all requests share, once and in order */
	bool is_once;
	/* per request, from its intended time in open loop and its send in closed loop */
	uint64_t timeout_ns;
	bool is_raw;	/* hand over each request (struct load_row) */
	bool has_slots; /* keep load_thread_second.slots */
	uint64_t seed;	/* of mix, arrivals, think times */
	/* asked now and then while connections open, which may take long; NULL = never */
	bool (*is_cancelled)(void);
	const uint32_t *cpus; /* pin worker i to cpus[i % cpu_count]; cpu_count 0 = no pinning */
	uint32_t cpu_count;
};

struct load_total {
	struct load_counts counts;
	struct histogram *response, *service; /* measured requests only */
	struct histogram *censored;	      /* ages of those given up on; NULL = none */
	uint64_t status[LOAD_STATUS_SLOTS];
};

/* What a thread of the generator cost in the window. */
struct load_thread_usage {
	uint64_t cpu_ns, wait_ns; /* run-queue wait (schedstat), 0 when unknown */
};

/* Everything of the measured window; owned by the caller: load_result_release(). */
struct load_result {
	uint64_t begin_ns, end_ns; /* the window as it was (shorter when stopped or once) */
	uint64_t drain_end_ns;
	struct load_total *totals; /* by name, name_count of them: load_get_name() */
	uint32_t name_count;
	/* those of the open loop are NULL in closed loop */
	struct histogram *histograms[LOAD_HISTOGRAM_COUNT];
	uint64_t resolve_ns; /* asking for the target's name, once */
	VEC(struct load_failure) failures;
	struct load_thread_usage *threads; /* thread_count of them */
	uint32_t thread_count;
	uint64_t client_cpu_ns, client_wait_ns; /* of all threads */
	/* the workers' maxima added up: an upper bound when threads > 1 */
	uint64_t in_flight_max;
	uint64_t connects; /* connections opened in all */
	/* opened again because the server (or an error) closed them */
	uint64_t reconnects_in_window;
	/* requests that went out again: the server had not looked at them */
	uint64_t resent;
	uint64_t tls_resumed; /* connections whose TLS session was resumed */
	char protocol[16];    /* "HTTP/1.1" "HTTP/2"; of the last connection */
	char tls_cipher[80];  /* "" = no TLS */
	bool is_exhausted;    /* all that there was to send (rows, iterations, replay) was sent */
};

void load_result_release(struct load_result *result);

/* Adds up the names; the histograms are the caller's, and censored may be NULL. */
void load_result_sum(const struct load_result *result, struct load_total *total);

/* A snapshot for a progress line: cheap, any time between start and join. */
struct load_progress {
	uint64_t answered, failures; /* measured so far */
	double rate_rps;	     /* answered over the last full second */
	uint64_t p99_ns;	     /* of the measured window so far; 0 while unknown */
};

/* What load_collect hands over: records since the last call, owned by the batch. */
struct load_batch {
	VEC(struct load_second) seconds;
	VEC(struct load_thread_second) threads;
	VEC(struct load_row) rows; /* with is_raw: in the order in which they ended, by thread */
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
 * is_once and no limit). Opening takes the timeout at most; what is not open by then is opened
 * while the load runs. When not a single connection can be opened: -ECONNREFUSED and the like, with
 * the address in the sentence.
 */
int load_start(struct load *load, uint64_t *ret_begin_ns, uint64_t *ret_end_ns, struct err *err);

/*
 * Ends sending now (interrupt): the window is cut at this time and drains. With is_at_once nothing
 * is waited for.
 */
void load_stop(struct load *load, bool is_at_once);

/* True once all workers have drained. Any thread. */
bool load_is_finished(const struct load *load);

/* The names of the requests, each once, in the order of their first request. */
uint32_t load_get_name_count(const struct load *load);
const char *load_get_name(const struct load *load, uint32_t name);
const char *load_get_method(const struct load *load, uint32_t name);

/*
 * Why the load ended by itself before its time ("" = it did not): a script's error. What was
 * measured until then is whole.
 */
const char *load_get_failure(const struct load *load);

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
