#include "load/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

enum {
	EVENT_BATCH = 128,
	RECEIVE_BYTES = 65536,
	TICK_MS = 10,
	/* stays below the smallest usual accept queue: overflowing it costs a second */
	OPENING_AT_ONCE = 32,
	PAUSE_FIRST_MS = 10,
	PAUSE_LAST_MS = 1000,
};

#define TIMER_EVENT UINT64_MAX

static uint64_t get_end_ns(const struct worker *worker)
{
	return __atomic_load_n(&worker->shared->end_ns, __ATOMIC_RELAXED);
}

static bool is_cut(const struct worker *worker)
{
	return __atomic_load_n(&worker->shared->is_cut, __ATOMIC_RELAXED);
}

static bool is_in_window(const struct worker *worker, uint64_t time_ns)
{
	return time_ns >= worker->shared->measure_begin_ns && time_ns < get_end_ns(worker);
}

/* Whether a request may still have to go out. */
static bool wants_connections(const struct worker *worker)
{
	uint64_t time_ns = worker->is_open_loop ? worker->arrivals.next_ns : worker->now_ns;

	return !worker->is_exhausted && time_ns < get_end_ns(worker);
}

/* ---- requests ---- */

/* Takes the next request of the mix and its row; false when the rows are through. */
static bool take_request(struct worker *worker, uint32_t *ret_name, uint32_t *ret_row)
{
	struct worker_shared *shared = worker->shared;
	uint64_t step = worker->is_open_loop ? worker->arrivals.next_k : worker->mix_step++;
	uint32_t name = mix_get(&shared->mix, step);
	const struct feed *feed = shared->config->requests[name].feed;
	uint64_t row = 0;

	if (feed != NULL) {
		row = __atomic_fetch_add(&shared->rows_taken[shared->config->is_once ? 0 : name], 1,
					 __ATOMIC_RELAXED);
		if (row >= shared->once_rows) {
			worker->is_exhausted = true;
			return false;
		}
		row %= feed_get_row_count(feed);
	}
	if (worker->is_open_loop) {
		arrivals_advance(&worker->arrivals);
		worker->is_exhausted = worker->arrivals.next_ns == ARRIVALS_NEVER;
	}
	*ret_name = name;
	*ret_row = (uint32_t)row;
	return true;
}

/* A request that never went out. */
static void forgo_request(struct worker *worker, uint64_t intended_ns,
			  const struct failure *failure)
{
	struct recorder_entry entry = {
		.intended_ns = intended_ns, .done_ns = worker->now_ns, .failure = *failure};
	uint32_t row;

	if (take_request(worker, &entry.name, &row))
		recorder_add(&worker->recorder, &entry, get_end_ns(worker));
}

/*
 * The request on this connection has ended, and `failure` says how. The connection is in no list
 * then.
 */
static void end_request(struct worker *worker, struct connection *connection,
			const struct failure *failure)
{
	const struct recorder_entry entry = {
		.name = connection->name,
		.status = connection->response.status,
		.intended_ns = connection->intended_ns,
		.sent_ns = connection->sent_ns,
		.done_ns = worker->now_ns,
		.bytes_in = connection->bytes_in,
		.bytes_out = connection->out_sent,
		.failure = *failure,
	};

	connection_list_remove(&worker->in_flight, connection);
	worker->in_flight_count--;
	recorder_add(&worker->recorder, &entry, get_end_ns(worker));
}

/* ---- connections ---- */

static void watch(struct worker *worker, struct connection *connection, int operation,
		  uint32_t events)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)connection->index << 32 | connection->generation,
	};

	epoll_ctl(worker->epoll_fd, operation, connection->fd, &event);
}

static void lengthen_pause(struct worker *worker, struct connection *connection)
{
	uint64_t pause_ns = connection->backoff_ns * 2;

	if (pause_ns < PAUSE_FIRST_MS * NS_PER_MS)
		pause_ns = PAUSE_FIRST_MS * NS_PER_MS;
	if (pause_ns > PAUSE_LAST_MS * NS_PER_MS)
		pause_ns = PAUSE_LAST_MS * NS_PER_MS;
	connection->backoff_ns = pause_ns;
	connection->retry_ns = worker->now_ns + pause_ns;
}

static void fail_connect(struct worker *worker, struct connection *connection)
{
	connection_close(connection);
	worker->down_count++;
	worker->connect_failure = connection->failure;
	lengthen_pause(worker, connection);
	if (worker->is_running && !worker->is_open_loop && wants_connections(worker))
		forgo_request(worker, worker->now_ns, &connection->failure);
}

static void open_connection(struct worker *worker, struct connection *connection)
{
	if (!connection_open(connection, &worker->shared->address)) {
		fail_connect(worker, connection);
		return;
	}
	connection->deadline_ns = worker->now_ns + worker->shared->config->timeout_ns;
	worker->connecting_count++;
	watch(worker, connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* Without a pause: the connection worked, or the request on it was booked as failed. */
static void reopen_connection(struct worker *worker, struct connection *connection)
{
	connection_close(connection);
	if (wants_connections(worker)) {
		open_connection(worker, connection);
		return;
	}
	connection->retry_ns = worker->now_ns;
	worker->down_count++;
}

/*
 * An idle connection is gone. One that has never answered waits before the next try: a server that
 * closes what it accepts would else be connected to thousands of times a second.
 */
static void lose_connection(struct worker *worker, struct connection *connection)
{
	connection_list_remove(&worker->idle, connection);
	if (connection->has_answered) {
		reopen_connection(worker, connection);
		return;
	}
	connection_close(connection);
	worker->down_count++;
	lengthen_pause(worker, connection);
}

static void fail_request(struct worker *worker, struct connection *connection,
			 const struct failure *failure)
{
	end_request(worker, connection, failure);
	reopen_connection(worker, connection);
}

static void fail_write(struct worker *worker, struct connection *connection, int error)
{
	fail_request(worker, connection,
		     &(struct failure){.error = LOAD_ERROR_PROTOCOL,
				       .cause = FAILURE_WRITE,
				       .detail = error});
}

/*
 * Puts the next request on an idle connection. intended_ns 0: closed loop, it is intended when it
 * is sent.
 */
static void send_request(struct worker *worker, struct connection *connection, uint64_t intended_ns)
{
	const struct message *message;
	const char *bytes;
	size_t length;
	uint32_t row;
	int r;

	if (!take_request(worker, &connection->name, &row))
		return;
	message = &worker->shared->messages[connection->name];
	bytes = message->constant;
	length = message->constant_length;
	if (bytes == NULL) {
		bytes = connection->rendered;
		length = message_render(message, row, connection->rendered);
	}
	connection_list_remove(&worker->idle, connection);
	connection_list_push_last(&worker->in_flight, connection);
	worker->in_flight_count++;
	worker->now_ns = connection->sent_ns = clock_now_ns();
	r = connection_send(connection, message, bytes, length);
	connection->intended_ns = intended_ns != 0 ? intended_ns : connection->sent_ns;
	connection->deadline_ns = connection->intended_ns + worker->shared->config->timeout_ns;
	if (is_in_window(worker, connection->intended_ns)) {
		if (worker->in_flight_count > worker->in_flight_max)
			worker->in_flight_max = worker->in_flight_count;
		if (intended_ns != 0)
			histogram_record(worker->send_lag, connection->sent_ns - intended_ns);
	}
	if (r < 0)
		fail_write(worker, connection, -r);
	else if (r == 0)
		watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

/*
 * Open loop: sends what is due while connections are free. What is due and cannot go out yet waits
 * in `arrivals`.
 */
static void send_due(struct worker *worker)
{
	uint64_t timeout_ns = worker->shared->config->timeout_ns, end_ns = get_end_ns(worker);
	const struct failure never_sent = {
		.error = LOAD_ERROR_TIMEOUT,
		.cause = FAILURE_NEVER_SENT,
		.detail = (int64_t)timeout_ns,
	};

	while (worker->arrivals.next_ns <= worker->now_ns && worker->arrivals.next_ns < end_ns) {
		uint64_t intended_ns = worker->arrivals.next_ns;

		if (is_cut(worker))
			return;
		if (intended_ns + timeout_ns <= worker->now_ns)
			forgo_request(worker, intended_ns, &never_sent);
		else if (worker->idle.first != NULL)
			send_request(worker, worker->idle.first, intended_ns);
		else if (worker->down_count == worker->connection_count)
			forgo_request(worker, intended_ns, &worker->connect_failure);
		else
			return;
	}
}

/* A connection has become free. */
static void use_connection(struct worker *worker, struct connection *connection)
{
	connection->state = CONNECTION_FREE;
	connection_list_push_first(&worker->idle, connection);
	if (!worker->is_running)
		return;
	if (worker->is_open_loop)
		send_due(worker);
	else if (wants_connections(worker))
		send_request(worker, connection, 0);
}

/* ---- events ---- */

static void handle_connect(struct worker *worker, struct connection *connection)
{
	worker->now_ns = clock_now_ns();
	worker->connecting_count--;
	if (!connection_finish_open(connection)) {
		fail_connect(worker, connection);
		return;
	}
	watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN);
	worker->connects++;
	if (worker->is_running && is_in_window(worker, worker->now_ns))
		worker->reconnects_in_window++;
	use_connection(worker, connection);
}

static void handle_answer(struct worker *worker, struct connection *connection)
{
	const struct failure verdict = message_judge(
		connection->message, connection->response.status, connection->matched);

	connection->has_answered = true;
	connection->backoff_ns = 0;
	end_request(worker, connection, &verdict);
	/*
	 * When the answer came before the request was out, the rest of it would be read as the next
	 * request.
	 */
	if (connection->response.is_keep_alive && connection->out_sent == connection->out_length)
		use_connection(worker, connection);
	else
		reopen_connection(worker, connection);
}

static void handle_readable(struct worker *worker, struct connection *connection)
{
	switch (connection_receive(connection, worker->receive_buffer, RECEIVE_BYTES,
				   &worker->now_ns)) {
	case CONNECTION_NOTHING:
		break;
	case CONNECTION_ANSWERED:
		handle_answer(worker, connection);
		break;
	case CONNECTION_LOST:
		lose_connection(worker, connection);
		break;
	case CONNECTION_FAILED:
		fail_request(worker, connection, &connection->failure);
		break;
	}
}

static void handle_writable(struct worker *worker, struct connection *connection)
{
	int r = connection_go_on(connection);

	if (r == 0)
		return;
	if (r > 0) {
		watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN);
		return;
	}
	worker->now_ns = clock_now_ns();
	fail_write(worker, connection, -r);
}

static void handle_event(struct worker *worker, const struct epoll_event *event)
{
	struct connection *connection;
	uint32_t generation = (uint32_t)event->data.u64;

	if (event->data.u64 == TIMER_EVENT) {
		worker->armed_ns = 0;
		worker->now_ns = clock_now_ns();
		return;
	}
	connection = &worker->connections[event->data.u64 >> 32];
	if (generation != connection->generation || connection->state == CONNECTION_DOWN)
		return;
	if (connection->state == CONNECTION_CONNECTING) {
		handle_connect(worker, connection);
		return;
	}
	if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		handle_readable(worker, connection);
	if ((event->events & EPOLLOUT) != 0 && generation == connection->generation &&
	    connection->state == CONNECTION_BUSY)
		handle_writable(worker, connection);
}

static void wait_for_events(struct worker *worker)
{
	struct epoll_event events[EVENT_BATCH];
	int count = epoll_wait(worker->epoll_fd, events, EVENT_BATCH, TICK_MS);

	if (count <= 0)
		worker->now_ns = clock_now_ns();
	for (int i = 0; i < count; i++)
		handle_event(worker, &events[i]); /* each reads the clock where it needs it */
}

/* ---- time ---- */

/* Timeouts of requests: the list is in the order of their deadlines. */
static void expire_requests(struct worker *worker)
{
	const struct failure timeout = {
		.error = LOAD_ERROR_TIMEOUT,
		.cause = FAILURE_TIMEOUT,
		.detail = (int64_t)worker->shared->config->timeout_ns,
	};
	struct connection *connection;

	while ((connection = worker->in_flight.first) != NULL &&
	       connection->deadline_ns <= worker->now_ns)
		fail_request(worker, connection, &timeout);
}

/* Connections whose pause is over, and attempts to connect that got no answer. */
static void scan_connections(struct worker *worker)
{
	uint64_t now_ns = worker->now_ns;

	if (worker->down_count + worker->connecting_count == 0 || now_ns < worker->next_scan_ns)
		return;
	worker->next_scan_ns = now_ns + TICK_MS * NS_PER_MS;
	for (uint32_t i = 0; i < worker->attempted_count; i++) {
		struct connection *connection = &worker->connections[i];

		if (connection->state == CONNECTION_CONNECTING &&
		    connection->deadline_ns <= now_ns) {
			worker->connecting_count--;
			connection->failure = (struct failure){
				.error = LOAD_ERROR_CONNECT,
				.cause = FAILURE_CONNECT,
				.detail = ETIMEDOUT,
			};
			fail_connect(worker, connection);
		} else if (connection->state == CONNECTION_DOWN && connection->retry_ns <= now_ns &&
			   worker->is_running && wants_connections(worker)) {
			worker->down_count--;
			open_connection(worker, connection);
		}
	}
}

static void note_window(struct worker *worker)
{
	if (worker->now_ns >= worker->shared->measure_begin_ns)
		cpu_window_begin(&worker->cpu);
	if (worker->now_ns >= get_end_ns(worker))
		cpu_window_end(&worker->cpu);
}

/*
 * A timerfd and not a timeout of epoll: exact, and nothing passes between reading the clock and
 * going to sleep.
 */
static void arm_timer(struct worker *worker)
{
	uint64_t due_ns = worker->arrivals.next_ns;
	struct itimerspec when;

	if (worker->idle.first == NULL || due_ns == worker->armed_ns ||
	    due_ns >= get_end_ns(worker))
		return;
	when = (struct itimerspec){
		.it_value = {.tv_sec = (time_t)(due_ns / NS_PER_S),
			     .tv_nsec = (long)(due_ns % NS_PER_S)},
	};
	timerfd_settime(worker->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	worker->armed_ns = due_ns;
}

static bool is_done(const struct worker *worker)
{
	if (worker->in_flight_count > 0)
		return false;
	return worker->is_exhausted ||
	       (worker->now_ns >= get_end_ns(worker) && !wants_connections(worker));
}

/* The owner does not wait: what is in flight and what is due stays unanswered. */
static void abandon_requests(struct worker *worker)
{
	const struct failure cut_short = {.error = LOAD_ERROR_UNANSWERED,
					  .cause = FAILURE_CUT_SHORT};
	struct connection *connection;

	while ((connection = worker->in_flight.first) != NULL) {
		end_request(worker, connection, &cut_short);
		connection_close(connection);
	}
	while (worker->arrivals.next_ns <= worker->now_ns &&
	       worker->arrivals.next_ns < get_end_ns(worker))
		forgo_request(worker, worker->arrivals.next_ns, &cut_short);
}

/* ---- life ---- */

uint32_t worker_open(struct worker *worker)
{
	worker->now_ns = clock_now_ns();
	while (!is_cut(worker)) {
		while (worker->connecting_count < OPENING_AT_ONCE &&
		       worker->attempted_count < worker->connection_count)
			open_connection(worker, &worker->connections[worker->attempted_count++]);
		if (worker->connecting_count == 0)
			break;
		wait_for_events(worker);
		scan_connections(worker);
	}
	return worker->connection_count - worker->down_count - worker->connecting_count;
}

static void start_load(struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;
	const struct load_config *config = shared->config;

	recorder_begin(&worker->recorder, shared->measure_begin_ns);
	if (worker->is_open_loop)
		arrivals_init_constant(&worker->arrivals, shared->begin_ns, config->rate_hz,
				       worker->index, config->threads, shared->once_rows);
	else
		arrivals_init_closed(&worker->arrivals);
	if (worker->is_open_loop) /* more threads than rows: nothing is this one's */
		worker->is_exhausted = worker->arrivals.next_ns == ARRIVALS_NEVER;
	worker->mix_step = (uint64_t)shared->mix.length * worker->index / config->threads;
	while (clock_sleep_until_ns(shared->begin_ns) < 0)
		;
	worker->is_running = true;
	worker->now_ns = clock_now_ns();
	for (uint32_t i = 0; i < worker->connection_count && !worker->is_open_loop; i++) {
		if (worker->connections[i].state == CONNECTION_FREE && wants_connections(worker))
			send_request(worker, &worker->connections[i], 0);
	}
}

void worker_run(struct worker *worker)
{
	start_load(worker);
	for (;;) {
		expire_requests(worker);
		scan_connections(worker);
		send_due(worker);
		note_window(worker);
		recorder_tick(&worker->recorder, worker->now_ns);
		if (is_cut(worker) || is_done(worker))
			break;
		arm_timer(worker);
		wait_for_events(worker);
	}
	if (is_cut(worker))
		abandon_requests(worker);
	worker->end_ns = worker->now_ns;
	recorder_finish(&worker->recorder);
	cpu_window_end(&worker->cpu); /* when the rows end before the window does */
}

int worker_init(struct worker *worker, struct worker_shared *shared, uint32_t index,
		uint32_t connection_count)
{
	const struct load_config *config = shared->config;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = TIMER_EVENT};
	size_t render_bytes = 0;

	for (uint32_t i = 0; i < config->request_count; i++) {
		if (shared->messages[i].constant == NULL &&
		    shared->messages[i].max_bytes > render_bytes)
			render_bytes = shared->messages[i].max_bytes;
	}
	*worker = (struct worker){
		.shared = shared,
		.index = index,
		.connection_count = connection_count,
		.is_open_loop = config->rate_hz > 0,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.receive_buffer = alloc_array(RECEIVE_BYTES, 1),
		.connections = alloc_array(connection_count, sizeof(struct connection)),
		.send_lag = histogram_new(),
	};
	recorder_init(&worker->recorder, shared->collector, config->request_count,
		      !worker->is_open_loop);
	for (uint32_t i = 0; i < connection_count; i++)
		connection_init(&worker->connections[i], i, render_bytes);
	if (worker->epoll_fd < 0 || worker->timer_fd < 0 ||
	    epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, worker->timer_fd, &event) < 0)
		return -errno;
	return 0;
}

void worker_release(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->connection_count; i++)
		connection_release(&worker->connections[i]);
	free(worker->connections);
	free(worker->receive_buffer);
	histogram_free(worker->send_lag);
	recorder_release(&worker->recorder);
	fd_close(worker->epoll_fd);
	fd_close(worker->timer_fd);
	*worker = (struct worker){.epoll_fd = -1, .timer_fd = -1};
}
