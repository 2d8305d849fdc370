/*
 * One kind of request as bytes, and what its answer must be: compiled once from a load_request,
 * shared read-only by the workers. A request that is the same for all rows is rendered here, once;
 * the others are rendered by the worker that sends them.
 */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/expectation.h"
#include "load/h2.h"
#include "load/load.h"
#include "load/template.h"
#include "util/err.h"
#include "util/vec.h"

/* What the requests of a load have in common. */
struct message_context {
	const char *authority; /* Host, or :authority */
	const char *scheme;    /* "http" "https": HTTP/2 */
	bool is_closing;       /* Connection: close */
};

struct message_header {
	char *name; /* lower case */
	size_t name_length;
	bool has_columns;
	struct template value;
};

enum { MESSAGE_HEADERS_MAX = 128 }; /* of a request, HTTP/2's pseudo headers included */

struct message {
	const struct load_request *request; /* borrowed */
	uint32_t name;			    /* index into the load's names; the caller's */
	bool is_head_method;
	bool has_body;
	struct expectation *expectation; /* NULL = the status only */
	/* HTTP/1.1: request line and headers, without Content-Length and the empty line */
	struct template head;
	struct template body;
	struct template path;		    /* alone: for cookies */
	VEC(struct message_header) headers; /* HTTP/2: all, pseudo headers first */
	char *constant; /* the whole HTTP/1.1 request when it is the same for all rows, else NULL */
	size_t constant_length;
	size_t max_bytes; /* of a rendered request, of either version, without cookies */
};

/* -EINVAL with a sentence that names the request. Released by message_release() in any case. */
int message_init(struct message *message, const struct load_request *request,
		 const struct message_context *context, struct err *err);
void message_release(struct message *message);

/*
 * The request for a row; `out` has room for max_bytes, and for the cookies. cookies: the value of a
 * Cookie header. Returns its length.
 */
size_t message_render(const struct message *message, uint32_t row, const char *cookies,
		      size_t cookies_length, char *out);

/* The same for HTTP/2. Everything in it lies in `out`, or in the message. */
struct message_fields {
	struct h2_header headers[MESSAGE_HEADERS_MAX + 2];
	uint32_t count;
	const char *body; /* NULL = none */
	size_t body_length;
	bool is_body_lasting; /* lies in the message */
};
void message_render_fields(const struct message *message, uint32_t row, const char *cookies,
			   size_t cookies_length, char *out, struct message_fields *ret_fields);

/* The path for a row; `out` has room for max_bytes. */
size_t message_render_path(const struct message *message, uint32_t row, char *out);

#endif
