#include "load/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "load/worker_parts.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "wire/cookie.h"

enum {
	TICK_MS = 10,
	/* stays below the smallest usual accept queue: overflowing it costs a second */
	OPENING_AT_ONCE = 32,
	EARLY_FIRST_NS = 40 * 1000,
	EARLY_MAX_NS = 100 * 1000,
	EARLY_STEP_NS = 1000,
};

#define EARLY_RATIO 0.06 /* of the time may be spent on waiting awake */

#define TIMER_EVENT UINT64_MAX

/* ---- events ---- */

/*
 * Waking up takes the timer's own lateness and the scheduler's: early_ns follows the time that nine
 * of ten wake-ups keep to (one step up for a late one weighs as much as nine down).
 */
static void learn_lateness(struct worker *worker, uint64_t late_ns)
{
	if (late_ns > worker->early_ns && worker->early_ns < EARLY_MAX_NS)
		worker->early_ns += 9 * EARLY_STEP_NS / 4;
	else if (late_ns < worker->early_ns && worker->early_ns > EARLY_STEP_NS)
		worker->early_ns -= EARLY_STEP_NS / 4;
}

static void handle_timer(struct worker *worker)
{
	worker->now_ns = clock_now_ns();
	if (worker->now_ns >= worker->armed_ns)
		learn_lateness(worker, worker->now_ns - worker->armed_ns);
	worker->armed_ns = 0;
}

static void wait_for_events(struct worker *worker, int timeout_ms)
{
	struct epoll_event events[WORKER_EVENTS];
	int count = epoll_wait(worker->epoll_fd, events, WORKER_EVENTS, timeout_ms);

	if (count <= 0)
		worker->now_ns = worker->pass_begin_ns = clock_now_ns();
	for (int i = 0; i < count; i++) {
		uint64_t data = events[i].data.u64;
		struct connection *connection;

		if (data == TIMER_EVENT) {
			handle_timer(worker);
		} else {
			connection = &worker->connections[data >> 32];
			if ((uint32_t)data == connection->generation)
				worker_handle_event(worker, connection, events[i].events);
		}
		if (i == 0)
			worker->pass_begin_ns = worker->now_ns;
	}
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
	struct exchange *exchange;

	while ((exchange = worker->in_flight.first) != NULL &&
	       exchange->deadline_ns <= worker->now_ns)
		worker_break_first(worker, exchange, &timeout);
	while ((exchange = worker->again.first) != NULL && exchange->deadline_ns <= worker->now_ns)
		worker_end_exchange(worker, exchange, &timeout);
}

static void wake_sleepers(struct worker *worker)
{
	struct connection *connection;

	while ((connection = sleepers_get_first(&worker->sleepers)) != NULL &&
	       connection->wake_ns <= worker->now_ns) {
		sleepers_remove(&worker->sleepers, connection);
		if (connection->state == CONNECTION_OPEN) {
			worker_use_connection(worker, connection);
		} else if (connection->state == CONNECTION_DOWN &&
			   connection->retry_ns <= worker->now_ns &&
			   worker_wants_connections(worker)) {
			worker->down_count--;
			worker_open_connection(worker, connection);
		}
	}
}

/*
 * Users: as many as the course wants by now; global user i is this worker's when i mod threads is.
 */
static void follow_course(struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;
	uint32_t threads = shared->config->threads;
	double users;
	uint32_t wanted;

	if (!shared->config->is_users || worker->now_ns < shared->begin_ns)
		return;
	users = course_get_value(&shared->course, worker->now_ns - shared->begin_ns);
	wanted = users <= worker->index ? 0
					: (uint32_t)((users - worker->index - 1e-9) / threads) + 1;
	if (wanted > worker->connection_count)
		wanted = worker->connection_count;
	while (worker->active_count < wanted) {
		struct connection *connection = &worker->connections[worker->active_count++];

		connection->is_active = true;
		if (connection->jar != NULL)
			cookie_jar_clear(connection->jar);
		if (connection->state == CONNECTION_OPEN) {
			worker_begin_lane(worker, connection);
		} else if (connection->state == CONNECTION_DOWN &&
			   worker_wants_connections(worker)) {
			worker->down_count--;
			worker_open_connection(worker, connection);
		}
	}
	while (worker->active_count > wanted) {
		struct connection *connection = &worker->connections[--worker->active_count];

		connection->is_active = false;
		sleepers_remove(&worker->sleepers, connection);
		if (connection->state == CONNECTION_OPEN && connection->in_flight_count == 0)
			worker_drop_connection(worker, connection);
	}
}

static void note_window(struct worker *worker)
{
	if (worker->now_ns >= worker->shared->measure_begin_ns)
		cpu_window_begin(&worker->cpu);
	if (worker->now_ns >= worker_get_end_ns(worker))
		cpu_window_end(&worker->cpu);
}

static void tick_recorder(struct worker *worker)
{
	struct recorder *recorder = &worker->recorder;
	uint64_t pass_ns = worker->now_ns - worker->pass_begin_ns;

	if (pass_ns > recorder->thread_second.longest_pass_ns)
		recorder->thread_second.longest_pass_ns = pass_ns;
	recorder->thread_second.in_flight = worker->in_flight_count;
	/* in each pass: whichever request ends first in the next second closes this one */
	if (worker->shared->is_open_loop && worker->now_ns >= worker->shared->measure_begin_ns) {
		uint64_t end_ns = worker_get_end_ns(worker);
		uint64_t due_ns = worker->now_ns < end_ns ? worker->now_ns : end_ns;

		recorder->thread_second.waiting = arrivals_count_due(&worker->arrivals, due_ns);
	}
	recorder_tick(recorder, worker->now_ns);
}

/* How long before its time to be awake: within the budget for waiting awake. */
static uint64_t find_early_ns(const struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;
	double rate, allowed_ns;

	if (!shared->is_open_loop) /* intended is when it is sent: nothing is gained */
		return 0;
	if (shared->config->replay != NULL)
		return worker->early_ns;
	rate = course_get_value(&shared->course, worker->now_ns - shared->begin_ns) /
	       shared->config->threads;
	allowed_ns = rate > 0 ? EARLY_RATIO * (double)NS_PER_S / rate : EARLY_MAX_NS;
	return (double)worker->early_ns < allowed_ns ? worker->early_ns : (uint64_t)allowed_ns;
}

/* When this worker next has to do something by itself; UINT64_MAX = never. */
static uint64_t find_next_ns(const struct worker *worker)
{
	const struct connection *sleeper = sleepers_get_first(&worker->sleepers);
	uint64_t next_ns = UINT64_MAX;

	if (worker->idle.first != NULL && worker->arrivals.next_ns < worker_get_end_ns(worker))
		next_ns = worker->arrivals.next_ns;
	if (sleeper != NULL && sleeper->wake_ns < next_ns)
		next_ns = sleeper->wake_ns;
	return next_ns;
}

/*
 * Sets the timer and returns epoll's timeout: 0 when the time is so near that it is waited for
 * awake. A timerfd and not a timeout of epoll: exact, and nothing passes between reading the clock
 * and going to sleep.
 */
static int arm_timer(struct worker *worker)
{
	uint64_t next_ns = find_next_ns(worker), due_ns;
	struct itimerspec when;

	if (next_ns == UINT64_MAX)
		return TICK_MS;
	due_ns = next_ns - find_early_ns(worker);
	if (due_ns <= worker->now_ns)
		return 0;
	if (due_ns == worker->armed_ns)
		return TICK_MS;
	when = (struct itimerspec){
		.it_value = {.tv_sec = (time_t)(due_ns / NS_PER_S),
			     .tv_nsec = (long)(due_ns % NS_PER_S)},
	};
	timerfd_settime(worker->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	worker->armed_ns = due_ns;
	return TICK_MS;
}

/*
 * All that there was may be taken by others while this worker's users think, or before it has any:
 * it does not wait for them to find that out.
 */
static void notice_all_taken(struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;

	if (shared->take_limit != UINT64_MAX &&
	    __atomic_load_n(&shared->taken, __ATOMIC_RELAXED) >= shared->take_limit)
		worker->is_exhausted = true;
}

/* Its users have gone home and no stage brings others: the rest of the amount is not its to do. */
static bool is_deserted(const struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;
	const struct course *course = &shared->course;

	return shared->take_limit != UINT64_MAX && shared->config->is_users &&
	       worker->active_count == 0 &&
	       worker->now_ns >= shared->begin_ns + course->pieces[course->count - 1].begin_ns;
}

static bool is_done(const struct worker *worker)
{
	if (worker->in_flight_count > 0 || worker->again.first != NULL)
		return false;
	return worker->is_exhausted || is_deserted(worker) ||
	       (worker->now_ns >= worker_get_end_ns(worker) && !worker_wants_connections(worker));
}

/* The owner does not wait: what is in flight and what is due stays unanswered. */
static void abandon_requests(struct worker *worker)
{
	const struct failure cut_short = {.error = LOAD_ERROR_UNANSWERED,
					  .cause = FAILURE_CUT_SHORT};

	while (worker->in_flight.first != NULL)
		worker_end_exchange(worker, worker->in_flight.first, &cut_short);
	while (worker->again.first != NULL)
		worker_end_exchange(worker, worker->again.first, &cut_short);
	while (worker->arrivals.next_ns <= worker->now_ns &&
	       worker->arrivals.next_ns < worker_get_end_ns(worker))
		worker_forgo_request(worker, worker->arrivals.next_ns, &cut_short);
}

/* ---- life ---- */

uint32_t worker_open(struct worker *worker)
{
	uint32_t wanted = worker->shared->config->is_users && worker->connection_count > 0
				  ? 1
				  : worker->connection_count;
	uint64_t deadline_ns;

	worker->now_ns = clock_now_ns();
	deadline_ns = worker->now_ns + worker->shared->config->timeout_ns;
	while (!worker_is_cut(worker) && worker->now_ns < deadline_ns) {
		while (worker->connecting_count < OPENING_AT_ONCE &&
		       worker->attempted_count < wanted) {
			worker->down_count--;
			worker_open_connection(worker,
					       &worker->connections[worker->attempted_count++]);
		}
		if (worker->connecting_count == 0)
			break;
		wait_for_events(worker, TICK_MS);
		worker_flush(worker);
		worker_scan_connections(worker);
	}
	worker->attempted_count = worker->connection_count;
	return worker->connection_count - worker->down_count - worker->connecting_count;
}

static void start_load(struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;

	recorder_begin(&worker->recorder, shared->measure_begin_ns);
	if (shared->is_open_loop)
		arrivals_init(&worker->arrivals, &shared->arrivals, worker->index);
	else
		arrivals_init_closed(&worker->arrivals);
	if (shared->is_open_loop) /* more threads than requests: nothing is this one's */
		worker->is_exhausted = worker->arrivals.next_ns == ARRIVALS_NEVER;
	worker->mix_step = (uint64_t)shared->mix.length * worker->index / shared->config->threads;
	while (clock_sleep_until_ns(shared->begin_ns) < 0)
		;
	worker->is_running = true;
	worker->now_ns = clock_now_ns();
	if (shared->is_open_loop || shared->config->is_users)
		return;
	for (uint32_t i = 0; i < worker->connection_count; i++) {
		if (worker->connections[i].state == CONNECTION_OPEN)
			worker_begin_lane(worker, &worker->connections[i]);
	}
}

void worker_run(struct worker *worker)
{
	start_load(worker);
	worker->pass_begin_ns = worker->now_ns;
	for (;;) {
		expire_requests(worker);
		follow_course(worker);
		worker_scan_connections(worker);
		wake_sleepers(worker);
		worker_send_due(worker);
		worker_flush(worker);
		note_window(worker);
		tick_recorder(worker);
		notice_all_taken(worker);
		if (worker_is_cut(worker) || is_done(worker))
			break;
		wait_for_events(worker, arm_timer(worker));
	}
	if (worker_is_cut(worker))
		abandon_requests(worker);
	/* what there was to send has been: the elapsed time is until the last answer */
	worker->end_ns = worker->is_exhausted && worker->last_done_ns > 0 ? worker->last_done_ns
									  : worker->now_ns;
	recorder_finish(&worker->recorder);
	cpu_window_end(&worker->cpu); /* when there is nothing left before the window ends */
}

static void init_connections(struct worker *worker)
{
	const struct load_config *config = worker->shared->config;
	bool wants_copy = worker->script != NULL && script_wants_response(worker->script);

	for (uint32_t i = 0; i < config->request_count; i++) {
		const struct expectation *expectation = worker->shared->messages[i].expectation;

		wants_copy = wants_copy ||
			     (expectation != NULL && expectation_wants_headers(expectation));
	}
	for (uint32_t i = 0; i < worker->connection_count; i++) {
		struct connection *connection = &worker->connections[i];

		connection_init(connection, i);
		if (config->is_users)
			connection->jar = cookie_jar_new();
		else
			connection->is_active = true;
		if (wants_copy || config->is_users) {
			connection->copy = alloc_new(struct connection_copy);
			strbuf_init(&connection->copy->headers, HTTP1_HEAD_MAX);
			strbuf_init(&connection->copy->body, STRBUF_MAX_DEFAULT);
		}
	}
}

static size_t find_render_bytes(const struct worker_shared *shared)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < shared->config->request_count; i++)
		if (shared->messages[i].max_bytes > bytes)
			bytes = shared->messages[i].max_bytes;
	return bytes + COOKIE_JAR_BYTES + sizeof("Cookie: \r\n");
}

int worker_init(struct worker *worker, struct worker_shared *shared, uint32_t index,
		uint32_t connection_count)
{
	const struct load_config *config = shared->config;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = TIMER_EVENT};

	*worker = (struct worker){
		.shared = shared,
		.index = index,
		.address = shared->address,
		.connection_count = connection_count,
		.down_count = connection_count,
		.early_ns = EARLY_FIRST_NS,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.receive_buffer = alloc_array(WORKER_RECEIVE_BYTES, 1),
		.plain_buffer = alloc_array(WORKER_RECEIVE_BYTES, 1),
		.render_buffer = alloc_array(find_render_bytes(shared), 1),
		.cookie_buffer = alloc_array(COOKIE_JAR_BYTES, 1),
		.connections = alloc_array(connection_count, sizeof(struct connection)),
		.connect_times = histogram_new(),
		.tls_times = histogram_new(),
	};
	if (config->script != NULL)
		worker->script = script_program_get_thread(config->script, index);
	rng_init(&worker->rng, config->seed ^ (0x9e3779b97f4a7c15u * (index + 1)));
	sleepers_init(&worker->sleepers, connection_count);
	exchange_pool_init(&worker->pool, connection_count * shared->depth);
	recorder_init(&worker->recorder, &(struct recorder_config){
						 .collector = shared->collector,
						 .name_count = shared->name_count,
						 .thread = index,
						 .is_closed_loop = !shared->is_open_loop,
						 .is_raw = config->is_raw,
						 .has_slots = config->has_slots,
					 });
	init_connections(worker);
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
	free(worker->plain_buffer);
	free(worker->render_buffer);
	free(worker->cookie_buffer);
	histogram_free(worker->connect_times);
	histogram_free(worker->tls_times);
	sleepers_release(&worker->sleepers);
	exchange_pool_release(&worker->pool);
	recorder_release(&worker->recorder);
	fd_close(worker->epoll_fd);
	fd_close(worker->timer_fd);
	*worker = (struct worker){.epoll_fd = -1, .timer_fd = -1};
}
