#include "load/h2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "util/alloc.h"

enum { HEADERS_ON_STACK = 32, FRAME_HEADER_BYTES = 9 };

struct h2_stream {
	struct h2_stream *previous, *next; /* next alone in the list of spare ones */
	void *exchange;
	const char *body;
	size_t body_left;
	char *own_body; /* a copy, or NULL */
	int32_t id;
	bool has_body;
	bool is_informational; /* the header block at hand is a 1xx */
	bool is_past_headers;  /* of the final answer: what follows are trailers */
	bool is_whole;	       /* END_STREAM was seen */
	bool is_over;	       /* the exchange is not ours any more */
};

struct h2_session {
	nghttp2_session *nghttp2;
	const struct h2_callbacks *callbacks;
	void *context;
	struct h2_stream *live, *spare;
	struct h2_stream *found; /* of the last find_stream(); a frame asks several times */
	int32_t found_id;	 /* 0 = none */
	int error;
	int hint; /* what the error callback said */
	const uint8_t *last_words;
	size_t last_words_length;
	bool has_got_goaway;
};

/* Out of memory ends the program here as everywhere, and never comes back from nghttp2. */
static void *take_memory(size_t size, void *context)
{
	(void)context;
	return alloc_resize(NULL, 1, size);
}

static void *take_zeroed_memory(size_t count, size_t size, void *context)
{
	(void)context;
	return alloc_array(count, size);
}

static void *resize_memory(void *pointer, size_t size, void *context)
{
	(void)context;
	return alloc_resize(pointer, 1, size);
}

static void give_memory(void *pointer, void *context)
{
	(void)context;
	free(pointer);
}

static struct h2_stream *add_stream(struct h2_session *session)
{
	struct h2_stream *stream = session->spare;

	if (stream != NULL) {
		session->spare = stream->next;
		*stream = (struct h2_stream){0};
	} else {
		stream = alloc_new(struct h2_stream);
	}
	stream->next = session->live;
	if (stream->next != NULL)
		stream->next->previous = stream;
	session->live = stream;
	return stream;
}

static void remove_stream(struct h2_session *session, struct h2_stream *stream)
{
	if (stream->previous != NULL)
		stream->previous->next = stream->next;
	else
		session->live = stream->next;
	if (stream->next != NULL)
		stream->next->previous = stream->previous;
	if (session->found == stream)
		session->found_id = 0;
	free(stream->own_body);
	stream->own_body = NULL;
	stream->next = session->spare;
	session->spare = stream;
}

/* The stream of a frame that came; NULL = not one of ours, or nobody waits for it any more. */
static struct h2_stream *find_stream(struct h2_session *session, int32_t id)
{
	if (session->found_id != id || id == 0) {
		session->found = nghttp2_session_get_stream_user_data(session->nghttp2, id);
		session->found_id = session->found != NULL ? id : 0;
	}
	return session->found != NULL && !session->found->is_over ? session->found : NULL;
}

static void end_stream(struct h2_session *session, struct h2_stream *stream, uint32_t error,
		       bool may_retry)
{
	stream->is_over = true;
	session->callbacks->on_end(session->context, stream->exchange, error, may_retry);
}

static void reset_stream(struct h2_session *session, const struct h2_stream *stream)
{
	nghttp2_submit_rst_stream(session->nghttp2, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
}

static int on_begin_frame(nghttp2_session *nghttp2, const nghttp2_frame_hd *frame, void *context)
{
	struct h2_session *session = context;
	struct h2_stream *stream;

	(void)nghttp2;
	if (frame->type != NGHTTP2_HEADERS && frame->type != NGHTTP2_DATA &&
	    frame->type != NGHTTP2_CONTINUATION)
		return 0;
	stream = find_stream(session, frame->stream_id);
	if (stream != NULL)
		session->callbacks->on_bytes(session->context, stream->exchange,
					     FRAME_HEADER_BYTES + frame->length);
	return 0;
}

/* ":status" is the only pseudo header of an answer; nghttp2 has seen that it has three digits. */
static void take_status(struct h2_session *session, struct h2_stream *stream, const uint8_t *value,
			size_t length)
{
	uint16_t status = 0;

	for (size_t i = 0; i < length; i++)
		status = (uint16_t)(status * 10 + (value[i] - '0'));
	stream->is_informational = status < 200;
	if (!stream->is_informational && session->callbacks->on_status != NULL)
		session->callbacks->on_status(session->context, stream->exchange, status);
}

static int on_header(nghttp2_session *nghttp2, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
		     void *context)
{
	struct h2_session *session = context;
	bool is_status = name_length > 0 && name[0] == ':';
	struct h2_stream *stream;

	(void)nghttp2;
	(void)flags;
	if (!is_status && session->callbacks->on_header == NULL)
		return 0;
	stream = find_stream(session, frame->hd.stream_id);
	if (stream == NULL || stream->is_past_headers)
		return 0;
	if (is_status)
		take_status(session, stream, value, value_length);
	else if (!stream->is_informational)
		session->callbacks->on_header(session->context, stream->exchange,
					      (const char *)name, name_length, (const char *)value,
					      value_length);
	return 0;
}

static int on_data(nghttp2_session *nghttp2, uint8_t flags, int32_t id, const uint8_t *bytes,
		   size_t length, void *context)
{
	struct h2_session *session = context;
	struct h2_stream *stream = find_stream(session, id);

	(void)nghttp2;
	(void)flags;
	if (stream != NULL)
		session->callbacks->on_body(session->context, stream->exchange, (const char *)bytes,
					    length);
	return 0;
}

/*
 * What the server will not look at ends now: nghttp2 would let requests that wait for their turn
 * wait on behind those that the server still answers.
 */
static void take_goaway(struct h2_session *session, int32_t last_stream_id)
{
	session->has_got_goaway = true;
	for (struct h2_stream *stream = session->live, *next; stream != NULL; stream = next) {
		next = stream->next;
		if (stream->id <= last_stream_id || stream->is_over)
			continue;
		end_stream(session, stream, NGHTTP2_REFUSED_STREAM, true);
		if (nghttp2_session_get_stream_user_data(session->nghttp2, stream->id) == NULL)
			reset_stream(session, stream); /* takes it out of the queue */
	}
}

/* A whole answer; nghttp2 closes the stream next, unless the request is still being sent. */
static void take_end_of_answer(struct h2_session *session, struct h2_stream *stream)
{
	stream->is_whole = true;
	if (stream->has_body &&
	    nghttp2_session_get_stream_local_close(session->nghttp2, stream->id) == 0) {
		end_stream(session, stream, 0, false);
		reset_stream(session, stream);
	}
}

static int on_frame(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *context)
{
	struct h2_session *session = context;
	struct h2_stream *stream;

	(void)nghttp2;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		take_goaway(session, frame->goaway.last_stream_id);
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	stream = find_stream(session, frame->hd.stream_id);
	if (stream == NULL)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && !stream->is_informational)
		stream->is_past_headers = true;
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		take_end_of_answer(session, stream);
	return 0;
}

static int on_stream_close(nghttp2_session *nghttp2, int32_t id, uint32_t error, void *context)
{
	struct h2_session *session = context;
	struct h2_stream *stream = nghttp2_session_get_stream_user_data(nghttp2, id);

	if (stream == NULL)
		return 0;
	if (stream->is_over)
		;
	else if (stream->is_whole)
		end_stream(session, stream, 0, false);
	else
		end_stream(session, stream,
			   error != NGHTTP2_NO_ERROR ? error : NGHTTP2_PROTOCOL_ERROR,
			   error == NGHTTP2_REFUSED_STREAM);
	remove_stream(session, stream);
	return 0;
}

/* We never say GOAWAY; nghttp2 does when it gives up on the session. */
static int on_frame_sent(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *context)
{
	struct h2_session *session = context;

	(void)nghttp2;
	if (frame->hd.type != NGHTTP2_GOAWAY)
		return 0;
	if (session->hint != 0)
		session->error = session->hint;
	else if (frame->goaway.error_code != NGHTTP2_NO_ERROR)
		session->error = (int)frame->goaway.error_code;
	else
		session->error = NGHTTP2_ERR_PROTO;
	return 0;
}

static int on_error(nghttp2_session *nghttp2, int error, const char *text, size_t length,
		    void *context)
{
	struct h2_session *session = context;

	(void)nghttp2;
	(void)text;
	(void)length;
	if (error == NGHTTP2_ERR_SETTINGS_EXPECTED)
		session->hint = error;
	return 0;
}

static ssize_t read_body(nghttp2_session *nghttp2, int32_t id, uint8_t *bytes, size_t size,
			 uint32_t *flags, nghttp2_data_source *source, void *context)
{
	struct h2_stream *stream = source->ptr;
	size_t length = size < stream->body_left ? size : stream->body_left;

	(void)nghttp2;
	(void)id;
	(void)context;
	if (stream->is_over) /* and its body may be gone */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	memcpy(bytes, stream->body, length);
	stream->body += length;
	stream->body_left -= length;
	if (stream->body_left == 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static nghttp2_session_callbacks *make_callbacks(const struct h2_callbacks *wanted)
{
	nghttp2_session_callbacks *callbacks = NULL;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		abort();
	if (wanted->on_bytes != NULL)
		nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
	if (wanted->on_status != NULL || wanted->on_header != NULL)
		nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	if (wanted->on_body != NULL)
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
	nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
	return callbacks;
}

struct h2_session *h2_session_new(const struct h2_callbacks *callbacks, void *context)
{
	struct h2_session *session = alloc_new(struct h2_session);
	nghttp2_mem memory = {NULL, take_memory, give_memory, take_zeroed_memory, resize_memory};
	nghttp2_session_callbacks *inner = make_callbacks(callbacks);
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, NGHTTP2_MAX_WINDOW_SIZE},
	};
	nghttp2_option *option = NULL;

	session->callbacks = callbacks;
	session->context = context;
	if (nghttp2_option_new(&option) != 0)
		abort();
	nghttp2_option_set_max_send_header_block_length(option, H2_HEADERS_MAX_BYTES + 64);
	if (nghttp2_session_client_new3(&session->nghttp2, inner, session, option, &memory) != 0 ||
	    nghttp2_submit_settings(session->nghttp2, NGHTTP2_FLAG_NONE, settings,
				    sizeof(settings) / sizeof(settings[0])) != 0 ||
	    nghttp2_session_set_local_window_size(session->nghttp2, NGHTTP2_FLAG_NONE, 0,
						  NGHTTP2_MAX_WINDOW_SIZE) != 0)
		abort();
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(inner);
	return session;
}

static void free_streams(struct h2_stream *stream)
{
	for (struct h2_stream *next; stream != NULL; stream = next) {
		next = stream->next;
		free(stream->own_body);
		free(stream);
	}
}

void h2_session_free(struct h2_session *session)
{
	if (session == NULL)
		return;
	nghttp2_session_del(session->nghttp2);
	free_streams(session->live);
	free_streams(session->spare);
	free(session);
}

/* nghttp2 takes pointers to what it does not change without const. */
static uint8_t *plain_pointer(const char *bytes)
{
	const union {
		const char *bytes;
		uint8_t *plain;
	} pointer = {.bytes = bytes};

	return pointer.plain;
}

static int32_t submit(struct h2_session *session, nghttp2_nv *pairs,
		      const struct h2_header *headers, size_t count, struct h2_stream *stream)
{
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_body};
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		const struct h2_header *header = &headers[i];

		bytes += header->name_length + header->value_length + 12;
		pairs[i] = (nghttp2_nv){
			.name = plain_pointer(header->name),
			.namelen = header->name_length,
			.value = plain_pointer(header->value),
			.valuelen = header->value_length,
			.flags = header->is_static ? NGHTTP2_NV_FLAG_NO_COPY_NAME |
							     NGHTTP2_NV_FLAG_NO_COPY_VALUE
						   : NGHTTP2_NV_FLAG_NONE,
		};
	}
	if (bytes > H2_HEADERS_MAX_BYTES)
		return -E2BIG;
	stream->id = nghttp2_submit_request(session->nghttp2, NULL, pairs, count,
					    stream->has_body ? &provider : NULL, stream);
	return stream->id > 0 ? stream->id : -EAGAIN;
}

int32_t h2_session_submit(struct h2_session *session, const struct h2_header *headers, size_t count,
			  const char *body, size_t body_length, bool is_body_copied, void *exchange)
{
	nghttp2_nv few[HEADERS_ON_STACK];
	scoped_free nghttp2_nv *many = NULL;
	struct h2_stream *stream;
	int32_t id;

	if (h2_session_is_closing(session))
		return -EAGAIN;
	if (count > HEADERS_ON_STACK)
		many = alloc_array(count, sizeof(*many));
	stream = add_stream(session);
	stream->exchange = exchange;
	stream->has_body = body_length > 0;
	id = submit(session, many != NULL ? many : few, headers, count, stream);
	if (id < 0) {
		remove_stream(session, stream);
		return id;
	}
	if (stream->has_body && is_body_copied) {
		stream->own_body = alloc_array(body_length, 1);
		memcpy(stream->own_body, body, body_length);
		body = stream->own_body;
	}
	stream->body = body;
	stream->body_left = body_length;
	return id;
}

void h2_session_cancel(struct h2_session *session, int32_t id)
{
	struct h2_stream *stream = nghttp2_session_get_stream_user_data(session->nghttp2, id);

	/* nghttp2 does not know those that wait for their turn */
	for (struct h2_stream *one = session->live; one != NULL && stream == NULL; one = one->next)
		stream = one->id == id ? one : NULL;
	if (stream == NULL || stream->is_over)
		return;
	stream->is_over = true;
	reset_stream(session, stream);
}

/*
 * nghttp2 says that it gives up by a GOAWAY in its output, nowhere else. Takes it (what is before
 * it is lost, and matters no more), and with it the error.
 */
static void seek_last_words(struct h2_session *session)
{
	const uint8_t *bytes;
	ssize_t length = 0;

	while (session->error == 0 &&
	       (length = nghttp2_session_mem_send(session->nghttp2, &bytes)) > 0)
		;
	if (session->error == 0) {
		session->error = length < 0 ? (int)length : NGHTTP2_ERR_PROTO;
	} else if (length > 0) {
		session->last_words = bytes;
		session->last_words_length = (size_t)length;
	}
}

int h2_session_feed(struct h2_session *session, const char *bytes, size_t length)
{
	ssize_t used;

	if (session->error != 0)
		return -EBADMSG;
	used = nghttp2_session_mem_recv(session->nghttp2, (const uint8_t *)bytes, length);
	if (used < 0)
		session->error = (int)used;
	else if (!session->has_got_goaway &&
		 nghttp2_session_check_request_allowed(session->nghttp2) == 0 &&
		 nghttp2_session_get_next_stream_id(session->nghttp2) <= INT32_MAX)
		seek_last_words(session);
	/* after a GOAWAY of the server's it is h2_session_next_output() that finds ours */
	return session->error != 0 ? -EBADMSG : 0;
}

ssize_t h2_session_next_output(struct h2_session *session, const char **ret_bytes)
{
	const uint8_t *bytes = session->last_words;
	ssize_t length = (ssize_t)session->last_words_length;

	session->last_words_length = 0;
	if (length == 0) {
		if (session->error != 0)
			return -EBADMSG;
		length = nghttp2_session_mem_send(session->nghttp2, &bytes);
	}
	if (length < 0) {
		session->error = (int)length;
		return -EBADMSG;
	}
	*ret_bytes = (const char *)bytes;
	return length;
}

uint32_t h2_session_get_stream_limit(const struct h2_session *session)
{
	return nghttp2_session_get_remote_settings(session->nghttp2,
						   NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool h2_session_is_closing(const struct h2_session *session)
{
	return session->error != 0 || nghttp2_session_check_request_allowed(session->nghttp2) == 0;
}

int h2_session_get_error(const struct h2_session *session)
{
	return session->error;
}

const char *h2_error_text(int error)
{
	if (error == NGHTTP2_ERR_SETTINGS_EXPECTED)
		return "no SETTINGS frame came first (does the server speak HTTP/2?)";
	return error < 0 ? nghttp2_strerror(error) : nghttp2_http2_strerror((uint32_t)error);
}

const char *h2_stream_error_text(uint32_t code)
{
	return nghttp2_http2_strerror(code);
}
