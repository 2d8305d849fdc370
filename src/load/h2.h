/*
 * HTTP/2 client sessions without sockets (nghttp2): bytes in, bytes out, answers as callbacks.
 *
 *	h2_session_submit() for each request ┐
 *	recv() → h2_session_feed() ──────────┴▶ h2_session_next_output() until 0 → send()
 *
 * One session per connection, one thread. Windows are wide (the whole of what may be announced is
 * announced at the begin), so that flow control never makes a server wait for us. Server push is
 * off.
 *
 * Callbacks come from h2_session_feed() and h2_session_next_output() (where streams end that were
 * refused or broke the protocol). They may submit and cancel, not feed, take output or free.
 */
#ifndef LOAD_H2_H
#define LOAD_H2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/scoped.h"

struct h2_session;

struct h2_header {
	const char *name; /* lower case */
	size_t name_length;
	const char *value;
	size_t value_length;
	/*
	 * Name and value live as long as the session and are not copied. Without it submit copies
	 * them: a request beyond the server's limit of streams waits in the session, and is encoded
	 * when its turn comes.
	 */
	bool is_static;
};

/* What a request's headers may be at most, each with 12 bytes added. */
enum { H2_HEADERS_MAX_BYTES = 1 << 18 };

/* `exchange` is what h2_session_submit() was given. Each but on_end may be NULL. */
struct h2_callbacks {
	/* of the final answer (never of 1xx or trailers); names in lower case; not the ":status" */
	void (*on_header)(void *context, void *exchange, const char *name, size_t name_length,
			  const char *value, size_t value_length);
	void (*on_status)(void *context, void *exchange, uint16_t status);
	void (*on_body)(void *context, void *exchange, const char *bytes, size_t length);
	/*
	 * Bytes on the wire that belong to this stream: headers and data with their frames, counted
	 * when a frame begins.
	 */
	void (*on_bytes)(void *context, void *exchange, size_t length);
	/*
	 * The stream has ended. error 0 = with a whole answer (even when the server had not read
	 * all of the body: the rest is not sent then); else an HTTP/2 error code (RFC 9113 section
	 * 7; PROTOCOL_ERROR also for a reset without an error before the answer was whole).
	 * may_retry: the server says that it did not look at the request (GOAWAY, REFUSED_STREAM).
	 * Called once for each submitted exchange, unless it is cancelled, or the session breaks or
	 * is freed.
	 */
	void (*on_end)(void *context, void *exchange, uint32_t error, bool may_retry);
};

/* `callbacks` is borrowed for the session's life. */
struct h2_session *h2_session_new(const struct h2_callbacks *callbacks, void *context);
void h2_session_free(struct h2_session *session); /* calls nothing back */
SCOPED_POINTER(h2_session, h2_session_free)

/*
 * Queues a request: headers with the four pseudo headers first. The body is borrowed until on_end
 * or h2_session_cancel() unless is_body_copied. Returns the stream's number, or -errno: -EAGAIN
 * when the session takes no more streams (GOAWAY, identifiers used up, broken), -E2BIG for headers
 * beyond H2_HEADERS_MAX_BYTES. What the server's limit of streams does not allow yet waits here.
 */
int32_t h2_session_submit(struct h2_session *session, const struct h2_header *headers, size_t count,
			  const char *body, size_t body_length, bool is_body_copied,
			  void *exchange);

/*
 * Gives up on a stream (RST_STREAM CANCEL); on_end is not called for it. Does nothing for a stream
 * that has ended.
 */
void h2_session_cancel(struct h2_session *session, int32_t stream);

/* Takes all of it, calling back. -EBADMSG: the session is broken (h2_session_get_error()). */
int h2_session_feed(struct h2_session *session, const char *bytes, size_t length);

/*
 * The next bytes to send, a frame each: their length, valid until the next call; 0 = none now;
 * -EBADMSG = the session is broken. A broken session still gives its GOAWAY first, which tells the
 * server why.
 */
ssize_t h2_session_next_output(struct h2_session *session, const char **ret_bytes);

/*
 * How many streams the server lets us have open at once: its SETTINGS, 100 before they came. What
 * was sent before and is beyond its limit, the server refuses (may_retry).
 */
uint32_t h2_session_get_stream_limit(const struct h2_session *session);
bool h2_session_is_closing(const struct h2_session *session); /* GOAWAY came, or ids used up */
/* What broke the session, 0 = nothing: an HTTP/2 error code, or a negative one of nghttp2. */
int h2_session_get_error(const struct h2_session *session);
const char *h2_error_text(int error);		 /* of h2_session_get_error() */
const char *h2_stream_error_text(uint32_t code); /* "REFUSED_STREAM" */

#endif
