/*
 * http: an HTTP/1.x request, from bytes to a struct.
 *
 * The parser owns nothing: it is shown all bytes received since the request's first one, as often
 * as the caller likes, and remembers how far it came. It judges line by line, in the order of the
 * bytes, so the verdict on a request does not depend on how the network cut it up, nor on which
 * process reads it.
 *
 * Strict where laxness lets two servers disagree about where a request ends (RFC 9112): lines end
 * in CRLF, no folded lines, no space before a colon, one Content-Length of digits. A request with a
 * transfer coding is refused with 411, as section 6.3 allows: bodies come with their length.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEADER_MAX_BYTES 8192     /* request line and header lines; more is 431 */
#define HTTP_BODY_MAX_BYTES (1U << 20) /* more is 413 */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

enum http_step {
	HTTP_MORE,   /* not whole yet */
	HTTP_HEADER, /* the header is whole: told once per request, before its body is waited for */
	HTTP_WHOLE,  /* header and body are there */
	HTTP_BAD,    /* error_status and error_text say why; the connection cannot go on */
};

enum http_stage { HTTP_STAGE_START, HTTP_STAGE_LINES, HTTP_STAGE_BODY };

struct http_request {
	enum http_method method;
	size_t path_offset; /* offsets are from the request's first byte */
	size_t path_size;   /* without the query */
	size_t header_size;
	size_t body_size; /* the body follows the header */
	bool is_http10;
	bool wants_close;
	bool expects_continue;

	int error_status; /* an HTTP status; 0 while all is well */
	const char *error_text;

	/* the parser's own */
	enum http_stage stage;
	size_t line_offset; /* start of the line to be judged next */
	size_t scan_offset; /* no line end before this */
	bool has_host, has_length, has_coding, has_keep_alive;
};

/* Ready for a new request. */
void http_request_init(struct http_request *request);

/* `bytes` are all `size` bytes since the request's first. After HTTP_HEADER call it again. */
enum http_step http_request_parse(struct http_request *request, const char *bytes, size_t size);

/* Bytes that the whole request takes; good after HTTP_HEADER. */
size_t http_request_size(const struct http_request *request);

#endif
