/*
 * HTTP/1.x answers as they arrive, and requests as they leave (RFC 9112). Pure: bytes in, facts
 * out; no socket, no clock, no allocation. The parser takes the answer in any pieces and gives the
 * same result for every way of cutting it.
 *
 *	http1_response_begin(&response, is_head);
 *	used = http1_response_feed(&response, bytes, length, &sink);
 *						until is_complete or an error
 *	http1_response_end(&response);		when the connection closed first
 *
 * It is strict where a wrong guess would measure the wrong thing (framing), and does not look at
 * what it has no use for (reason phrases, the values of other headers). A single LF ends a line of
 * the head, as RFC 9112 section 2.2 allows.
 *
 * The struct is small, since each connection has one: a line is copied only when it comes in
 * pieces, and then only its first HTTP1_LINE_BYTES, which is enough for what decides about framing.
 * Who wants headers longer than that lends memory (http1_sink.scratch).
 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/strbuf.h"

enum {
	HTTP1_HEAD_MAX = 65536,	    /* bytes of all heads of one answer, and of its trailers */
	HTTP1_LINE_BYTES = 256,	    /* of a line that matters; others may be longer */
	HTTP1_SCRATCH_BYTES = 8192, /* of a scratch that holds what servers send */
};

enum http1_error {
	HTTP1_NO_ERROR,
	HTTP1_CLOSED_BEFORE, /* the connection closed before a byte of the answer */
	HTTP1_CLOSED_INSIDE,
	HTTP1_BAD_STATUS_LINE,
	HTTP1_BAD_STATUS, /* not 100..599 */
	HTTP1_UPGRADED,	  /* 101, which nobody asked for */
	HTTP1_HEAD_TOO_LONG,
	HTTP1_LINE_TOO_LONG,
	HTTP1_BAD_HEADER, /* no name, no colon, or something odd (white space) before the colon */
	HTTP1_BAD_FOLDING,
	HTTP1_BAD_LENGTH, /* Content-Length is not one number */
	HTTP1_CONFLICTING_LENGTH,
	HTTP1_LENGTH_AND_ENCODING, /* Content-Length beside Transfer-Encoding */
	/* Transfer-Encoding in HTTP/1.0, empty, or chunked twice, not last, or with parameters */
	HTTP1_BAD_ENCODING,
	HTTP1_BAD_CHUNK_SIZE,
	HTTP1_BAD_CHUNK_END,
	HTTP1_ERROR_COUNT,
};

/* "bad chunk size": fits behind "protocol error: ". */
const char *http1_error_text(enum http1_error error);

struct http1_response {
	uint16_t status; /* 0 until the status line was read; never 1xx once complete */
	bool has_begun;	 /* a byte of the answer was seen */
	bool is_complete;
	bool is_keep_alive;  /* valid when complete: the connection may carry another request */
	uint64_t body_bytes; /* so far, without chunk framing */
	enum http1_error error;

	/* the parser's own */
	uint8_t state;
	uint8_t minor_version;
	bool is_head;
	bool has_length, has_encoding, is_chunked, has_close, has_keep_alive;
	bool was_framing; /* the header before was one of ours: it must not be folded */
	uint32_t head_bytes;
	uint32_t line_bytes; /* of the line whose begin is kept; 0 = none */
	uint64_t rest;	     /* bytes of the body or chunk still to come */
	char line[HTTP1_LINE_BYTES];
};

/*
 * Where an answer goes. Each function may be NULL; what they are given is valid during the call.
 *
 * on_header: each header line of the final answer (not those of a 1xx, and no trailers) as it is
 * read, the value without the white space around it: any bytes but LF. Lines longer than
 * HTTP1_LINE_BYTES, or than scratch_size when there is a scratch, are not given, and of an
 * (obsolete) folded header only the first line is.
 *
 * scratch: memory for lines that come in pieces, e.g. HTTP1_SCRATCH_BYTES of it; NULL = the few in
 * the response must do. It is the answer's own, and the same one, from http1_response_begin to its
 * end. Not looked at without on_header.
 */
struct http1_sink {
	void (*on_header)(void *context, const char *name, size_t name_length, const char *value,
			  size_t value_length);
	/* spans of the body as they lie in the bytes fed, without chunk framing */
	void (*on_body)(void *context, const char *bytes, size_t length);
	void *context;
	char *scratch;
	size_t scratch_size; /* above HTTP1_LINE_BYTES to be of use */
};

/*
 * Before each answer. is_head: the request was HEAD, so that no body follows whatever the headers
 * say.
 */
void http1_response_begin(struct http1_response *response, bool is_head);

/*
 * Takes the next bytes (length > 0) and returns how many belong to this answer: fewer than `length`
 * only when it is complete and something follows. Headers and body go to `sink` (may be NULL).
 * -EBADMSG: not HTTP; the reason is in `error`, and the response takes no more.
 */
ssize_t http1_response_feed(struct http1_response *response, const char *bytes, size_t length,
			    const struct http1_sink *sink);

/*
 * The connection has closed. 0 when that is how the answer ends (it is complete now), else -EBADMSG
 * as above.
 */
int http1_response_end(struct http1_response *response);

/*
 * Requests, piece by piece: a line, headers, the end with the body. -EINVAL with a sentence for
 * what would not be one line of HTTP; the path is the caller's to check (url_check_path). Host is
 * not added by itself.
 */
int http1_add_request_line(struct strbuf *out, const char *method, const char *path,
			   struct err *err);
int http1_add_header(struct strbuf *out, const char *name, const char *value, struct err *err);

/* Content-Length (when has_body) and the empty line. The caller adds the body. */
void http1_add_end(struct strbuf *out, bool has_body, uint64_t body_length);

#endif
