/* A worker's connections: how they open and break, and what the bytes on them mean (worker.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "load/h2.h"
#include "load/tls.h"
#include "load/worker_parts.h"
#include "util/clock.h"
#include "wire/cookie.h"

enum {
	SCAN_MS = 10,
	PAUSE_FIRST_MS = 10,
	PAUSE_LAST_MS = 1000,
};

bool worker_has_room(const struct worker *worker, const struct connection *connection)
{
	uint32_t depth = worker->shared->depth;

	if (connection->state != CONNECTION_OPEN || connection->is_write_broken)
		return false;
	if (worker->script != NULL) /* a call of request() is answered before the next one */
		return connection->in_flight_count == 0;
	if (connection->h2 != NULL) {
		bool is_used_up = worker->shared->config->is_closing && connection->has_answered;
		uint32_t limit = h2_session_get_stream_limit(connection->h2);

		/*
		 * A server that allows none gets one that waits in the session, where its timeout
		 * ends it: a lane that never sends would never end.
		 */
		if (limit == 0)
			limit = 1;
		return connection->in_flight_count < (limit < depth ? limit : depth) &&
		       !is_used_up && !h2_session_is_closing(connection->h2);
	}
	return connection->in_flight_count < depth;
}

void worker_watch(struct worker *worker, struct connection *connection, int operation,
		  uint32_t events)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)connection->index << 32 | connection->generation,
	};

	connection->is_watched_for_write = (events & EPOLLOUT) != 0;
	epoll_ctl(worker->epoll_fd, operation, connection->fd, &event);
}

void worker_look_after_output(struct worker *worker, struct connection *connection, int result)
{
	/*
	 * The server has closed; but it may have answered before, and said that it would: what it
	 * sent is read first, and the end of it tells what became of the requests.
	 */
	if (result == -EPIPE || result == -ECONNRESET) {
		connection->is_write_broken = true;
		result = 1;
	}
	if (result < 0)
		worker_break_connection(worker, connection,
					&(struct failure){.error = LOAD_ERROR_PROTOCOL,
							  .cause = FAILURE_WRITE,
							  .detail = -result});
	else if ((result == 0) != connection->is_watched_for_write)
		worker_watch(worker, connection, EPOLL_CTL_MOD,
			     result == 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* ---- opening and closing ---- */

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

void worker_drop_connection(struct worker *worker, struct connection *connection)
{
	if (connection->is_listed) {
		connection->is_listed = false;
		connection_list_remove(&worker->idle, connection);
	}
	connection_close(connection);
	connection->retry_ns = worker->now_ns;
	worker->down_count++;
}

/* Opening it has failed; connection->failure says how. */
static void fail_open(struct worker *worker, struct connection *connection)
{
	worker->connecting_count--;
	worker_drop_connection(worker, connection);
	worker->connect_failure = connection->failure;
	lengthen_pause(worker, connection);
	if (worker->is_running && !worker->shared->is_open_loop && connection->is_active &&
	    worker->again.first == NULL && worker_wants_connections(worker))
		worker_forgo_request(worker, worker->now_ns, &connection->failure);
}

void worker_open_connection(struct worker *worker, struct connection *connection)
{
	const struct worker_shared *shared = worker->shared;
	uint32_t sources = shared->config->source_count;
	const struct address *source = NULL;

	if (sources > 0)
		source = &shared->sources[(worker->index + worker->next_source++) % sources];
	worker->connecting_count++;
	if (!connection_open(connection, &worker->address, source)) {
		fail_open(worker, connection);
		return;
	}
	worker->now_ns = connection->open_begin_ns = clock_now_ns();
	connection->deadline_ns = worker->now_ns + shared->config->timeout_ns;
	worker_watch(worker, connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* Without a pause: the connection worked, or the request on it was booked as failed. */
static void reopen_connection(struct worker *worker, struct connection *connection)
{
	worker_drop_connection(worker, connection);
	if (!worker_wants_connections(worker) || !connection->is_active || sleepers_has(connection))
		return;
	worker->down_count--;
	worker_open_connection(worker, connection);
}

/*
 * An idle connection is gone. One that has never answered waits before the next try: a server that
 * closes what it accepts would else be connected to thousands of times a second. `failure` is what
 * those are told who find no connection in that time.
 */
static void lose_connection(struct worker *worker, struct connection *connection,
			    const struct failure *failure)
{
	if (connection->has_answered) {
		reopen_connection(worker, connection);
		return;
	}
	worker->connect_failure = *failure;
	worker->connect_failure.error = LOAD_ERROR_CONNECT;
	worker_drop_connection(worker, connection);
	lengthen_pause(worker, connection);
}

void worker_break_connection(struct worker *worker, struct connection *connection,
			     const struct failure *failure)
{
	if (connection->first == NULL) {
		lose_connection(worker, connection, failure);
		return;
	}
	while (connection->first != NULL)
		worker_end_exchange(worker, connection->first, failure);
	worker_end_lane(worker, connection);
	reopen_connection(worker, connection);
}

/* In the order of their deadlines, whatever became of the first. */
static void send_rest_again(struct worker *worker, struct connection *connection)
{
	while (connection->first != NULL)
		worker_send_again(worker, connection->first);
}

void worker_break_first(struct worker *worker, struct exchange *exchange,
			const struct failure *failure)
{
	const struct failure behind = {.error = failure->error, .cause = FAILURE_BEHIND};
	struct connection *connection = exchange->connection;

	if (connection->h2 != NULL) {
		h2_session_cancel(connection->h2, exchange->stream);
		worker_want_flush(worker, connection);
		worker_end_exchange(worker, exchange, failure);
		worker_end_lane(worker, connection);
		worker_use_connection(worker, connection);
		return;
	}
	worker_end_exchange(worker, exchange, failure);
	/* the server may be at work on them: they do not go out twice */
	while (connection->first != NULL)
		worker_end_exchange(worker, connection->first, &behind);
	worker_end_lane(worker, connection);
	reopen_connection(worker, connection);
}

/* ---- HTTP/1.1 ---- */

static bool is_name(const char *name, size_t length, const char *wanted)
{
	return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static void keep_header(struct connection_copy *copy, const char *name, size_t name_length,
			const char *value, size_t value_length)
{
	strbuf_add(&copy->headers, name, name_length);
	strbuf_add(&copy->headers, "", 1);
	strbuf_add(&copy->headers, value, value_length);
	strbuf_add(&copy->headers, "", 1);
	copy->header_count++;
}

static void keep_cookie(struct worker *worker, struct exchange *exchange, const char *value,
			size_t length)
{
	size_t path_length =
		message_render_path(exchange->message, exchange->row, worker->render_buffer);

	worker->render_buffer[path_length] = '\0';
	cookie_jar_take(exchange->connection->jar, value, length, worker->render_buffer,
			clock_wall_ns() / NS_PER_S);
}

static void take_header(struct worker *worker, struct exchange *exchange, const char *name,
			size_t name_length, const char *value, size_t value_length)
{
	struct connection *connection = exchange->connection;

	if (exchange->message->expectation != NULL)
		expectation_take_header(exchange->message->expectation, &exchange->state, name,
					name_length, value, value_length);
	if (connection->jar != NULL && is_name(name, name_length, "Set-Cookie"))
		keep_cookie(worker, exchange, value, value_length);
	if (worker->script != NULL)
		keep_header(connection->copy, name, name_length, value, value_length);
}

struct answer {
	struct worker *worker;
	struct exchange *exchange;
};

static void on_http1_header(void *context, const char *name, size_t name_length, const char *value,
			    size_t value_length)
{
	struct answer *answer = context;

	take_header(answer->worker, answer->exchange, name, name_length, value, value_length);
}

static void on_http1_body(void *context, const char *bytes, size_t length)
{
	struct answer *answer = context;
	struct exchange *exchange = answer->exchange;

	if (exchange->message->expectation != NULL)
		expectation_take_body(exchange->message->expectation, &exchange->state, bytes,
				      length);
	if (answer->worker->script != NULL && exchange->connection->copy != NULL)
		strbuf_add(&exchange->connection->copy->body, bytes, length);
}

static void clear_copy(struct connection_copy *copy)
{
	strbuf_clear(&copy->headers);
	strbuf_clear(&copy->body);
	copy->header_count = 0;
}

/* Feeds what the answer takes; most answers are only counted, and need no sink. */
static ssize_t feed_answer(struct worker *worker, struct connection *connection, const char *bytes,
			   size_t length)
{
	struct answer answer = {.worker = worker, .exchange = connection->first};
	const struct expectation *expectation = answer.exchange->message->expectation;
	struct connection_copy *copy = connection->copy;
	struct http1_sink sink = {.on_body = on_http1_body, .context = &answer};

	if (copy == NULL && expectation == NULL)
		return http1_response_feed(&connection->response, bytes, length, NULL);
	if (copy != NULL) {
		sink.on_header = on_http1_header;
		sink.scratch = copy->scratch;
		sink.scratch_size = sizeof(copy->scratch);
		if (!connection->response.has_begun)
			clear_copy(copy);
	}
	return http1_response_feed(&connection->response, bytes, length, &sink);
}

/* The first answer is whole. False: the connection is not what it was. */
static bool finish_answer(struct worker *worker, struct connection *connection, size_t rest)
{
	const struct failure extra_bytes = {.error = LOAD_ERROR_PROTOCOL,
					    .cause = FAILURE_EXTRA_BYTES};
	struct exchange *exchange = connection->first;
	bool is_reusable;

	exchange->status = connection->response.status;
	/* what is behind may have been sent after these bytes came */
	if (rest > 0 &&
	    (exchange->behind == NULL || exchange->behind->sent_ns > worker->received_ns)) {
		worker_break_connection(worker, connection, &extra_bytes);
		return false;
	}
	is_reusable = connection->response.is_keep_alive && !worker->shared->config->is_closing;
	worker_take_answer(worker, exchange);
	/*
	 * When the answer came before the request was out, the rest of it would be read as the next
	 * request.
	 */
	if (connection->first == NULL && !connection->is_write_broken &&
	    connection_has_output(connection))
		is_reusable = false;
	if (!is_reusable)
		send_rest_again(worker, connection);
	worker_end_lane(worker, connection);
	if (!is_reusable) {
		reopen_connection(worker, connection);
		return false;
	}
	if (connection->first != NULL)
		http1_response_begin(&connection->response, connection->first->is_head);
	worker_use_connection(worker, connection);
	return true;
}

static void take_http1(struct worker *worker, struct connection *connection, const char *bytes,
		       size_t length)
{
	const struct failure extra_bytes = {.error = LOAD_ERROR_PROTOCOL,
					    .cause = FAILURE_EXTRA_BYTES};
	uint32_t generation = connection->generation;

	while (length > 0) {
		struct exchange *exchange = connection->first;
		ssize_t used;

		if (exchange == NULL) { /* nobody has asked */
			lose_connection(worker, connection,
					&(struct failure){.cause = FAILURE_HTTP,
							  .detail = HTTP1_BAD_STATUS_LINE});
			return;
		}
		if (exchange->sent_ns > worker->received_ns) { /* came before it was sent */
			worker_break_connection(worker, connection, &extra_bytes);
			return;
		}
		if (exchange->first_byte_ns == 0)
			exchange->first_byte_ns = worker->received_ns;
		used = feed_answer(worker, connection, bytes, length);
		if (used < 0) {
			const struct failure failure = {.error = LOAD_ERROR_PROTOCOL,
							.cause = FAILURE_HTTP,
							.detail = connection->response.error};

			exchange->bytes_in += length;
			worker_break_connection(worker, connection, &failure);
			return;
		}
		exchange->bytes_in += (size_t)used;
		bytes += used;
		length -= (size_t)used;
		if (!connection->response.is_complete)
			return;
		if (!finish_answer(worker, connection, length) ||
		    connection->generation != generation || connection->state != CONNECTION_OPEN)
			return;
	}
}

/* ---- HTTP/2 ---- */

static void on_h2_status(void *context, void *exchange_, uint16_t status)
{
	struct worker *worker = context;
	struct exchange *exchange = exchange_;

	exchange->status = status;
	if (exchange->first_byte_ns == 0)
		exchange->first_byte_ns = worker->received_ns;
}

static void on_h2_header(void *context, void *exchange_, const char *name, size_t name_length,
			 const char *value, size_t value_length)
{
	take_header(context, exchange_, name, name_length, value, value_length);
}

static void on_h2_body(void *context, void *exchange_, const char *bytes, size_t length)
{
	struct answer answer = {.worker = context, .exchange = exchange_};

	on_http1_body(&answer, bytes, length);
}

static void on_h2_bytes(void *context, void *exchange_, size_t length)
{
	struct exchange *exchange = exchange_;

	(void)context;
	exchange->bytes_in += length;
}

static void on_h2_end(void *context, void *exchange_, uint32_t error, bool may_retry)
{
	struct worker *worker = context;
	struct exchange *exchange = exchange_;
	struct connection *connection = exchange->connection;
	const struct failure bad_status = {
		.error = LOAD_ERROR_PROTOCOL, .cause = FAILURE_HTTP, .detail = HTTP1_BAD_STATUS};
	const struct failure failure = {
		.error = LOAD_ERROR_PROTOCOL, .cause = FAILURE_H2_STREAM, .detail = error};

	if (may_retry)
		worker_send_again(worker, exchange);
	else if (error != 0)
		worker_end_exchange(worker, exchange, &failure);
	/* nghttp2 lets any three digits through; LOAD_STATUS_SLOTS has no place for all */
	else if (exchange->status < 200 || exchange->status >= LOAD_STATUS_SLOTS)
		worker_end_exchange(worker, exchange, &bad_status);
	else
		worker_take_answer(worker, exchange);
	if (!may_retry) /* who was not answered has nothing to think about */
		worker_end_lane(worker, connection);
	worker_use_connection(worker, connection);
}

static const struct h2_callbacks h2_callbacks = {
	.on_status = on_h2_status,
	.on_body = on_h2_body,
	.on_bytes = on_h2_bytes,
	.on_end = on_h2_end,
};

static const struct h2_callbacks h2_callbacks_with_headers = {
	.on_status = on_h2_status,
	.on_header = on_h2_header,
	.on_body = on_h2_body,
	.on_bytes = on_h2_bytes,
	.on_end = on_h2_end,
};

/* The session is broken; its last words tell the server why. */
static void break_h2(struct worker *worker, struct connection *connection)
{
	const struct failure failure = {.error = LOAD_ERROR_PROTOCOL,
					.cause = FAILURE_H2_SESSION,
					.detail = h2_session_get_error(connection->h2)};
	const char *bytes;
	ssize_t length = h2_session_next_output(connection->h2, &bytes);

	if (length > 0)
		connection_send(connection, bytes, (size_t)length, false);
	worker_break_connection(worker, connection, &failure);
}

/*
 * What its callbacks could not do while the session was busy, when nothing is in flight. A
 * connection that takes no more requests (GOAWAY, --close) is opened again; one that was full may
 * have room now, because the server has raised its limit of streams.
 */
static void settle_h2(struct worker *worker, struct connection *connection)
{
	const struct failure closed = {.cause = FAILURE_HTTP, .detail = HTTP1_CLOSED_BEFORE};

	if (connection->first != NULL)
		return;
	if (h2_session_is_closing(connection->h2) ||
	    (worker->shared->config->is_closing && connection->has_answered))
		lose_connection(worker, connection, &closed);
	else
		worker_use_connection(worker, connection);
}

static void take_h2(struct worker *worker, struct connection *connection, const char *bytes,
		    size_t length)
{
	int r;

	connection->is_feeding = true;
	r = h2_session_feed(connection->h2, bytes, length);
	connection->is_feeding = false;
	worker_want_flush(worker, connection); /* acknowledgements, window updates */
	if (r < 0)
		break_h2(worker, connection);
	else
		settle_h2(worker, connection);
}

void worker_want_flush(struct worker *worker, struct connection *connection)
{
	if (connection->is_flush_due)
		return;
	connection->is_flush_due = true;
	connection->next_flush = worker->to_flush;
	worker->to_flush = connection;
}

/*
 * The frames go out together: one send(), and with TLS few records, for all that was queued in this
 * pass. Calls back as feeding does. 1, 0 or -errno as connection_send().
 */
static int send_frames(struct worker *worker, struct connection *connection)
{
	char *gathered = worker->plain_buffer;
	size_t count = 0;
	const char *bytes;
	ssize_t length;
	int r = 1;

	while (r > 0 && (length = h2_session_next_output(connection->h2, &bytes)) != 0) {
		if (length < 0)
			return (int)length;
		if (connection->last != NULL)
			connection->last->bytes_out += (size_t)length;
		if (count + (size_t)length > WORKER_RECEIVE_BYTES) {
			r = connection_send(connection, gathered, count, false);
			count = 0;
		}
		if (r >= 0 && (size_t)length > WORKER_RECEIVE_BYTES) {
			r = connection_send(connection, bytes, (size_t)length, false);
		} else {
			memcpy(gathered + count, bytes, (size_t)length);
			count += (size_t)length;
		}
	}
	return count > 0 && r >= 0 ? connection_send(connection, gathered, count, false) : r;
}

static void flush_h2(struct worker *worker, struct connection *connection)
{
	int r;

	connection->is_feeding = true;
	r = send_frames(worker, connection);
	connection->is_feeding = false;
	if (r == -EBADMSG) {
		break_h2(worker, connection);
		return;
	}
	worker_look_after_output(worker, connection, r);
	if (connection->state == CONNECTION_OPEN && connection->h2 != NULL)
		settle_h2(worker, connection);
}

void worker_flush(struct worker *worker)
{
	struct connection *connection;

	while ((connection = worker->to_flush) != NULL) {
		worker->to_flush = connection->next_flush;
		connection->is_flush_due = false;
		if (connection->state == CONNECTION_OPEN && connection->h2 != NULL)
			flush_h2(worker, connection);
	}
}

/* ---- events ---- */

static void take_plain(struct worker *worker, struct connection *connection, const char *bytes,
		       size_t length)
{
	if (connection->h2 != NULL)
		take_h2(worker, connection, bytes, length);
	else
		take_http1(worker, connection, bytes, length);
}

/*
 * The server has closed its side. is_cut: without TLS's own end, so that an answer which ends with
 * the connection may lack a part (RFC 9112 section 9.8).
 */
static void take_end(struct worker *worker, struct connection *connection, bool is_cut)
{
	const struct exchange *first = connection->first;
	const struct failure failure = {.error = LOAD_ERROR_PROTOCOL,
					.cause = FAILURE_HTTP,
					.detail = first == NULL || first->first_byte_ns == 0
							  ? HTTP1_CLOSED_BEFORE
							  : HTTP1_CLOSED_INSIDE};

	if (first != NULL && connection->h2 == NULL && !is_cut &&
	    http1_response_end(&connection->response) == 0)
		finish_answer(worker, connection, 0);
	else
		worker_break_connection(worker, connection, &failure);
}

static void take_tls(struct worker *worker, struct connection *connection)
{
	uint32_t generation = connection->generation;
	ssize_t length;

	while ((length = tls_stream_get(connection->tls, worker->plain_buffer,
					WORKER_RECEIVE_BYTES)) > 0) {
		take_plain(worker, connection, worker->plain_buffer, (size_t)length);
		if (connection->generation != generation || connection->state != CONNECTION_OPEN)
			return;
	}
	if (length == -EPIPE) {
		take_end(worker, connection, false);
	} else if (length < 0) {
		const struct failure failure = {
			.error = LOAD_ERROR_PROTOCOL,
			.cause = FAILURE_TLS,
			.detail = (int64_t)tls_stream_get_error(connection->tls)};

		worker_break_connection(worker, connection, &failure);
	} else if (connection_has_output(connection)) { /* a key update, a renegotiation refused */
		worker_look_after_output(worker, connection, connection_flush(connection));
	}
}

/* The connection can be used from now on. */
static void begin_use(struct worker *worker, struct connection *connection)
{
	const struct load_config *config = worker->shared->config;
	bool is_h2 = config->protocol == LOAD_HTTP2;

	if (connection->tls != NULL) {
		is_h2 = tls_stream_is_h2(connection->tls);
		if (!is_h2 && config->protocol == LOAD_HTTP2) {
			connection->failure = (struct failure){.error = LOAD_ERROR_CONNECT,
							       .cause = FAILURE_NO_H2};
			fail_open(worker, connection);
			return;
		}
		histogram_record(worker->tls_times, worker->now_ns - connection->connected_ns);
		worker->tls_resumed += tls_stream_is_resumed(connection->tls);
		if (worker->tls_cipher[0] == '\0')
			snprintf(worker->tls_cipher, sizeof(worker->tls_cipher), "%s",
				 tls_stream_get_cipher(connection->tls));
	}
	worker->connecting_count--;
	worker->connects++;
	worker->protocol = is_h2 ? "HTTP/2" : "HTTP/1.1";
	if (worker->is_running && worker_is_in_window(worker, worker->now_ns) && !config->is_users)
		worker->reconnects_in_window++;
	worker_watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN);
	if (is_h2) {
		bool wants_headers = connection->copy != NULL;

		connection->h2 = h2_session_new(
			wants_headers ? &h2_callbacks_with_headers : &h2_callbacks, worker);
		worker_want_flush(worker, connection);
	}
	worker_use_connection(worker, connection);
}

static void handle_connect(struct worker *worker, struct connection *connection)
{
	worker->now_ns = clock_now_ns();
	if (!connection_finish_open(connection, worker->shared->config->tls)) {
		fail_open(worker, connection);
		return;
	}
	connection->connected_ns = worker->now_ns;
	histogram_record(worker->connect_times, worker->now_ns - connection->open_begin_ns);
	if (connection->state == CONNECTION_OPEN)
		begin_use(worker, connection);
	else
		worker_watch(worker, connection, EPOLL_CTL_MOD,
			     connection_has_output(connection) ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* error: errno; 0 = the server has closed in order. */
static void fail_shake(struct worker *worker, struct connection *connection, int error)
{
	connection->failure = (struct failure){
		.error = LOAD_ERROR_CONNECT, .cause = FAILURE_CONNECT, .detail = error};
	if (error == 0)
		connection->failure = (struct failure){.error = LOAD_ERROR_CONNECT,
						       .cause = FAILURE_HTTP,
						       .detail = HTTP1_CLOSED_BEFORE};
	fail_open(worker, connection);
}

static void handle_shake(struct worker *worker, struct connection *connection)
{
	ssize_t got = connection_receive(connection, worker->receive_buffer, WORKER_RECEIVE_BYTES,
					 &worker->now_ns);
	int r;

	worker->received_ns = worker->now_ns;
	if (got == -EAGAIN || got == -EINTR) {
		if (connection_flush(connection) < 0)
			fail_shake(worker, connection, EPIPE);
		else if (!connection_has_output(connection) && connection->is_watched_for_write)
			worker_watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN);
		return;
	}
	if (got <= 0) {
		fail_shake(worker, connection, (int)-got);
		return;
	}
	tls_stream_put(connection->tls, worker->receive_buffer, (size_t)got);
	r = connection_shake(connection);
	if (r < 0) {
		fail_open(worker, connection);
		return;
	}
	if (r == 0)
		return;
	begin_use(worker, connection);
	/* what came behind the handshake: tickets, HTTP/2 settings */
	if (connection->state == CONNECTION_OPEN && connection->tls != NULL)
		take_tls(worker, connection);
}

static void handle_readable(struct worker *worker, struct connection *connection)
{
	ssize_t got = connection_receive(connection, worker->receive_buffer, WORKER_RECEIVE_BYTES,
					 &worker->now_ns);

	worker->received_ns = worker->now_ns;
	if (got > 0 && connection->tls == NULL) {
		take_plain(worker, connection, worker->receive_buffer, (size_t)got);
	} else if (got > 0) {
		tls_stream_put(connection->tls, worker->receive_buffer, (size_t)got);
		take_tls(worker, connection);
	} else if (got == 0) {
		take_end(worker, connection, connection->tls != NULL);
	} else if (got != -EAGAIN && got != -EINTR) {
		worker_break_connection(worker, connection,
					&(struct failure){.error = LOAD_ERROR_PROTOCOL,
							  .cause = FAILURE_READ,
							  .detail = -got});
	}
}

void worker_handle_event(struct worker *worker, struct connection *connection, uint32_t events)
{
	uint32_t generation = connection->generation;

	switch (connection->state) {
	case CONNECTION_DOWN:
		return;
	case CONNECTION_CONNECTING:
		handle_connect(worker, connection);
		return;
	case CONNECTION_SHAKING:
		handle_shake(worker, connection);
		return;
	case CONNECTION_OPEN:
		break;
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		handle_readable(worker, connection);
	if ((events & EPOLLOUT) == 0 || connection->is_write_broken ||
	    generation != connection->generation || connection->state != CONNECTION_OPEN)
		return;
	worker->now_ns = clock_now_ns();
	worker_look_after_output(worker, connection, connection_flush(connection));
	if (connection->state == CONNECTION_OPEN && connection->h2 != NULL)
		worker_want_flush(worker, connection);
}

static bool is_wanted(const struct worker *worker, const struct connection *connection)
{
	return worker->is_running && connection->is_active && !sleepers_has(connection) &&
	       worker_wants_connections(worker);
}

void worker_scan_connections(struct worker *worker)
{
	uint64_t now_ns = worker->now_ns;

	if (worker->down_count + worker->connecting_count == 0 || now_ns < worker->next_scan_ns)
		return;
	worker->next_scan_ns = now_ns + SCAN_MS * NS_PER_MS;
	for (uint32_t i = 0; i < worker->attempted_count; i++) {
		struct connection *connection = &worker->connections[i];
		bool is_opening = connection->state == CONNECTION_CONNECTING ||
				  connection->state == CONNECTION_SHAKING;

		if (is_opening && connection->deadline_ns <= now_ns) {
			connection->failure = (struct failure){.error = LOAD_ERROR_CONNECT,
							       .cause = FAILURE_CONNECT,
							       .detail = ETIMEDOUT};
			fail_open(worker, connection);
		} else if (connection->state == CONNECTION_DOWN && connection->retry_ns <= now_ns &&
			   is_wanted(worker, connection)) {
			worker->down_count--;
			worker_open_connection(worker, connection);
		}
	}
}
