/* A worker's requests: which one comes next, how it goes out, and how it ends (worker.h). */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "load/h2.h"
#include "load/worker_parts.h"
#include "util/clock.h"
#include "wire/cookie.h"

/* ---- what comes next ---- */

static uint64_t choose_row(struct worker *worker, const struct connection *connection,
			   uint32_t request)
{
	const struct load_request *kind = &worker->shared->config->requests[request];
	uint32_t rows = feed_get_row_count(kind->feed);

	switch (kind->feed_order) {
	case LOAD_FEED_RANDOM:
		return rng_next_below(&worker->rng, rows);
	case LOAD_FEED_PER_USER:
		if (connection == NULL)
			return 0;
		return ((uint64_t)connection->index * worker->shared->config->threads +
			worker->index) %
		       rows;
	case LOAD_FEED_SEQUENTIAL:
		break;
	}
	return __atomic_fetch_add(&worker->shared->rows_taken[request], 1, __ATOMIC_RELAXED) % rows;
}

/*
 * Takes the next request and its row; false when there is nothing left. `connection` is the one it
 * will go out on, NULL = none.
 */
static bool take_request(struct worker *worker, const struct connection *connection,
			 uint32_t *ret_request, uint32_t *ret_row)
{
	struct worker_shared *shared = worker->shared;
	const struct load_config *config = shared->config;
	uint64_t step = shared->is_open_loop ? worker->arrivals.next_k : worker->mix_step++;
	uint64_t place = 0, row = 0;
	uint32_t request;

	if (shared->take_limit != UINT64_MAX) {
		place = __atomic_fetch_add(&shared->taken, 1, __ATOMIC_RELAXED);
		if (place >= shared->take_limit) {
			worker->is_exhausted = true;
			return false;
		}
	}
	if (config->replay != NULL)
		request = config->replay[step].request;
	else if (config->is_in_order)
		request = (uint32_t)(step % config->request_count);
	else
		request = mix_get(&shared->mix, step);
	if (config->is_once)
		row = place;
	else if (config->requests[request].feed != NULL)
		row = choose_row(worker, connection, request);
	if (shared->is_open_loop) {
		arrivals_advance(&worker->arrivals);
		worker->is_exhausted = worker->arrivals.next_ns == ARRIVALS_NEVER;
	}
	*ret_request = request;
	*ret_row = (uint32_t)row;
	return true;
}

void worker_forgo_request(struct worker *worker, uint64_t intended_ns,
			  const struct failure *failure)
{
	struct recorder_entry entry = {
		.intended_ns = intended_ns, .done_ns = worker->now_ns, .failure = *failure};
	uint32_t request, row;

	if (!take_request(worker, NULL, &request, &row))
		return;
	entry.name = worker->shared->messages[request].name;
	recorder_add(&worker->recorder, &entry, worker_get_end_ns(worker));
}

/* ---- ends ---- */

/* Out of the lists in which it is. */
static void detach(struct worker *worker, struct exchange *exchange)
{
	if (exchange->connection == NULL) {
		exchange_list_remove(&worker->again, exchange);
		return;
	}
	connection_remove(exchange->connection, exchange);
	exchange_list_remove(&worker->in_flight, exchange);
	worker->in_flight_count--;
	exchange->connection = NULL;
}

void worker_end_exchange(struct worker *worker, struct exchange *exchange,
			 const struct failure *failure)
{
	const struct recorder_entry entry = {
		.name = exchange->message->name,
		.status = exchange->status,
		.intended_ns = exchange->intended_ns,
		.sent_ns = exchange->sent_ns,
		.first_byte_ns = exchange->first_byte_ns,
		/* several answers may come in one piece, and requests go out in between */
		.done_ns =
			failure->error >= LOAD_ERROR_STATUS ? worker->received_ns : worker->now_ns,
		.bytes_in = exchange->bytes_in,
		.bytes_out = exchange->bytes_out,
		.failure = *failure,
	};

	detach(worker, exchange);
	worker->last_done_ns = entry.done_ns;
	recorder_add(&worker->recorder, &entry, worker_get_end_ns(worker));
	exchange_pool_give(&worker->pool, exchange);
}

static void show_answer_to_script(struct worker *worker, const struct exchange *exchange)
{
	struct connection_copy *copy = exchange->connection->copy;

	if (script_take_response(worker->script, exchange->status, strbuf_text(&copy->headers),
				 copy->header_count, strbuf_text(&copy->body),
				 copy->body.length) < 0)
		worker_fail(worker, script_get_error(worker->script));
}

void worker_take_answer(struct worker *worker, struct exchange *exchange)
{
	const struct message *message = exchange->message;
	const struct failure verdict =
		expectation_judge(&message->request->expect, message->expectation, &exchange->state,
				  exchange->status);

	exchange->connection->has_answered = true;
	exchange->connection->backoff_ns = 0;
	if (worker->script != NULL && script_wants_response(worker->script))
		show_answer_to_script(worker, exchange);
	worker_end_exchange(worker, exchange, &verdict);
}

void worker_send_again(struct worker *worker, struct exchange *exchange)
{
	const struct failure lost = {
		.error = LOAD_ERROR_PROTOCOL, .cause = FAILURE_HTTP, .detail = HTTP1_CLOSED_BEFORE};

	if (exchange->is_scripted) {
		worker_end_exchange(worker, exchange, &lost);
		return;
	}
	detach(worker, exchange);
	exchange_list_insert(&worker->again, exchange);
	exchange->first_byte_ns = 0;
	exchange->bytes_in = 0;
	exchange->status = 0;
	expectation_begin(&exchange->state);
	worker->resent++;
}

void worker_fail(struct worker *worker, const char *why)
{
	if (worker->failure[0] != '\0')
		return;
	snprintf(worker->failure, sizeof(worker->failure), "%s", why);
	worker->is_exhausted = true;
	worker_lower_end_ns(worker->shared, worker->now_ns);
	__atomic_store_n(&worker->shared->has_failed, true, __ATOMIC_RELAXED);
	__atomic_store_n(&worker->shared->is_cut, true, __ATOMIC_RELAXED);
}

/* ---- sending ---- */

/* Puts it on the connection; intended_ns 0: closed loop, it is intended when it is sent. */
static void attach(struct worker *worker, struct connection *connection, struct exchange *exchange,
		   uint64_t intended_ns)
{
	bool is_first_time = exchange->intended_ns == 0;

	worker->now_ns = exchange->sent_ns = clock_now_ns();
	exchange->intended_ns = intended_ns != 0 ? intended_ns : exchange->sent_ns;
	exchange->deadline_ns = exchange->intended_ns + worker->shared->config->timeout_ns;
	if (connection->in_flight_count == 0 && connection->h2 == NULL)
		http1_response_begin(&connection->response, exchange->is_head);
	connection_push(connection, exchange);
	exchange_list_insert(&worker->in_flight, exchange);
	worker->in_flight_count++;
	if (worker->in_flight_count > worker->in_flight_max &&
	    worker_is_in_window(worker, exchange->intended_ns))
		worker->in_flight_max = worker->in_flight_count;
	if (is_first_time)
		recorder_add_send(&worker->recorder, exchange->intended_ns, exchange->sent_ns,
				  worker_get_end_ns(worker));
}

static size_t get_cookies(struct worker *worker, const struct connection *connection,
			  const struct exchange *exchange)
{
	size_t length;

	if (connection->jar == NULL || cookie_jar_is_empty(connection->jar))
		return 0;
	length = message_render_path(exchange->message, exchange->row, worker->render_buffer);
	return cookie_jar_format(connection->jar, worker->render_buffer, length,
				 connection->tls != NULL, clock_wall_ns() / NS_PER_S,
				 worker->cookie_buffer);
}

static void submit(struct worker *worker, struct connection *connection, struct exchange *exchange,
		   size_t cookies_length)
{
	struct message_fields fields;

	message_render_fields(exchange->message, exchange->row, worker->cookie_buffer,
			      cookies_length, worker->render_buffer, &fields);
	exchange->stream =
		h2_session_submit(connection->h2, fields.headers, fields.count, fields.body,
				  fields.body_length, !fields.is_body_lasting, exchange);
	exchange->bytes_out = fields.body_length;
	worker_want_flush(worker, connection);
	if (exchange->stream == -EAGAIN)
		worker_send_again(worker, exchange);
	else if (exchange->stream < 0)
		worker_end_exchange(worker, exchange,
				    &(struct failure){.error = LOAD_ERROR_PROTOCOL,
						      .cause = FAILURE_WRITE,
						      .detail = -exchange->stream});
}

/* Sends it (again) on a connection with room. */
static void transmit(struct worker *worker, struct connection *connection,
		     struct exchange *exchange, uint64_t intended_ns)
{
	const struct message *message = exchange->message;
	const char *bytes = message->constant;
	size_t length = message->constant_length;
	size_t cookies_length = get_cookies(worker, connection, exchange);

	if (connection->h2 != NULL) {
		attach(worker, connection, exchange, intended_ns);
		submit(worker, connection, exchange, cookies_length);
		return;
	}
	if (bytes == NULL || cookies_length > 0) {
		bytes = worker->render_buffer;
		length = message_render(message, exchange->row, worker->cookie_buffer,
					cookies_length, worker->render_buffer);
	}
	exchange->bytes_out = length;
	attach(worker, connection, exchange, intended_ns);
	worker_look_after_output(
		worker, connection,
		connection_send(connection, bytes, length, bytes == message->constant));
}

static struct exchange *make_exchange(struct worker *worker, uint32_t request, uint32_t row)
{
	struct exchange *exchange = exchange_pool_take(&worker->pool);

	exchange->message = &worker->shared->messages[request];
	exchange->row = row;
	exchange->is_head = exchange->message->is_head_method;
	expectation_begin(&exchange->state);
	return exchange;
}

/* One call of a script's request(): one request, or several in a row. */
static bool send_scripted(struct worker *worker, struct connection *connection,
			  uint64_t intended_ns)
{
	struct script_request scripted;
	uint32_t request, row;

	if (script_is_stopped(worker->script)) {
		worker->is_exhausted = true;
		return false;
	}
	if (!take_request(worker, connection, &request, &row))
		return false;
	if (script_next_request(worker->script, &scripted) < 0) {
		worker_fail(worker, script_get_error(worker->script));
		return false;
	}
	for (uint32_t i = 0; i < scripted.count; i++) {
		struct exchange *exchange = make_exchange(worker, request, row);

		exchange->is_head = scripted.is_head[i];
		exchange->is_scripted = true;
		exchange->bytes_out = scripted.length / scripted.count;
		attach(worker, connection, exchange, intended_ns);
	}
	worker_look_after_output(
		worker, connection,
		connection_send(connection, scripted.bytes, scripted.length, false));
	return true;
}

/* The next request, on a connection with room. False: there was none. */
static bool send_next(struct worker *worker, struct connection *connection, uint64_t intended_ns)
{
	struct exchange *exchange;
	uint32_t request, row;

	if (worker->script != NULL)
		return send_scripted(worker, connection, intended_ns);
	if (!take_request(worker, connection, &request, &row))
		return false;
	exchange = make_exchange(worker, request, row);
	transmit(worker, connection, exchange, intended_ns);
	return true;
}

/* Keeps the list of those with room true; open loop only. */
static void list_connection(struct worker *worker, struct connection *connection)
{
	bool has_room = worker_has_room(worker, connection);

	if (has_room == connection->is_listed || !worker->shared->is_open_loop)
		return;
	connection->is_listed = has_room;
	if (has_room)
		connection_list_push_first(&worker->idle, connection);
	else
		connection_list_remove(&worker->idle, connection);
}

static void send_again_on(struct worker *worker, struct connection *connection)
{
	struct exchange *exchange = worker->again.first;

	exchange_list_remove(&worker->again, exchange);
	transmit(worker, connection, exchange, exchange->intended_ns);
}

void worker_send_due(struct worker *worker)
{
	uint64_t timeout_ns = worker->shared->config->timeout_ns;
	const struct failure never_sent = {
		.error = LOAD_ERROR_TIMEOUT,
		.cause = FAILURE_NEVER_SENT,
		.detail = (int64_t)timeout_ns,
	};

	while (worker->again.first != NULL && worker->idle.first != NULL) {
		struct connection *connection = worker->idle.first;

		send_again_on(worker, connection);
		list_connection(worker, connection);
	}
	while (worker->arrivals.next_ns <= worker->now_ns &&
	       worker->arrivals.next_ns < worker_get_end_ns(worker)) {
		uint64_t intended_ns = worker->arrivals.next_ns;
		struct connection *connection = worker->idle.first;

		if (worker_is_cut(worker))
			return;
		if (intended_ns + timeout_ns <= worker->now_ns) {
			worker_forgo_request(worker, intended_ns, &never_sent);
		} else if (connection != NULL) {
			if (!send_next(worker, connection, intended_ns))
				return;
			list_connection(worker, connection);
		} else if (worker->down_count == worker->connection_count) {
			worker_forgo_request(worker, intended_ns, &worker->connect_failure);
		} else {
			return;
		}
	}
}

/* ---- lanes of the closed loop ---- */

static uint64_t draw_think_ns(struct worker *worker)
{
	const struct load_think *think = &worker->shared->config->think;
	double u;

	switch (think->kind) {
	case LOAD_THINK_NONE:
		return 0;
	case LOAD_THINK_CONSTANT:
		return think->low_ns;
	case LOAD_THINK_UNIFORM:
		u = rng_next_double(&worker->rng);
		return think->low_ns + (uint64_t)(u * (double)(think->high_ns - think->low_ns));
	case LOAD_THINK_EXPONENTIAL:
		u = rng_next_double(&worker->rng);
		return (uint64_t)(-log(1 - u) * (double)think->low_ns);
	}
	return 0;
}

static void sleep_for(struct worker *worker, struct connection *connection, uint64_t pause_ns)
{
	if (pause_ns == 0 || sleepers_has(connection))
		return;
	connection->wake_ns = worker->now_ns + pause_ns;
	sleepers_add(&worker->sleepers, connection);
}

static void delay_by_script(struct worker *worker, struct connection *connection)
{
	uint64_t delay_ns = 0;

	if (worker->script == NULL || !script_has_delay(worker->script))
		return;
	if (script_next_delay(worker->script, &delay_ns) < 0)
		worker_fail(worker, script_get_error(worker->script));
	else
		sleep_for(worker, connection, delay_ns);
}

void worker_begin_lane(struct worker *worker, struct connection *connection)
{
	if (!worker->shared->is_open_loop)
		delay_by_script(worker, connection);
	worker_use_connection(worker, connection);
}

void worker_end_lane(struct worker *worker, struct connection *connection)
{
	if (worker->shared->is_open_loop || !worker->is_running || !connection->is_active)
		return;
	sleep_for(worker, connection, draw_think_ns(worker));
	if (connection->in_flight_count == 0)
		delay_by_script(worker, connection);
}

void worker_use_connection(struct worker *worker, struct connection *connection)
{
	list_connection(worker, connection);
	if (!worker->is_running || connection->state != CONNECTION_OPEN)
		return;
	if (!connection->is_active) {
		if (connection->in_flight_count == 0 && !connection->is_feeding)
			worker_drop_connection(worker, connection);
		return;
	}
	if (worker->shared->is_open_loop) {
		worker_send_due(worker);
		return;
	}
	while (!sleepers_has(connection) && worker_has_room(worker, connection)) {
		if (worker->again.first != NULL)
			send_again_on(worker, connection);
		else if (!worker_wants_connections(worker) || !send_next(worker, connection, 0))
			break;
	}
}
