/* What the three files of a worker (worker.h) have of each other. */
#ifndef LOAD_WORKER_PARTS_H
#define LOAD_WORKER_PARTS_H

#include <sys/epoll.h>

#include "load/worker.h"

enum { WORKER_RECEIVE_BYTES = 65536, WORKER_EVENTS = 128 };

static inline uint64_t worker_get_end_ns(const struct worker *worker)
{
	return __atomic_load_n(&worker->shared->end_ns, __ATOMIC_RELAXED);
}

static inline bool worker_is_cut(const struct worker *worker)
{
	return __atomic_load_n(&worker->shared->is_cut, __ATOMIC_RELAXED);
}

static inline bool worker_is_in_window(const struct worker *worker, uint64_t time_ns)
{
	return time_ns >= worker->shared->measure_begin_ns && time_ns < worker_get_end_ns(worker);
}

/* Whether a request may still have to go out. */
static inline bool worker_wants_connections(const struct worker *worker)
{
	uint64_t time_ns = worker->shared->is_open_loop ? worker->arrivals.next_ns : worker->now_ns;

	if (worker->again.first != NULL)
		return true;
	return !worker->is_exhausted && time_ns < worker_get_end_ns(worker);
}

/* ---- worker_request.c ---- */

/* Uses the room that a connection has: what waits to be sent again, what is due, the next one. */
void worker_use_connection(struct worker *worker, struct connection *connection);
/* Open loop: sends what is due while connections have room. */
void worker_send_due(struct worker *worker);
/* A request that never went out. */
void worker_forgo_request(struct worker *worker, uint64_t intended_ns,
			  const struct failure *failure);
/* It has ended, and `failure` says how; it is in no list afterwards. */
void worker_end_exchange(struct worker *worker, struct exchange *exchange,
			 const struct failure *failure);
/* The whole answer is there. */
void worker_take_answer(struct worker *worker, struct exchange *exchange);
/* It is to be sent again, on whatever connection has room. */
void worker_send_again(struct worker *worker, struct exchange *exchange);
/* Ends the load: something that is not the server's fault. */
void worker_fail(struct worker *worker, const char *why);
/* Closed loop: the first request, or the pause before it. */
void worker_begin_lane(struct worker *worker, struct connection *connection);
/* An answer has come: the pause before the lane's next request begins, if there is one. */
void worker_end_lane(struct worker *worker, struct connection *connection);

/* ---- worker_connection.c ---- */

bool worker_has_room(const struct worker *worker, const struct connection *connection);
void worker_watch(struct worker *worker, struct connection *connection, int operation,
		  uint32_t events);
/* Follows connection_send() and connection_flush(): waits to go on, or breaks the connection. */
void worker_look_after_output(struct worker *worker, struct connection *connection, int result);
void worker_open_connection(struct worker *worker, struct connection *connection);
/* Everything on it fails alike; then it is opened again if there is still something to send. */
void worker_break_connection(struct worker *worker, struct connection *connection,
			     const struct failure *failure);
/* It fails so, and what is in the pipeline behind it with it; of HTTP/2 only its own stream. */
void worker_break_first(struct worker *worker, struct exchange *exchange,
			const struct failure *failure);
/* It is closed, and stays so until somebody wakes it or scans. Nothing is on it. */
void worker_drop_connection(struct worker *worker, struct connection *connection);
void worker_handle_event(struct worker *worker, struct connection *connection, uint32_t events);
/* Connections whose pause is over, and attempts to open that took too long. */
void worker_scan_connections(struct worker *worker);
/* HTTP/2: there are frames to send; worker_flush() will. */
void worker_want_flush(struct worker *worker, struct connection *connection);
/* HTTP/2: sends the frames that were queued in this pass. */
void worker_flush(struct worker *worker);

#endif
