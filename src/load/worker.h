/*
 * One thread of the load generator: a level-triggered epoll loop over its own connections.
 * Everything in struct worker belongs to its thread until that has ended; what workers share is in
 * struct worker_shared, and what of that changes while they run is atomic.
 *
 * Three files: worker.c is the loop, its time and its life; worker_request.c what is sent and when
 * it has ended; worker_connection.c what happens on sockets, and what the bytes mean.
 *
 * Per request on plain HTTP/1.1: one send(), one recv(), a share of an epoll_wait(), two clock
 * reads (right before the send, right after the recv that completes the answer), no allocation. In
 * open loop also one timerfd_settime() per sleep.
 *
 * Lanes: a connection has room for `depth` requests. In closed loop whoever has room sends the next
 * request at once, or after its pause (think time, a script's delay); in open loop requests go to
 * any connection with room, the last one used first.
 *
 * Connections that break are opened again within the loop: at once after a connection that worked,
 * else after a pause of 10 ms that doubles up to 1 s. Nobody's request waits on a connection that
 * is down: in closed loop a failed attempt is a request that failed (CONNECT); in open loop
 * requests wait for a connection with room, and fail (CONNECT) when they come due while every
 * connection of the worker is down. Requests of which a server says in order that it has not looked
 * at them (Connection: close before them in a pipeline, GOAWAY, REFUSED_STREAM) go out again with
 * their clock running.
 *
 * With HTTP/2 the frames of a pass go out together at its end, so that a request leaves some
 * microseconds (of a busy pass: its length) after sent_ns.
 *
 * Pacing: the timer goes off a little before a request is due, by as much as waking up has taken
 * of late, and the rest is spent polling; at most EARLY_RATIO of the time goes into that.
 */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "load/arrivals.h"
#include "load/connection.h"
#include "load/connection_list.h"
#include "load/cpu_window.h"
#include "load/exchange.h"
#include "load/load.h"
#include "load/message.h"
#include "load/mix.h"
#include "load/recorder.h"
#include "load/script.h"
#include "load/sleepers.h"
#include "model/histogram.h"
#include "stats/rng.h"

struct worker_shared {
	const struct load_config *config;
	const struct message *messages; /* by request */
	uint32_t name_count;
	struct mix mix;
	struct course course; /* of rates or users; unused in plain closed loop */
	struct arrivals_plan arrivals;
	struct address address;
	struct address *sources; /* config->source_count of them */
	struct collector *collector;
	bool is_open_loop;
	uint32_t depth;
	uint64_t begin_ns, measure_begin_ns; /* set before worker_run() */
	/* how many there are to take in all (rows, iterations); UINT64_MAX = without end */
	uint64_t take_limit;

	/* atomic */
	uint64_t end_ns;      /* of the window; UINT64_MAX while unknown */
	bool is_cut;	      /* do not wait for answers */
	bool has_failed;      /* a worker's `failure` says why */
	uint64_t taken;	      /* counted when there is a take_limit */
	uint64_t *rows_taken; /* by request */
};

struct worker {
	struct worker_shared *shared;
	uint32_t index;
	bool is_running;
	bool is_exhausted; /* nothing left to take */
	int epoll_fd, timer_fd;
	uint64_t armed_ns;	/* when the timer goes off; 0 = it does not */
	uint64_t early_ns;	/* how long before a request is due */
	uint64_t now_ns;	/* the latest clock read */
	uint64_t received_ns;	/* right after the last recv() */
	uint64_t pass_begin_ns; /* of this turn of the loop, after waiting */
	char *receive_buffer, *plain_buffer, *render_buffer, *cookie_buffer;

	struct connection *connections;
	uint32_t connection_count, down_count, connecting_count;
	uint32_t attempted_count;    /* how many worker_open() has tried */
	uint32_t active_count;	     /* users: connections [0, active_count) are spawned */
	uint64_t next_scan_ns;	     /* when to look again at those that are down or connecting */
	struct connection_list idle; /* with room; the last one used first */
	struct connection *to_flush;
	struct sleepers sleepers;
	uint32_t next_source;

	struct exchange_pool pool;
	struct exchange_list in_flight; /* in the order of their deadlines */
	struct exchange_list again;	/* to be sent again */
	uint32_t in_flight_count;

	struct arrivals arrivals; /* open loop */
	uint64_t mix_step;	  /* closed loop */
	struct rng rng;		  /* think times, random rows */
	struct script *script;	  /* NULL = none */
	struct address address;	  /* the shared one, unless its script has chosen another */

	/* what the owner reads when the thread has ended */
	struct recorder recorder;
	struct histogram *connect_times, *tls_times;
	struct cpu_window cpu;
	struct failure connect_failure; /* the last one */
	uint64_t connects, reconnects_in_window, in_flight_max, resent, tls_resumed;
	const char *protocol; /* of the last connection; NULL = none was open */
	char tls_cipher[80];
	uint64_t last_done_ns;		 /* when a request last ended */
	char failure[LOAD_FAILURE_TEXT]; /* why it ended the load; "" = it did not */
	uint64_t end_ns;
};

/*
 * Allocates all it will need. -errno when there is no descriptor left for its loop;
 * worker_release() in any case.
 */
int worker_init(struct worker *worker, struct worker_shared *shared, uint32_t index,
		uint32_t connection_count);
void worker_release(struct worker *worker);

/*
 * Tries to open each connection once (of users the first one), and returns how many are open. In
 * the worker's thread.
 */
uint32_t worker_open(struct worker *worker);

/* The window ends at this time, unless it ends earlier. Any thread. */
static inline void worker_lower_end_ns(struct worker_shared *shared, uint64_t end_ns)
{
	uint64_t known_ns = __atomic_load_n(&shared->end_ns, __ATOMIC_RELAXED);

	while (end_ns < known_ns &&
	       !__atomic_compare_exchange_n(&shared->end_ns, &known_ns, end_ns, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* From begin_ns to the last answer. In the worker's thread, after worker_open(). */
void worker_run(struct worker *worker);

#endif
