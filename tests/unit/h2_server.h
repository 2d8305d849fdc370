/*
 * An HTTP/2 server in memory (nghttp2) for the client's tests. The path of a request says how it is
 * answered: /ok, /echo (after the body), /empty, /big, /hints (1xx first), /trailers, /cut (no
 * end), /early (before the body is read), /refuse, /quiet-reset, /short and /long (of another
 * content-length), anything else never.
 */
#ifndef H2_SERVER_H
#define H2_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <nghttp2/nghttp2.h>

enum { STREAMS_MAX = 256, BIG = 300000 };

/* What the server knows of a stream; by its number. */
struct served {
	char path[32], method[8];
	size_t body_length; /* of the request */
	uint32_t body_sum;
	size_t answer_left;
	size_t answer_bytes; /* frames that belong to the stream */
	uint32_t reset;	     /* code of the client's RST_STREAM, UINT32_MAX = none came */
	bool is_cut;	     /* the answer's data stop without an end */
	bool has_trailers;
};

struct server {
	nghttp2_session *session;
	struct served streams[STREAMS_MAX];
	uint32_t open, open_most;
	int32_t window, push; /* what the client's SETTINGS said */
	uint32_t goaway;      /* code of the client's GOAWAY, UINT32_MAX = none came */
};

static struct served *find_served(struct server *server, int32_t stream)
{
	return &server->streams[stream % STREAMS_MAX];
}

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
			    strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static ssize_t read_answer(nghttp2_session *session, int32_t stream, uint8_t *bytes, size_t size,
			   uint32_t *flags, nghttp2_data_source *source, void *context)
{
	struct served *served = source->ptr;
	size_t length = size < served->answer_left ? size : served->answer_left;
	const nghttp2_nv trailer = pair("x-trailer", "1");

	(void)context;
	if (served->answer_left == 0 && served->is_cut)
		return NGHTTP2_ERR_DEFERRED;
	memset(bytes, 'x', length);
	served->answer_left -= length;
	if (served->answer_left > 0 || served->is_cut)
		return (ssize_t)length;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (served->has_trailers) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		nghttp2_submit_trailer(session, stream, &trailer, 1);
	}
	return (ssize_t)length;
}

static void answer(struct server *server, int32_t stream, const char *status, const char *length,
		   size_t body)
{
	struct served *served = find_served(server, stream);
	const nghttp2_nv headers[] = {pair(":status", status), pair("server", "test"),
				      pair("content-length", length)};
	nghttp2_data_provider provider = {.source.ptr = served, .read_callback = read_answer};
	size_t count = length[0] != '\0' ? 3 : 2;

	served->answer_left = body;
	nghttp2_submit_response(server->session, stream, headers, count,
				body > 0 || served->has_trailers ? &provider : NULL);
}

static bool is_path(const struct served *served, const char *path)
{
	return strcmp(served->path, path) == 0;
}

/* Answers that do not wait for the request's body. */
static void begin_answer(struct server *server, int32_t stream)
{
	struct served *served = find_served(server, stream);
	const nghttp2_nv hints[] = {pair(":status", "103"), pair("link", "</a.css>")};

	if (is_path(served, "/refuse")) {
		nghttp2_submit_rst_stream(server->session, 0, stream, NGHTTP2_REFUSED_STREAM);
	} else if (is_path(served, "/quiet-reset")) {
		nghttp2_submit_rst_stream(server->session, 0, stream, NGHTTP2_NO_ERROR);
	} else if (is_path(served, "/hints")) {
		nghttp2_submit_headers(server->session, 0, stream, NULL, hints, 2, NULL);
		nghttp2_submit_headers(server->session, 0, stream, NULL, hints, 2, NULL);
		answer(server, stream, "200", "5", 5);
	} else if (is_path(served, "/cut")) {
		served->is_cut = true;
		answer(server, stream, "200", "", 10);
	} else if (is_path(served, "/early")) {
		answer(server, stream, "413", "5", 5);
	}
}

/* Those that do. */
static void finish_answer(struct server *server, int32_t stream)
{
	struct served *served = find_served(server, stream);

	if (is_path(served, "/ok") || is_path(served, "/echo"))
		answer(server, stream, "200", strcmp(served->method, "HEAD") == 0 ? "5" : "",
		       strcmp(served->method, "HEAD") == 0 ? 0 : 5);
	else if (is_path(served, "/empty"))
		answer(server, stream, "204", "", 0);
	else if (is_path(served, "/not-modified"))
		answer(server, stream, "304", "5", 0);
	else if (is_path(served, "/big"))
		answer(server, stream, "200", "300000", BIG);
	else if (is_path(served, "/short"))
		answer(server, stream, "200", "6", 5);
	else if (is_path(served, "/long"))
		answer(server, stream, "200", "4", 5);
	else if (is_path(served, "/trailers")) {
		served->has_trailers = true;
		answer(server, stream, "200", "5", 5);
	}
}

static int on_server_header(nghttp2_session *session, const nghttp2_frame *frame,
			    const uint8_t *name, size_t name_length, const uint8_t *value,
			    size_t value_length, uint8_t flags, void *context)
{
	struct served *served = find_served(context, frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (name_length == 5 && memcmp(name, ":path", 5) == 0)
		snprintf(served->path, sizeof(served->path), "%.*s", (int)value_length, value);
	if (name_length == 7 && memcmp(name, ":method", 7) == 0)
		snprintf(served->method, sizeof(served->method), "%.*s", (int)value_length, value);
	return 0;
}

static int on_server_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct server *server = context;

	(void)session;
	*find_served(server, frame->hd.stream_id) = (struct served){.reset = UINT32_MAX};
	server->open++;
	server->open_most = server->open > server->open_most ? server->open : server->open_most;
	return 0;
}

static int on_server_data(nghttp2_session *session, uint8_t flags, int32_t stream,
			  const uint8_t *bytes, size_t length, void *context)
{
	struct served *served = find_served(context, stream);

	(void)session;
	(void)flags;
	served->body_length += length;
	for (size_t i = 0; i < length; i++)
		served->body_sum = served->body_sum * 31 + bytes[i];
	return 0;
}

static int on_server_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct server *server = context;

	(void)session;
	if (frame->hd.type == NGHTTP2_HEADERS)
		begin_answer(server, frame->hd.stream_id);
	if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		finish_answer(server, frame->hd.stream_id);
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		find_served(server, frame->hd.stream_id)->reset = frame->rst_stream.error_code;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		server->goaway = frame->goaway.error_code;
	for (size_t i = 0; frame->hd.type == NGHTTP2_SETTINGS && i < frame->settings.niv; i++) {
		int32_t value = (int32_t)frame->settings.iv[i].value;

		if (frame->settings.iv[i].settings_id == NGHTTP2_SETTINGS_ENABLE_PUSH)
			server->push = value;
		if (frame->settings.iv[i].settings_id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
			server->window = value;
	}
	return 0;
}

static int on_server_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	(void)session;
	if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)
		find_served(context, frame->hd.stream_id)->answer_bytes += 9 + frame->hd.length;
	return 0;
}

static int on_server_close(nghttp2_session *session, int32_t stream, uint32_t error, void *context)
{
	struct server *server = context;

	(void)session;
	(void)stream;
	(void)error;
	server->open--;
	return 0;
}

static void server_init(struct server *server, int32_t stream_limit, int32_t window)
{
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)window},
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)stream_limit},
	};
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	*server = (struct server){.push = -1, .window = -1, .goaway = UINT32_MAX};
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_server_header);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_server_begin);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_server_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_server_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_server_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_server_close);
	nghttp2_option_new(&option);
	nghttp2_session_server_new2(&server->session, callbacks, server, option);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(server->session, 0, settings, stream_limit > 0 ? 2 : 1);
}

#endif
