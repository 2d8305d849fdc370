#include "lab/plan_load.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "util/clock.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "wire/http1.h"
#include "wire/url.h"

enum { REQUEST_NAME_BYTES = 55 }; /* "request:NAME" fits a scope of model/metric.h */

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
	{"data", PLAN_TEXT, REQUEST(data)},
	{"separator", PLAN_BLOCK, offsetof(struct request_texts, separator)},
	{"weight", PLAN_U32, REQUEST(weight), 1, 1e6},
	{"expect", PLAN_OTHER},
	{"think_time", PLAN_REFUSED},
	{"script", PLAN_REFUSED},
	{NULL},
};

static const struct plan_field expect_fields[] = {
	{"status", PLAN_U16, offsetof(struct plan_request, expect_status), 100, 599},
	{"contains", PLAN_BLOCK, offsetof(struct plan_request, expect_body)},
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
		r = plan_reader_read_map(reader, expect, "'expect'", expect_fields,
					 &texts->request);
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
	if (r == 0 && request->data != NULL && reader->arm != NULL && !fills)
		return plan_reader_fail(
			reader, node,
			"'data' is named, but no ${column} of it is used in path, headers or body");
	return r;
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
	char *name = arena_printf(reader->arena, "%s %s", method_text, path_text);
	size_t cut = REQUEST_NAME_BYTES - strlen("…");

	if (strlen(name) <= REQUEST_NAME_BYTES)
		return name;
	while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	name[cut] = '\0';
	return arena_printf(reader->arena, "%s…", name);
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
		r = check_request(reader, node, &texts.request);
	if (r < 0)
		return r;
	if (texts.request.name == NULL)
		texts.request.name = make_name(reader, node);
	else if (strlen(texts.request.name) > REQUEST_NAME_BYTES)
		return plan_reader_fail(reader, plan_node_find(node, "name"),
					"the name of a request has at most %d bytes",
					REQUEST_NAME_BYTES);
	*request = texts.request;
	return 0;
}

const struct plan_request *plan_load_find_request(const struct plan_load *load, const char *name)
{
	for (uint32_t i = 0; i < load->request_count; i++)
		if (strcmp(load->requests[i].name, name) == 0)
			return &load->requests[i];
	return NULL;
}

static int read_requests(const struct plan_reader *reader, const struct plan_node *node,
			 struct plan_load *load)
{
	int r = plan_reader_check_list(reader, node, "requests", PLAN_WIDTH);

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
		if (plan_load_find_request(load, request->name) != NULL)
			return plan_reader_fail(
				reader, node->entries[i].node,
				"two requests are named %s; give each a 'name' of its own",
				plan_reader_quote(reader, request->name));
		load->request_count = i + 1;
	}
	return 0;
}

struct load_texts {
	struct plan_load load;
	const char *iterations;
};

#define LOAD(member) offsetof(struct load_texts, load.member)

static const struct plan_field load_fields[] = {
	{"target", PLAN_TEXT, LOAD(target)},
	{"connections", PLAN_U32, LOAD(connections), 1, 1e6},
	{"threads", PLAN_U32, LOAD(threads), 1, 1024},
	{"rate", PLAN_RATE, LOAD(rate_hz)},
	{"warmup", PLAN_OTHER},
	{"duration", PLAN_DURATION, LOAD(duration_ns), 1e6, 366.0 * 24 * 3600e9},
	{"timeout", PLAN_DURATION, LOAD(timeout_ns), 1e6, 3600e9},
	{"iterations", PLAN_TEXT, offsetof(struct load_texts, iterations)},
	{"requests", PLAN_OTHER},
	{"users", PLAN_REFUSED, .hint = "'connections' is the number of requests in flight"},
	{"spawn_rate", PLAN_REFUSED},
	{"stages", PLAN_REFUSED},
	{"arrivals", PLAN_REFUSED, .hint = "'rate' sends at even distances"},
	{"abort_on", PLAN_REFUSED},
	{"think_time", PLAN_REFUSED},
	{"script", PLAN_REFUSED, .hint = "'data' fills requests from a file"},
	{NULL},
};

/* Read apart from the others because of a word that is yet to mean something. */
static int read_warmup(const struct plan_reader *reader, const struct plan_node *node,
		       struct load_texts *texts)
{
	static const struct plan_field field = {"warmup", PLAN_DURATION, LOAD(warmup_ns), 0,
						24 * 3600e9};

	if (node == NULL)
		return 0;
	if (node->kind == PLAN_NODE_TEXT && strcmp(node->text, "auto") == 0)
		return plan_reader_fail(reader, node,
					"'warmup: auto' is not supported yet; write a duration");
	return plan_reader_read_field(reader, node, &field, texts);
}

static int read_iterations(const struct plan_reader *reader, const struct plan_node *node,
			   const char *iterations, struct plan_load *load)
{
	const struct plan_node *duration = plan_node_find(node, "duration");
	bool has_data = false;
	uint64_t count;

	if (iterations == NULL || plan_reader_is_deferred(reader, iterations))
		return 0;
	if (parse_u64(iterations, &count) == 0)
		return plan_reader_fail(
			reader, plan_node_find(node, "iterations"),
			"'iterations' other than once is not supported yet; use 'duration'");
	if (strcmp(iterations, "once") != 0)
		return plan_reader_refuse(reader, plan_node_find(node, "iterations"), "iterations",
					  "once");
	if (duration != NULL)
		return plan_reader_fail(
			reader, duration,
			"'duration' beside 'iterations: once': the run ends when the data does");
	for (uint32_t i = 0; i < load->request_count; i++)
		has_data = has_data || load->requests[i].data != NULL;
	if (!has_data)
		return plan_reader_fail(reader, plan_node_find(node, "iterations"),
					"'iterations: once' sends each line of 'data' once, but no "
					"request has 'data'");
	load->is_once = true;
	load->duration_ns = 0;
	return 0;
}

int plan_load_read(const struct plan_reader *reader, const struct plan_node *node,
		   struct plan *plan)
{
	static struct plan_request default_request = {
		.name = "GET /", .method = "GET", .path = "/", .weight = 1};
	struct load_texts texts = {.load = {
					   .connections = 10,
					   .duration_ns = 10 * (uint64_t)NS_PER_S,
					   .timeout_ns = 30 * (uint64_t)NS_PER_S,
				   }};
	const struct plan_node *requests = plan_node_find(node, "requests"),
			       *target = plan_node_find(node, "target");
	int r = plan_reader_read_map(reader, node, "load", load_fields, &texts);

	if (r == 0)
		r = read_warmup(reader, plan_node_find(node, "warmup"), &texts);
	if (r == 0 && target == NULL)
		r = plan_reader_fail(reader, node,
				     "'load' needs a 'target' like http://127.0.0.1:8080");
	if (r == 0 && !plan_reader_is_deferred(reader, texts.load.target))
		r = plan_reader_check_url(reader, target, "target", false);
	if (r == 0 && requests != NULL)
		r = read_requests(reader, requests, &texts.load);
	if (r == 0 && reader->arm != NULL && texts.load.threads > texts.load.connections)
		r = plan_reader_fail(reader, plan_node_find(node, "threads"),
				     "%u 'threads' cannot share %u 'connections': each needs one",
				     texts.load.threads, texts.load.connections);
	if (r == 0)
		r = read_iterations(reader, node, texts.iterations, &texts.load);
	if (r < 0)
		return r;
	if (requests == NULL) {
		texts.load.requests = arena_new(reader->arena, struct plan_request);
		texts.load.requests[0] = default_request;
		texts.load.request_count = 1;
	}
	plan->load = texts.load;
	plan->has_load = true;
	return 0;
}
