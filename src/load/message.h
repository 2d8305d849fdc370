/*
 * One kind of request as bytes, and what its answer must be: compiled once from a load_request,
 * shared read-only by the workers. A request without ${columns} is rendered here, once; the others
 * are rendered by the connection that sends.
 */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/failure.h"
#include "load/load.h"
#include "load/template.h"
#include "model/load_record.h"
#include "util/err.h"

enum { MESSAGE_SEARCHED_BYTES = 65536 }; /* of a body, for expect.body_contains */

struct message {
	const struct load_request *request; /* borrowed */
	bool is_head_method;
	bool has_body;
	/* request line and headers, without Content-Length and the empty line */
	struct template head;
	struct template body;
	char *constant; /* the whole request when it is the same for all rows, else NULL */
	size_t constant_length;
	size_t max_bytes; /* of a rendered request */
	/* of the search for expect.body_contains (Knuth, Morris, Pratt); NULL = none */
	uint16_t *restarts;
	size_t needle_length;
};

/* -EINVAL with a sentence that names the request. Released by message_release() in any case. */
int message_init(struct message *message, const struct load_request *request, const char *host,
		 struct err *err);
void message_release(struct message *message);

/* The request for a row; `out` has room for max_bytes. Returns its length. */
size_t message_render(const struct message *message, uint32_t row, char *out);

/*
 * Looks for expect.body_contains in a body that comes in spans: `matched` is 0 at its begin and
 * then what the last call returned. Found when it reaches needle_length.
 */
size_t message_search_body(const struct message *message, size_t matched, const char *bytes,
			   size_t length);

/*
 * Whether an answer is as it should be: LOAD_ERROR_COUNT when it is, else STATUS or EXPECT and why.
 */
struct failure message_judge(const struct message *message, uint16_t status, size_t matched);

#endif
