#include "lab/plan_request.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lab/plan_expect.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "wire/http1.h"
#include "wire/url.h"

/* What a request's table fills besides the request itself. */
struct request_texts {
	struct plan_request request;
	const char *separator;
};

#define REQUEST(member) offsetof(struct request_texts, request.member)

static const struct plan_field request_fields[] = {
	{"name", PLAN_FIXED, REQUEST(name)},
	{"method", PLAN_TEXT, REQUEST(method)},
	{"path", PLAN_TEXT, REQUEST(path)},
	{"headers", PLAN_OTHER},
	{"body", PLAN_BLOCK, REQUEST(body)},
	{"body_file", PLAN_TEXT, REQUEST(body_file)},
	{"data", PLAN_TEXT, REQUEST(data)},
	{"separator", PLAN_BLOCK, offsetof(struct request_texts, separator)},
	{"order", PLAN_OTHER},
	{"weight", PLAN_U32, REQUEST(weight), 1, 1e6},
	{"expect", PLAN_OTHER},
	{"think_time", PLAN_REFUSED, .hint = "it stands in 'load', for all requests"},
	{"script", PLAN_REFUSED, .hint = "it stands in 'load', and makes all requests"},
	{NULL},
};

/*
 * Skips to the next ${column} at or after `at`, and sets *ret_end behind it; NULL without one.
 * After expansion only columns are left.
 */
static const char *find_column(const char *at, const char **ret_end)
{
	const char *begin = strstr(at, "${"), *end = begin != NULL ? strchr(begin, '}') : NULL;

	if (end == NULL)
		return NULL;
	*ret_end = end + 1;
	return begin;
}

static bool has_column(const char *text)
{
	const char *end;

	return text != NULL && find_column(text, &end) != NULL;
}

/* Columns are percent-encoded when they are filled in, so their names may be anything. */
static int check_path(const struct plan_reader *reader, const struct plan_node *node,
		      const char *path)
{
	struct err why = {0};
	const char *at = path, *column, *end;
	int r = 0;

	if (path[0] != '/')
		return plan_reader_refuse(reader, node, "path", "a path that begins with '/'");
	for (; r == 0; at = end) {
		column = find_column(at, &end);
		if (column == NULL)
			return url_check_path(at, strlen(at), &why) == 0
				       ? 0
				       : plan_reader_fail(reader, node, "'path': %s",
							  err_text(&why));
		if (url_check_path(at, (size_t)(column - at), &why) < 0)
			r = plan_reader_fail(reader, node, "'path': %s", err_text(&why));
	}
	return r;
}

static int read_headers(const struct plan_reader *reader, const struct plan_node *node,
			struct plan_request *request)
{
	int r = 0;

	if (node == NULL)
		return 0;
	r = plan_reader_read_pairs(reader, node, "headers", &request->headers,
				   &request->header_count);
	for (uint32_t i = 0; r == 0 && i < request->header_count; i++) {
		scoped(strbuf_release) struct strbuf scratch;
		struct err why = {0};

		strbuf_init(&scratch, STRBUF_MAX_DEFAULT);
		if (http1_add_header(&scratch, request->headers[i].name, request->headers[i].value,
				     &why) < 0)
			r = plan_reader_fail(reader, node->entries[i].node, "'headers': %s",
					     err_text(&why));
	}
	return r;
}

/* A request that is a text alone is its path. */
static int read_fields(const struct plan_reader *reader, const struct plan_node *node,
		       struct request_texts *texts)
{
	const struct plan_node *expect = plan_node_find(node, "expect");
	int r;

	if (node->kind == PLAN_NODE_TEXT)
		return plan_reader_read_text(reader, node, "path", &texts->request.path);
	r = plan_reader_read_map(reader, node, "a request", request_fields, texts);
	if (r == 0)
		r = read_headers(reader, plan_node_find(node, "headers"), &texts->request);
	if (r == 0 && expect != NULL)
		r = plan_expect_read(reader, expect, &texts->request.expect);
	return r;
}

static int read_order(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan_request *request)
{
	static const char *const words[] = {"sequential", "random", "per_user", NULL};
	const struct plan_node *order = plan_node_find(node, "order");
	uint32_t word = LOAD_FEED_SEQUENTIAL;
	int r = plan_reader_read_word(reader, node, "order", words, &word);

	if (r == 0 && order != NULL && request->data == NULL)
		r = plan_reader_fail(reader, order,
				     "'order' is of a data file; the request has no 'data'");
	request->order = (enum load_feed_order)word;
	return r;
}

static int read_separator(const struct plan_reader *reader, const struct plan_node *node,
			  const char *text, struct plan_request *request)
{
	if (request->data == NULL)
		return plan_reader_fail(reader, node,
					"'separator' is of a data file; the request has no 'data'");
	if (plan_reader_is_deferred(reader, text))
		return 0;
	if (strcmp(text, "tab") == 0)
		text = "\t";
	if (strlen(text) != 1 || strchr("\"\r\n", text[0]) != NULL || (unsigned char)text[0] > 0x7e)
		return plan_reader_refuse(reader, node, "separator",
					  "one character like ';', or tab");
	request->separator = text[0];
	return 0;
}

static int check_request(const struct plan_reader *reader, const struct plan_node *node,
			 const struct plan_request *request)
{
	const struct plan_node *path = plan_node_find(node, "path"),
			       *method = plan_node_find(node, "method");
	scoped(strbuf_release) struct strbuf scratch;
	bool fills = has_column(request->path) || has_column(request->body);
	int r = 0;

	strbuf_init(&scratch, STRBUF_MAX_DEFAULT);
	if (!plan_reader_is_deferred(reader, request->method) &&
	    http1_add_request_line(&scratch, request->method, "/", NULL) < 0)
		return plan_reader_refuse(reader, method != NULL ? method : node, "method",
					  "a method like GET or POST");
	if (!plan_reader_is_deferred(reader, request->path))
		r = check_path(reader, path != NULL ? path : node, request->path);
	for (uint32_t i = 0; i < request->header_count; i++)
		fills = fills || has_column(request->headers[i].value);
	if (r == 0 && request->body != NULL && request->body_file != NULL)
		return plan_reader_fail(reader, plan_node_find(node, "body_file"),
					"a request has a 'body' or a 'body_file', not both");
	/* what a file holds is looked at when the data is read */
	if (r == 0 && request->data != NULL && request->body_file == NULL && reader->arm != NULL &&
	    !fills)
		return plan_reader_fail(
			reader, node,
			"'data' is named, but no ${column} of it is used in path, headers or body");
	return r;
}

void plan_request_format_name(char name[static PLAN_REQUEST_NAME_BYTES + 1], const char *method,
			      const char *path, size_t path_length)
{
	static const char dots[] = "…";
	size_t cut = PLAN_REQUEST_NAME_BYTES - strlen(dots);
	int length = snprintf(name, PLAN_REQUEST_NAME_BYTES + 1, "%s %.*s", method,
			      (int)path_length, path);

	if (length <= PLAN_REQUEST_NAME_BYTES)
		return;
	while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	memcpy(name + cut, dots, sizeof(dots));
}

/* "METHOD path" as written, so that it is the same in all arms. */
static const char *make_name(const struct plan_reader *reader, const struct plan_node *node)
{
	const struct plan_node *path =
		node->kind == PLAN_NODE_TEXT ? node : plan_node_find(node, "path");
	const struct plan_node *method = plan_node_find(node, "method");
	const char *path_text = path == NULL ? "/" : path->raw != NULL ? path->raw : path->text;
	const char *method_text = method == NULL	? "GET"
				  : method->raw != NULL ? method->raw
							: method->text;
	char name[PLAN_REQUEST_NAME_BYTES + 1];

	plan_request_format_name(name, method_text, path_text, strlen(path_text));
	return arena_strdup(reader->arena, name);
}

static int read_request(const struct plan_reader *reader, const struct plan_node *node,
			struct plan_request *request)
{
	struct request_texts texts = {
		.request = {.method = "GET", .path = "/", .weight = 1, .line = node->line}};
	int r = read_fields(reader, node, &texts);

	if (r == 0 && texts.separator != NULL)
		r = read_separator(reader, plan_node_find(node, "separator"), texts.separator,
				   &texts.request);
	if (r == 0)
		r = read_order(reader, node, &texts.request);
	if (r == 0)
		r = check_request(reader, node, &texts.request);
	if (r < 0)
		return r;
	if (texts.request.name == NULL)
		texts.request.name = make_name(reader, node);
	else if (strlen(texts.request.name) > PLAN_REQUEST_NAME_BYTES)
		return plan_reader_fail(reader, plan_node_find(node, "name"),
					"the name of a request has at most %d bytes",
					PLAN_REQUEST_NAME_BYTES);
	*request = texts.request;
	return 0;
}

const struct plan_request *plan_request_find(const struct plan_load *load, const char *name)
{
	for (uint32_t i = 0; i < load->request_count; i++)
		if (strcmp(load->requests[i].name, name) == 0)
			return &load->requests[i];
	return NULL;
}

int plan_request_read_all(const struct plan_reader *reader, const struct plan_node *node,
			  struct plan_load *load)
{
	int r;

	if (node == NULL) {
		load->requests = arena_new(reader->arena, struct plan_request);
		load->requests[0] = (struct plan_request){
			.name = "GET /", .method = "GET", .path = "/", .weight = 1};
		load->request_count = 1;
		return 0;
	}
	r = plan_reader_check_list(reader, node, "requests", PLAN_WIDTH);

	if (r == 0 && node->count == 0)
		r = plan_reader_fail(reader, node,
				     "'requests' is empty; without the key the request is GET /");
	if (r < 0)
		return r;
	load->requests = arena_alloc(reader->arena, node->count, sizeof(*load->requests));
	for (uint32_t i = 0; i < node->count; i++) {
		struct plan_request *request = &load->requests[i];

		r = read_request(reader, node->entries[i].node, request);
		if (r < 0)
			return r;
		if (plan_request_find(load, request->name) != NULL)
			return plan_reader_fail(
				reader, node->entries[i].node,
				"two requests are named %s; give each a 'name' of its own",
				plan_reader_quote(reader, request->name));
		load->request_count = i + 1;
	}
	return 0;
}
