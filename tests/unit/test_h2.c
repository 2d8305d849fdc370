/*
 * The client face to face with nghttp2's server, in memory (h2_server.h).
 */
#include "load/h2.h"

#include <errno.h>
#include <stdlib.h>

#include "h2_server.h"
#include "tap.h"
#include "util/alloc.h"

struct exchange {
	int32_t stream;
	int end_count;
	uint32_t error;
	bool may_retry;
	uint16_t status;
	char headers[256];
	size_t body_length, bytes;
	const char *next; /* path of what to submit at the end; NULL = nothing */
};

struct client {
	struct h2_session *session;
	struct server *server;
	size_t step; /* how many bytes it gets at once */
	int feed_error;
};

static int32_t submit(struct client *client, const char *method, const char *path, const char *body,
		      size_t body_length, bool is_body_copied, struct exchange *exchange)
{
	const struct h2_header headers[] = {
		{":method", 7, method, strlen(method), true},
		{":scheme", 7, "http", 4, true},
		{":authority", 10, "localhost", 9, true},
		{":path", 5, path, strlen(path), false},
	};

	*exchange = (struct exchange){.stream = h2_session_submit(client->session, headers, 4, body,
								  body_length, is_body_copied,
								  exchange)};
	return exchange->stream;
}

static void get(struct client *client, const char *path, struct exchange *exchange)
{
	submit(client, "GET", path, NULL, 0, false, exchange);
}

static void on_header(void *context, void *argument, const char *name, size_t name_length,
		      const char *value, size_t value_length)
{
	struct exchange *exchange = argument;
	size_t used = strlen(exchange->headers);

	(void)context;
	snprintf(exchange->headers + used, sizeof(exchange->headers) - used, "%.*s=%.*s;",
		 (int)name_length, name, (int)value_length, value);
}

static void on_status(void *context, void *argument, uint16_t status)
{
	struct exchange *exchange = argument;

	(void)context;
	exchange->status = status;
}

static void on_body(void *context, void *argument, const char *bytes, size_t length)
{
	struct exchange *exchange = argument;

	(void)context;
	exchange->body_length += length;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != 'x')
			abort();
}

static void on_bytes(void *context, void *argument, size_t length)
{
	struct exchange *exchange = argument;

	(void)context;
	exchange->bytes += length;
}

static void on_end(void *context, void *argument, uint32_t error, bool may_retry)
{
	struct exchange *exchange = argument;

	exchange->end_count++;
	exchange->error = error;
	exchange->may_retry = may_retry;
	if (exchange->next != NULL)
		get(context, exchange->next, exchange + 1);
}

static const struct h2_callbacks all_callbacks = {on_header, on_status, on_body, on_bytes, on_end};
static const struct h2_callbacks end_alone = {.on_end = on_end};

static void client_init(struct client *client, struct server *server, size_t step)
{
	*client = (struct client){.server = server, .step = step};
	client->session = h2_session_new(&all_callbacks, client);
}

/* Client to server, then back; whether anything moved. */
static bool carry(struct client *client)
{
	const char *bytes;
	const uint8_t *back;
	ssize_t length;
	bool is_moving = false;

	while ((length = h2_session_next_output(client->session, &bytes)) > 0) {
		is_moving = true;
		if (nghttp2_session_mem_recv(client->server->session, (const uint8_t *)bytes,
					     (size_t)length) < 0)
			abort();
	}
	while ((length = nghttp2_session_mem_send(client->server->session, &back)) > 0) {
		is_moving = true;
		for (size_t at = 0, size = (size_t)length; at < size && client->feed_error == 0;
		     at += client->step)
			client->feed_error = h2_session_feed(
				client->session, (const char *)back + at,
				size - at < client->step ? size - at : client->step);
	}
	return is_moving;
}

static void run(struct client *client)
{
	while (carry(client))
		;
}

static void release(struct client *client, struct server *server)
{
	h2_session_free(client->session);
	nghttp2_session_del(server->session);
}

static bool is_answered(const struct exchange *exchange, uint16_t status, size_t body)
{
	return exchange->end_count == 1 && exchange->error == 0 && !exchange->may_retry &&
	       exchange->status == status && exchange->body_length == body;
}

static void test_answers(size_t step)
{
	static const struct {
		const char *method, *path, *headers;
		uint16_t status;
		size_t body;
	} cases[] = {
		{"GET", "/ok", "server=test;", 200, 5},
		{"HEAD", "/ok", "server=test;content-length=5;", 200, 0},
		{"GET", "/empty", "server=test;", 204, 0},
		{"GET", "/not-modified", "server=test;content-length=5;", 304, 0},
		{"GET", "/hints", "server=test;content-length=5;", 200, 5},
		{"GET", "/trailers", "server=test;content-length=5;", 200, 5},
		{"GET", "/big", "server=test;content-length=300000;", 200, BIG},
	};
	struct exchange exchange;
	struct server server;
	struct client client;

	server_init(&server, 0, 65535);
	client_init(&client, &server, step);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		submit(&client, cases[i].method, cases[i].path, NULL, 0, false, &exchange);
		run(&client);
		ok(is_answered(&exchange, cases[i].status, cases[i].body), cases[i].path);
		is_str(exchange.headers, cases[i].headers, "  its headers");
		is_int(exchange.bytes, find_served(&server, exchange.stream)->answer_bytes,
		       "  its bytes on the wire");
	}
	is_int(server.push, 0, "no push is wanted");
	is_int(server.window, INT32_MAX, "the window of a stream");
	is_int(nghttp2_session_get_remote_window_size(server.session), INT32_MAX - (BIG + 3 * 5),
	       "the window of the connection");
	is_int(server.goaway, UINT32_MAX, "all went well");
	release(&client, &server);
}

static void test_failures(size_t step)
{
	static const struct {
		const char *path;
		uint32_t error;
		bool may_retry;
	} cases[] = {
		{"/refuse", NGHTTP2_REFUSED_STREAM, true},
		{"/quiet-reset", NGHTTP2_PROTOCOL_ERROR, false},
		{"/short", NGHTTP2_PROTOCOL_ERROR, false},
		{"/long", NGHTTP2_PROTOCOL_ERROR, false},
	};
	struct exchange exchange;
	struct server server;
	struct client client;

	server_init(&server, 0, 65535);
	client_init(&client, &server, step);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		get(&client, cases[i].path, &exchange);
		run(&client);
		is_int(exchange.end_count, 1, cases[i].path);
		is_int(exchange.error, cases[i].error, "  its error");
		is_int(exchange.may_retry, cases[i].may_retry, "  whether it may be retried");
	}
	get(&client, "/cut", &exchange);
	run(&client);
	ok(exchange.end_count == 0 && exchange.status == 200 && exchange.body_length == 10,
	   "half an answer");
	nghttp2_submit_rst_stream(server.session, 0, exchange.stream, NGHTTP2_INTERNAL_ERROR);
	run(&client);
	ok(exchange.end_count == 1 && exchange.error == NGHTTP2_INTERNAL_ERROR &&
		   !exchange.may_retry,
	   "  and a reset");
	get(&client, "/ok", &exchange);
	run(&client);
	ok(is_answered(&exchange, 200, 5), "the session goes on");
	is_int(h2_session_get_error(client.session), 0, "it has no error");
	is_str(h2_error_text(0), "NO_ERROR", "  in words");
	release(&client, &server);
}

/* The requests are under way before the client knows the limit, hence some are refused. */
static void test_many(int32_t limit)
{
	struct exchange exchanges[100];
	struct server server;
	struct client client;
	int good = 0, refused = 0;

	server_init(&server, limit, 65535);
	client_init(&client, &server, 100000);
	is_int(h2_session_get_stream_limit(client.session), 100, "the limit before SETTINGS");
	for (int i = 0; i < 100; i++)
		get(&client, i % 10 == 0 ? "/big" : "/ok", &exchanges[i]);
	run(&client);
	for (int i = 0; i < 100; i++) {
		good += is_answered(&exchanges[i], 200, i % 10 == 0 ? BIG : 5);
		refused += exchanges[i].end_count == 1 && exchanges[i].may_retry &&
			   exchanges[i].error == NGHTTP2_REFUSED_STREAM;
	}
	is_int(good, limit < 100 ? limit : 100, "answers");
	is_int(refused, limit < 100 ? 100 - limit : 0, "refused ones");
	is_int(h2_session_get_stream_limit(client.session), limit, "the server's limit");
	server.open_most = 0;
	for (int i = 0; i < 100; i++)
		get(&client, i % 10 == 0 ? "/big" : "/ok", &exchanges[i]);
	run(&client);
	good = 0;
	for (int i = 0; i < 100; i++)
		good += is_answered(&exchanges[i], 200, i % 10 == 0 ? BIG : 5);
	is_int(good, 100, "a hundred answers when it is known");
	is_int(server.open_most, limit < 100 ? limit : 100, "the most streams open at once");
	release(&client, &server);
}

static void test_chain(void)
{
	struct exchange exchanges[3];
	struct server server;
	struct client client;

	server_init(&server, 0, 65535);
	client_init(&client, &server, 100000);
	get(&client, "/ok", &exchanges[0]);
	exchanges[0].next = "/empty";
	run(&client);
	ok(is_answered(&exchanges[0], 200, 5) && is_answered(&exchanges[1], 204, 0),
	   "a callback may submit");
	release(&client, &server);
}

static void test_upload(size_t step)
{
	scoped_free char *body = alloc_array(1000000, 1);
	struct exchange exchanges[2];
	struct server server;
	struct client client;
	uint32_t sum = 0;

	for (size_t i = 0; i < 1000000; i++) {
		body[i] = (char)(i * 7 + i / 256);
		sum = sum * 31 + (uint8_t)body[i];
	}
	server_init(&server, 0, 1000);
	client_init(&client, &server, step);
	submit(&client, "POST", "/echo", body, 1000000, false, &exchanges[0]);
	submit(&client, "POST", "/echo", body, 1000000, true, &exchanges[1]);
	run(&client);
	for (int i = 0; i < 2; i++) {
		const struct served *served = find_served(&server, exchanges[i].stream);

		ok(is_answered(&exchanges[i], 200, 5) && served->body_length == 1000000 &&
			   served->body_sum == sum,
		   "a body wider than the windows");
	}
	submit(&client, "POST", "/echo", "", 0, true, &exchanges[0]);
	run(&client);
	ok(is_answered(&exchanges[0], 200, 5), "an empty body");

	submit(&client, "POST", "/echo", body, 1000, true, &exchanges[0]);
	memset(body, 0, 1000000);
	run(&client);
	ok(find_served(&server, exchanges[0].stream)->body_sum != 0, "a copied body is a copy");
	release(&client, &server);
}

/* The server answers before it has read the body, which it then never does. */
static void test_early_answer(bool is_reset)
{
	scoped_free char *body = alloc_array(500000, 1);
	struct exchange exchange;
	struct server server;
	struct client client;

	server_init(&server, 0, 1000);
	nghttp2_session_set_local_window_size(server.session, 0, 0, 1000);
	client_init(&client, &server, 100000);
	submit(&client, "POST", "/early", body, 500000, false, &exchange);
	carry(&client);
	if (is_reset)
		nghttp2_submit_rst_stream(server.session, 0, exchange.stream, NGHTTP2_NO_ERROR);
	ok(is_answered(&exchange, 413, 5), "an answer before the request's end");
	free(body);
	body = NULL; /* nobody may look at it any more */
	run(&client);
	ok(is_answered(&exchange, 413, 5), "  is one answer");
	ok(find_served(&server, exchange.stream)->body_length < 500000,
	   "  and the rest is not sent");
	get(&client, "/ok", &exchange);
	run(&client);
	ok(is_answered(&exchange, 200, 5), "  the session goes on");
	release(&client, &server);
}

static void test_starvation(void)
{
	struct exchange exchange;
	struct server server;
	struct client client;

	server_init(&server, 0, 0);
	client_init(&client, &server, 100000);
	submit(&client, "GET", "/ok", NULL, 0, false, &exchange);
	run(&client);
	submit(&client, "POST", "/echo", "body", 4, false, &exchange);
	run(&client);
	is_int(exchange.end_count, 0, "no window, no end");
	is_int(find_served(&server, exchange.stream)->body_length, 0, "  and no body");
	nghttp2_submit_window_update(server.session, 0, exchange.stream, 1);
	run(&client);
	ok(is_answered(&exchange, 200, 5), "  and an answer with one");
	release(&client, &server);
}

static void test_goaway(void)
{
	struct exchange exchanges[5];
	struct server server;
	struct client client;

	server_init(&server, 3, 65535);
	client_init(&client, &server, 100000);
	get(&client, "/ok", &exchanges[0]);
	run(&client);
	get(&client, "/cut", &exchanges[0]);
	for (int i = 1; i < 5; i++)
		get(&client, "/hang", &exchanges[i]);
	run(&client); /* the last two wait for their turn */
	ok(!h2_session_is_closing(client.session), "open");
	nghttp2_submit_goaway(server.session, 0, exchanges[0].stream, NGHTTP2_NO_ERROR, NULL, 0);
	run(&client);
	is_int(exchanges[0].end_count, 0, "GOAWAY: what the server looks at goes on");
	for (int i = 1; i < 5; i++)
		ok(exchanges[i].end_count == 1 && exchanges[i].may_retry &&
			   exchanges[i].error == NGHTTP2_REFUSED_STREAM,
		   "  the others may be retried");
	ok(h2_session_is_closing(client.session), "  it is closing");
	is_int(submit(&client, "GET", "/ok", NULL, 0, false, &exchanges[1]), -EAGAIN,
	       "  and takes nothing more");
	find_served(&server, exchanges[0].stream)->is_cut = false;
	nghttp2_session_resume_data(server.session, exchanges[0].stream);
	run(&client);
	ok(is_answered(&exchanges[0], 200, 10), "  until all is answered");
	is_int(client.feed_error, 0, "  without an error");
	release(&client, &server);
}

static void test_cancel(void)
{
	struct exchange exchanges[4];
	struct server server;
	struct client client;

	server_init(&server, 2, 65535);
	client_init(&client, &server, 100000);
	get(&client, "/ok", &exchanges[0]);
	run(&client);
	h2_session_cancel(client.session, exchanges[0].stream);
	h2_session_cancel(client.session, 77);
	get(&client, "/cut", &exchanges[0]);
	submit(&client, "POST", "/hang", "body", 4, true, &exchanges[1]);
	for (int i = 2; i < 4; i++)
		get(&client, "/ok", &exchanges[i]);
	run(&client);
	h2_session_cancel(client.session, exchanges[0].stream);
	h2_session_cancel(client.session, exchanges[0].stream);
	h2_session_cancel(client.session, exchanges[1].stream);
	h2_session_cancel(client.session, exchanges[2].stream); /* waits for its turn */
	find_served(&server, exchanges[0].stream)->is_cut = false;
	nghttp2_session_resume_data(server.session, exchanges[0].stream);
	run(&client);
	ok(exchanges[0].end_count == 0 && exchanges[1].end_count == 0 &&
		   exchanges[2].end_count == 0,
	   "cancelled streams do not end");
	is_int(exchanges[0].body_length, 10, "  what comes late is ignored");
	is_int(find_served(&server, exchanges[0].stream)->reset, NGHTTP2_CANCEL,
	       "  the server hears of it");
	ok(is_answered(&exchanges[3], 200, 5), "  others take their place");
	is_int(client.feed_error, 0, "  without an error");

	get(&client, "/ok", &exchanges[0]);
	h2_session_cancel(client.session, exchanges[0].stream);
	run(&client);
	is_int(exchanges[0].end_count, 0, "cancelled before it was sent");
	submit(&client, "POST", "/hang", "body", 4, true, &exchanges[0]);
	run(&client); /* and freed with a stream open */
	release(&client, &server);
}

static void test_headers(void)
{
	static char big[100000];
	struct h2_header headers[64] = {{":method", 7, "GET", 3, true},
					{":scheme", 7, "http", 4, true},
					{":authority", 10, "localhost", 9, true},
					{":path", 5, "/ok", 3, true}};
	struct exchange exchange = {0};
	struct server server;
	struct client client;

	memset(big, 'a', sizeof(big));
	for (int i = 4; i < 64; i++)
		headers[i] = (struct h2_header){"x-number", 8, big, (size_t)i, i % 2 == 0};
	server_init(&server, 0, 65535);
	client_init(&client, &server, 100000);
	ok(h2_session_submit(client.session, headers, 64, NULL, 0, false, &exchange) > 0,
	   "64 headers");
	run(&client);
	ok(is_answered(&exchange, 200, 5), "  are sent");
	headers[4].value_length = 40000; /* beyond one frame; what nghttp2's server takes */
	exchange = (struct exchange){0};
	ok(h2_session_submit(client.session, headers, 5, NULL, 0, false, &exchange) > 0,
	   "a header of 40,000 bytes");
	run(&client);
	ok(is_answered(&exchange, 200, 5), "  is sent");
	for (int i = 4; i < 64; i++)
		headers[i].value_length = 5000;
	is_int(h2_session_submit(client.session, headers, 64, NULL, 0, false, &exchange), -E2BIG,
	       "too many bytes of headers");
	release(&client, &server);
}

static void test_no_callbacks(void)
{
	static const char *const paths[] = {"/ok", "/hints", "/trailers", "/big"};
	struct exchange exchange;
	struct server server;
	struct client client;

	server_init(&server, 0, 65535);
	client = (struct client){.server = &server, .step = 7};
	client.session = h2_session_new(&end_alone, &client);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		get(&client, paths[i], &exchange);
		run(&client);
		ok(is_answered(&exchange, 0, 0), "only the end is told");
	}
	release(&client, &server);
}

/* Bytes for a session with a request; after the server's SETTINGS, or at once. */
static void test_bad_bytes(bool is_first, const char *bytes, size_t length, int error,
			   const char *words)
{
	struct exchange exchange;
	struct server server;
	struct client client;
	const char *output = "";
	ssize_t got;
	bool has_goaway = false;

	server_init(&server, 0, 65535);
	client_init(&client, &server, 100000);
	get(&client, "/hang", &exchange);
	if (!is_first)
		run(&client);
	is_int(h2_session_feed(client.session, bytes, length), -EBADMSG, words);
	is_int(h2_session_get_error(client.session), error, "  its code");
	is_str(h2_error_text(error), words, "  its words");
	is_int(h2_session_feed(client.session, bytes, length), -EBADMSG, "  it stays broken");
	ok(h2_session_is_closing(client.session), "  and is closing");
	is_int(submit(&client, "GET", "/ok", NULL, 0, false, &exchange), -EAGAIN,
	       "  and takes nothing more");
	h2_session_cancel(client.session, 1);
	while ((got = h2_session_next_output(client.session, &output)) > 0)
		has_goaway |= got > 3 && output[3] == NGHTTP2_GOAWAY;
	ok(has_goaway && got == -EBADMSG, "  the server hears of it");
	release(&client, &server);
}

static void test_bad_bytes_after_goaway(void)
{
	struct exchange exchange;
	struct server server;
	struct client client;
	const char *output;

	server_init(&server, 0, 65535);
	client_init(&client, &server, 100000);
	get(&client, "/hang", &exchange);
	run(&client);
	nghttp2_submit_goaway(server.session, 0, exchange.stream, NGHTTP2_NO_ERROR, NULL, 0);
	run(&client);
	h2_session_feed(client.session, "\xff\xff\xff\0\0\0\0\0\1", 9);
	while (h2_session_next_output(client.session, &output) > 0)
		;
	is_int(h2_session_next_output(client.session, &output), -EBADMSG,
	       "bad bytes after a GOAWAY");
	is_int(h2_session_get_error(client.session), NGHTTP2_FRAME_SIZE_ERROR, "  their code");
	release(&client, &server);
}

int main(void)
{
	test_answers(100000);
	test_answers(1);
	test_failures(100000);
	test_failures(1);
	test_many(1000);
	test_many(3);
	test_chain();
	test_upload(100000);
	test_upload(1);
	test_early_answer(false);
	test_early_answer(true);
	test_starvation();
	test_goaway();
	test_cancel();
	test_headers();
	test_no_callbacks();
	test_bad_bytes(true, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, NGHTTP2_ERR_SETTINGS_EXPECTED,
		       "no SETTINGS frame came first (does the server speak HTTP/2?)");
	test_bad_bytes(false, "\xff\xff\xff\0\0\0\0\0\1", 9, NGHTTP2_FRAME_SIZE_ERROR,
		       "FRAME_SIZE_ERROR");
	test_bad_bytes(false, "\0\0\1\1\4\0\0\0\1\xff", 10, NGHTTP2_COMPRESSION_ERROR,
		       "COMPRESSION_ERROR");
	test_bad_bytes(false, "\0\0\1\0\0\0\0\0\0x", 10, NGHTTP2_PROTOCOL_ERROR, "PROTOCOL_ERROR");
	test_bad_bytes(false, "\0\0\4\10\0\0\0\0\0\x7f\xff\xff\xff", 13, NGHTTP2_FLOW_CONTROL_ERROR,
		       "FLOW_CONTROL_ERROR");
	test_bad_bytes_after_goaway();
	is_str(h2_stream_error_text(NGHTTP2_REFUSED_STREAM), "REFUSED_STREAM", "a stream's error");
	is_str(h2_stream_error_text(4711), "unknown", "an unknown one");
	h2_session_free(NULL);
	return tap_done();
}
