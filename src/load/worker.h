/*
 * One thread of the load generator: a level-triggered epoll loop over its own connections.
 * Everything in struct worker belongs to its thread until that has ended; what workers share is in
 * struct worker_shared, and what of that changes while they run is atomic.
 *
 * Per request: one send(), one recv(), a share of an epoll_wait(), two clock reads (right before
 * the send, right after the recv that completes the answer), no allocation. In open loop also one
 * timerfd_settime() per sleep.
 *
 * Connections that break are opened again within the loop: at once after a connection that worked,
 * else after a pause of 10 ms that doubles up to 1 s. Nobody's request waits on a connection that
 * is down: in closed loop a failed attempt is a request that failed (CONNECT); in open loop
 * requests wait for a free connection, and fail (CONNECT) when they come due while every connection
 * of the worker is down.
 */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "load/arrivals.h"
#include "load/connection.h"
#include "load/connection_list.h"
#include "load/cpu_window.h"
#include "load/load.h"
#include "load/message.h"
#include "load/mix.h"
#include "load/recorder.h"
#include "model/histogram.h"

struct worker_shared {
	const struct load_config *config;
	const struct message *messages; /* by request */
	struct mix mix;
	struct address address;
	struct collector *collector;
	uint64_t begin_ns, measure_begin_ns; /* set before worker_run() */
	uint64_t once_rows;		     /* is_once: rows of the feed; else UINT64_MAX */

	/* atomic */
	uint64_t end_ns;      /* of the window; UINT64_MAX while unknown (is_once) */
	bool is_cut;	      /* do not wait for answers */
	uint64_t *rows_taken; /* by request; of request 0 only when is_once */
};

struct worker {
	struct worker_shared *shared;
	uint32_t index;
	bool is_open_loop;
	bool is_running;
	bool is_exhausted; /* no rows left */
	int epoll_fd, timer_fd;
	uint64_t armed_ns; /* when the timer goes off; 0 = it does not */
	uint64_t now_ns;   /* the latest clock read */
	char *receive_buffer;

	struct connection *connections;
	uint32_t connection_count, down_count, connecting_count;
	uint32_t attempted_count;    /* how many worker_open() has tried */
	uint64_t next_scan_ns;	     /* when to look again at those that are down or connecting */
	struct connection_list idle; /* the last one used first */
	struct connection_list in_flight; /* in the order of their deadlines */
	uint32_t in_flight_count;

	struct arrivals arrivals; /* open loop */
	uint64_t mix_step;	  /* closed loop */

	/* what the owner reads when the thread has ended */
	struct recorder recorder;
	struct histogram *send_lag;
	struct cpu_window cpu;
	struct failure connect_failure; /* the last one */
	uint64_t connects, reconnects_in_window, in_flight_max;
	uint64_t end_ns;
};

/*
 * Allocates all it will need. -errno when there is no descriptor left for its loop;
 * worker_release() in any case.
 */
int worker_init(struct worker *worker, struct worker_shared *shared, uint32_t index,
		uint32_t connection_count);
void worker_release(struct worker *worker);

/* Tries to open each connection once, and returns how many are open. In the worker's thread. */
uint32_t worker_open(struct worker *worker);

/* From begin_ns to the last answer. In the worker's thread, after worker_open(). */
void worker_run(struct worker *worker);

#endif
