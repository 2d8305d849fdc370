#include "load/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "wire/http1.h"
#include "wire/url.h"

/* "Content-Length: " and 20 digits and two line ends, rounded up */
enum { LENGTH_HEADER_BYTES = 64 };

/* Only the literals: a column's name may hold anything, its value is encoded. */
static int check_path(const char *path, const struct feed *feed, struct err *err)
{
	const char *at = path, *end = path + strlen(path);
	struct template_piece piece;
	int r;

	while ((r = template_next_piece(&at, end, feed, &piece, err)) > 0) {
		if (piece.column != FEED_NO_COLUMN)
			continue;
		r = url_check_path(piece.literal, piece.length, err);
		if (r < 0)
			return err_prefix(err, r, "path '%s': ", path);
	}
	return r;
}

static int add_headers(struct strbuf *head, const struct load_request *request, const char *host,
		       struct err *err)
{
	bool has_host = false;

	for (uint32_t i = 0; i < request->header_count; i++) {
		const struct load_header *header = &request->headers[i];
		int r;

		if (strcasecmp(header->name, "Content-Length") == 0 ||
		    strcasecmp(header->name, "Transfer-Encoding") == 0)
			return err_set(err, -EINVAL,
				       "the header %s follows from the body; leave it out",
				       header->name);
		has_host = has_host || strcasecmp(header->name, "Host") == 0;
		r = http1_add_header(head, header->name, header->value, err);
		if (r < 0)
			return r;
	}
	return has_host ? 0 : http1_add_header(head, "Host", host, err);
}

static int compile_head(struct message *message, const char *host, struct err *err)
{
	const struct load_request *request = message->request;
	struct strbuf head;
	size_t line;
	int r;

	strbuf_init(&head, STRBUF_MAX_DEFAULT);
	r = check_path(request->path, request->feed, err);
	if (r == 0)
		r = http1_add_request_line(&head, request->method, request->path, err);
	line = head.length;
	if (r == 0)
		r = add_headers(&head, request, host, err);
	if (r == 0)
		r = template_add(&message->head, head.data, line, TEMPLATE_IN_PATH, err);
	if (r == 0)
		r = template_add(&message->head, head.data + line, head.length - line,
				 TEMPLATE_IN_HEADER, err);
	strbuf_release(&head);
	return r;
}

/* For each begin of the needle: how much of it is also its own end (the KMP prefix function). */
static void compile_search(struct message *message, const char *needle)
{
	size_t length = strlen(needle), matched = 0;

	message->needle_length = length;
	message->restarts = alloc_array(length + 1, sizeof(message->restarts[0]));
	for (size_t i = 1; i < length; i++) {
		while (matched > 0 && needle[matched] != needle[i])
			matched = message->restarts[matched];
		matched += needle[matched] == needle[i];
		message->restarts[i + 1] = (uint16_t)matched;
	}
}

static int compile(struct message *message, const char *host, struct err *err)
{
	const struct load_request *request = message->request;
	const char *needle = request->expect.body_contains;
	int r = compile_head(message, host, err);

	if (r == 0 && request->body != NULL)
		r = template_add(&message->body, request->body, request->body_length,
				 TEMPLATE_IN_BODY, err);
	if (r < 0)
		return r;
	if (request->expect.status != 0 &&
	    (request->expect.status < 200 || request->expect.status > 599))
		return err_set(err, -EINVAL, "the expected status %u is not one of 200 to 599",
			       request->expect.status);
	if (needle != NULL && strlen(needle) >= UINT16_MAX)
		return err_set(err, -EINVAL, "the text expected in the body is longer than 64 KB");
	if (needle != NULL && needle[0] != '\0')
		compile_search(message, needle);
	return 0;
}

int message_init(struct message *message, const struct load_request *request, const char *host,
		 struct err *err)
{
	int r;

	*message = (struct message){.request = request};
	template_init(&message->head, request->feed);
	template_init(&message->body, request->feed);
	message->is_head_method = strcmp(request->method, "HEAD") == 0;
	/*
	 * Methods that are expected to carry a body say so when they have none (RFC 9110 section
	 * 8.6).
	 */
	message->has_body = request->body != NULL || strcmp(request->method, "POST") == 0 ||
			    strcmp(request->method, "PUT") == 0 ||
			    strcmp(request->method, "PATCH") == 0;
	r = compile(message, host, err);
	if (r < 0)
		return err_prefix(err, r, "request '%s': ", request->name);
	message->max_bytes =
		message->head.max_bytes + LENGTH_HEADER_BYTES + message->body.max_bytes;
	if (!template_has_columns(&message->head) && !template_has_columns(&message->body)) {
		char *bytes = alloc_array(message->max_bytes, 1);

		message->constant_length = message_render(message, 0, bytes);
		message->constant = bytes;
	}
	return 0;
}

void message_release(struct message *message)
{
	template_release(&message->head);
	template_release(&message->body);
	free(message->constant);
	free(message->restarts);
}

/*
 * The length of the body is known only with its row: the head is written, then the body's length,
 * then the body.
 */
static size_t measure_body(const struct message *message, uint32_t row)
{
	size_t total = 0;

	for (size_t i = 0; i < message->body.parts.count; i++) {
		const struct template_part *part = &message->body.parts.items[i];
		size_t length = part->length;

		if (part->column != FEED_NO_COLUMN)
			feed_get_cell(message->body.feed, row, part->column, &length);
		total += length;
	}
	return total;
}

size_t message_render(const struct message *message, uint32_t row, char *out)
{
	char *at = out + template_render(&message->head, row, out);

	if (message->has_body)
		at += snprintf(at, LENGTH_HEADER_BYTES, "Content-Length: %zu\r\n",
			       measure_body(message, row));
	memcpy(at, "\r\n", 2);
	at += 2;
	return (size_t)(at - out) + template_render(&message->body, row, at);
}

size_t message_search_body(const struct message *message, size_t matched, const char *bytes,
			   size_t length)
{
	const char *needle = message->request->expect.body_contains;

	for (size_t i = 0; i < length && matched < message->needle_length; i++) {
		while (matched > 0 && needle[matched] != bytes[i])
			matched = message->restarts[matched];
		matched += needle[matched] == bytes[i];
	}
	return matched;
}

struct failure message_judge(const struct message *message, uint16_t status, size_t matched)
{
	struct failure failure = {
		.error = LOAD_ERROR_COUNT,
		.expected = message->request->expect.status,
		.detail = status,
	};

	if (failure.expected == 0 && status >= 400) {
		failure.error = LOAD_ERROR_STATUS;
		failure.cause = FAILURE_STATUS;
	} else if (failure.expected != 0 && status != failure.expected) {
		failure.error = LOAD_ERROR_EXPECT;
		failure.cause = FAILURE_EXPECT_STATUS;
	} else if (matched < message->needle_length) {
		failure.error = LOAD_ERROR_EXPECT;
		failure.cause = FAILURE_EXPECT_BODY;
	}
	return failure;
}
