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

#define MESSAGE_COOKIE "Cookie: "

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

static bool is_hop_header(const char *name)
{
	return strcasecmp(name, "Connection") == 0 || strcasecmp(name, "Keep-Alive") == 0 ||
	       strcasecmp(name, "Upgrade") == 0 || strcasecmp(name, "TE") == 0 ||
	       strcasecmp(name, "Proxy-Connection") == 0;
}

static const char *find_header(const struct load_request *request, const char *name)
{
	for (uint32_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

static int add_headers(struct strbuf *head, const struct load_request *request,
		       const struct message_context *context, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < request->header_count && r == 0; i++) {
		const struct load_header *header = &request->headers[i];

		if (strcasecmp(header->name, "Content-Length") == 0 ||
		    strcasecmp(header->name, "Transfer-Encoding") == 0)
			return err_set(err, -EINVAL,
				       "the header %s follows from the body; leave it out",
				       header->name);
		r = http1_add_header(head, header->name, header->value, err);
	}
	if (r == 0 && find_header(request, "Host") == NULL)
		r = http1_add_header(head, "Host", context->authority, err);
	if (r == 0 && context->is_closing && find_header(request, "Connection") == NULL)
		r = http1_add_header(head, "Connection", "close", err);
	return r;
}

static int compile_head(struct message *message, const struct message_context *context,
			struct err *err)
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
		r = add_headers(&head, request, context, err);
	if (r == 0)
		r = template_add(&message->head, head.data, line, TEMPLATE_IN_PATH, err);
	if (r == 0)
		r = template_add(&message->head, head.data + line, head.length - line,
				 TEMPLATE_IN_HEADER, err);
	if (r == 0)
		r = template_add(&message->path, request->path, strlen(request->path),
				 TEMPLATE_IN_PATH, err);
	strbuf_release(&head);
	return r;
}

/* ---- HTTP/2 ---- */

static int add_field(struct message *message, const char *name, const char *value,
		     enum template_place place, struct err *err)
{
	struct message_header *header;
	int r;

	if (message->headers.count == MESSAGE_HEADERS_MAX)
		return err_set(err, -EINVAL, "more than %d headers", MESSAGE_HEADERS_MAX);
	vec_push(&message->headers,
		 (struct message_header){.name = alloc_strdup(name), .name_length = strlen(name)});
	header = &message->headers.items[message->headers.count - 1];
	for (char *c = header->name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	template_init(&header->value, message->request->feed);
	r = template_add(&header->value, value, strlen(value), place, err);
	header->has_columns = template_has_columns(&header->value);
	return r;
}

/* RFC 9113 section 8.3: pseudo headers first; section 8.2.2: no headers of one connection only. */
static int compile_fields(struct message *message, const struct message_context *context,
			  struct err *err)
{
	const struct load_request *request = message->request;
	const char *host = find_header(request, "Host");
	int r = add_field(message, ":method", request->method, TEMPLATE_IN_HEADER, err);

	if (r == 0)
		r = add_field(message, ":scheme", context->scheme, TEMPLATE_IN_HEADER, err);
	if (r == 0)
		r = add_field(message, ":authority", host != NULL ? host : context->authority,
			      TEMPLATE_IN_HEADER, err);
	if (r == 0)
		r = add_field(message, ":path", request->path, TEMPLATE_IN_PATH, err);
	for (uint32_t i = 0; i < request->header_count && r == 0; i++) {
		const struct load_header *header = &request->headers[i];

		if (strcasecmp(header->name, "Host") != 0 && !is_hop_header(header->name))
			r = add_field(message, header->name, header->value, TEMPLATE_IN_HEADER,
				      err);
	}
	return r;
}

static size_t measure_fields(const struct message *message)
{
	size_t total = LENGTH_HEADER_BYTES + message->body.max_bytes;

	for (size_t i = 0; i < message->headers.count; i++)
		total += message->headers.items[i].value.max_bytes;
	return total;
}

/* ---- both ---- */

static int compile(struct message *message, const struct message_context *context, struct err *err)
{
	const struct load_request *request = message->request;
	int r = compile_head(message, context, err);

	if (r == 0 && request->body != NULL)
		r = template_add(&message->body, request->body, request->body_length,
				 TEMPLATE_IN_BODY, err);
	if (r == 0)
		r = compile_fields(message, context, err);
	return r == 0 ? expectation_new(&message->expectation, &request->expect, err) : r;
}

int message_init(struct message *message, const struct load_request *request,
		 const struct message_context *context, struct err *err)
{
	size_t fields_bytes;
	int r;

	*message = (struct message){.request = request};
	template_init(&message->head, request->feed);
	template_init(&message->body, request->feed);
	template_init(&message->path, request->feed);
	message->is_head_method = strcmp(request->method, "HEAD") == 0;
	/*
	 * Methods that are expected to carry a body say so when they have none (RFC 9110 section
	 * 8.6).
	 */
	message->has_body = request->body != NULL || strcmp(request->method, "POST") == 0 ||
			    strcmp(request->method, "PUT") == 0 ||
			    strcmp(request->method, "PATCH") == 0;
	r = compile(message, context, err);
	if (r < 0)
		return err_prefix(err, r, "request '%s': ", request->name);
	fields_bytes = measure_fields(message);
	message->max_bytes =
		message->head.max_bytes + LENGTH_HEADER_BYTES + message->body.max_bytes;
	if (message->max_bytes < fields_bytes)
		message->max_bytes = fields_bytes;
	if (!template_has_columns(&message->head) && !template_has_columns(&message->body)) {
		char *bytes = alloc_array(message->max_bytes, 1);

		message->constant_length = message_render(message, 0, NULL, 0, bytes);
		message->constant = bytes;
	}
	return 0;
}

void message_release(struct message *message)
{
	for (size_t i = 0; i < message->headers.count; i++) {
		free(message->headers.items[i].name);
		template_release(&message->headers.items[i].value);
	}
	vec_release(&message->headers);
	template_release(&message->head);
	template_release(&message->body);
	template_release(&message->path);
	expectation_free(message->expectation);
	free(message->constant);
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

static char *put(char *at, const char *bytes, size_t length)
{
	if (length > 0)
		memcpy(at, bytes, length);
	return at + length;
}

size_t message_render(const struct message *message, uint32_t row, const char *cookies,
		      size_t cookies_length, char *out)
{
	char *at = out + template_render(&message->head, row, out);

	if (cookies_length > 0) {
		at = put(at, MESSAGE_COOKIE, strlen(MESSAGE_COOKIE));
		at = put(at, cookies, cookies_length);
		at = put(at, "\r\n", 2);
	}
	if (message->has_body)
		at += snprintf(at, LENGTH_HEADER_BYTES, "Content-Length: %zu\r\n",
			       measure_body(message, row));
	at = put(at, "\r\n", 2);
	return (size_t)(at - out) + template_render(&message->body, row, at);
}

static struct h2_header make_field(const char *name, const char *value, size_t length)
{
	return (struct h2_header){
		.name = name, .name_length = strlen(name), .value = value, .value_length = length};
}

void message_render_fields(const struct message *message, uint32_t row, const char *cookies,
			   size_t cookies_length, char *out, struct message_fields *ret_fields)
{
	const struct load_request *request = message->request;
	struct message_fields *fields = ret_fields;

	fields->count = 0;
	for (size_t i = 0; i < message->headers.count; i++) {
		const struct message_header *header = &message->headers.items[i];
		struct h2_header *field = &fields->headers[fields->count++];

		*field = (struct h2_header){.name = header->name,
					    .name_length = header->name_length,
					    .value = strbuf_text(&header->value.literals),
					    .value_length = header->value.literals.length,
					    .is_static = !header->has_columns};
		if (!header->has_columns)
			continue;
		field->value = out;
		field->value_length = template_render(&header->value, row, out);
		out += field->value_length;
	}
	if (cookies_length > 0)
		fields->headers[fields->count++] = make_field("cookie", cookies, cookies_length);
	if (message->has_body) {
		int length = snprintf(out, LENGTH_HEADER_BYTES, "%zu", measure_body(message, row));

		fields->headers[fields->count++] =
			make_field("content-length", out, (size_t)length);
		out += length;
	}
	fields->is_body_lasting = request->body != NULL && !template_has_columns(&message->body);
	if (fields->is_body_lasting) {
		fields->body = request->body;
		fields->body_length = request->body_length;
	} else {
		fields->body = request->body != NULL ? out : NULL;
		fields->body_length = template_render(&message->body, row, out);
	}
}

size_t message_render_path(const struct message *message, uint32_t row, char *out)
{
	return template_render(&message->path, row, out);
}
