/*
 * Any bytes are a server's output: they are taken or refused, and nothing ends twice. The first
 * byte chooses the cut, the others are fed to a session with requests of every kind, which goes on
 * submitting and cancelling; output is taken after each piece.
 */
#include <stdlib.h>
#include <string.h>

#include "load/h2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS = 6 };

struct exchange {
	int32_t stream;
	int end_count;
	bool is_cancelled;
};

struct client {
	struct h2_session *session;
	struct exchange exchanges[REQUESTS + 1]; /* the last one is submitted by a callback */
	volatile char sink;
};

static void submit(struct client *client, const char *method, const char *body, size_t length,
		   bool is_copied, struct exchange *exchange)
{
	const struct h2_header headers[] = {
		{":method", 7, method, strlen(method), false},
		{":scheme", 7, "http", 4, true},
		{":authority", 10, "localhost", 9, true},
		{":path", 5, "/", 1, false},
	};

	exchange->stream =
		h2_session_submit(client->session, headers, 4, body, length, is_copied, exchange);
}

static void touch(struct client *client, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		client->sink = bytes[i];
}

static void check_live(const struct exchange *exchange)
{
	if (exchange->end_count > 0 || exchange->is_cancelled)
		abort();
}

static void on_header(void *context, void *exchange, const char *name, size_t name_length,
		      const char *value, size_t value_length)
{
	check_live(exchange);
	touch(context, name, name_length);
	touch(context, value, value_length);
}

static void on_status(void *context, void *exchange, uint16_t status)
{
	(void)context;
	check_live(exchange);
	if (status < 200 || status > 999)
		abort();
}

static void on_body(void *context, void *exchange, const char *bytes, size_t length)
{
	check_live(exchange);
	touch(context, bytes, length);
}

static void on_bytes(void *context, void *exchange, size_t length)
{
	(void)context;
	check_live(exchange);
	if (length < 9)
		abort();
}

static void on_end(void *context, void *argument, uint32_t error, bool may_retry)
{
	struct exchange *exchange = argument;
	struct client *client = context;

	check_live(exchange);
	if (may_retry && error == 0)
		abort();
	exchange->end_count++;
	if (client->exchanges[REQUESTS].stream == 0)
		submit(client, "GET", NULL, 0, false, &client->exchanges[REQUESTS]);
}

static const struct h2_callbacks callbacks = {on_header, on_status, on_body, on_bytes, on_end};
static const struct h2_callbacks few_callbacks = {.on_end = on_end};

static void drain(struct client *client)
{
	const char *bytes;
	ssize_t length;

	while ((length = h2_session_next_output(client->session, &bytes)) > 0)
		touch(client, bytes, (size_t)length);
}

static void cancel(struct client *client, struct exchange *exchange)
{
	if (exchange->stream <= 0 || exchange->end_count > 0)
		return;
	exchange->is_cancelled = true;
	h2_session_cancel(client->session, exchange->stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char body[70000];
	struct client client = {0};
	size_t step, at;
	int error = 0;

	if (size == 0)
		return 0;
	step = data[0] == 0 ? size : data[0];
	client.session = h2_session_new(data[0] % 2 == 0 ? &callbacks : &few_callbacks, &client);
	submit(&client, "GET", NULL, 0, false, &client.exchanges[0]);
	submit(&client, "HEAD", NULL, 0, false, &client.exchanges[1]);
	submit(&client, "POST", body, sizeof(body), false, &client.exchanges[2]);
	submit(&client, "POST", body, 100, true, &client.exchanges[3]);
	submit(&client, "GET", NULL, 0, false, &client.exchanges[4]);
	drain(&client);
	for (at = 1; at < size && error == 0; at += step) {
		error = h2_session_feed(client.session, (const char *)data + at,
					size - at < step ? size - at : step);
		if (client.exchanges[5].stream == 0)
			submit(&client, "GET", NULL, 0, false, &client.exchanges[5]);
		if (at > size / 2)
			cancel(&client, &client.exchanges[4]);
		if (data[at] % 4 != 0)
			drain(&client);
	}
	drain(&client);
	if (error != 0 && h2_session_get_error(client.session) == 0)
		abort();
	h2_session_free(client.session);
	return 0;
}
