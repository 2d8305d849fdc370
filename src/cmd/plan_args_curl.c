#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "cmd/plan_args.h"
#include "util/fd.h"
#include "wire/curl_line.h"

static int read_data(void *context, const char *path, struct strbuf *out, struct err *err)
{
	int r = fd_read_file(AT_FDCWD, strcmp(path, "-") == 0 ? "/dev/stdin" : path, out);

	(void)context;
	return r < 0 ? err_set(err, r, "--curl: cannot read %s: %s", path, strerror(-r)) : 0;
}

/* Whether one of the first `count` header lines has this name. */
static bool has_header(const struct option_list *headers, size_t count, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (strncasecmp(headers->items[i], name, length) == 0 &&
		    headers->items[i][length] == ':')
			return true;
	return false;
}

/* Behind those of -H, which take the place of the same ones. */
static void take_headers(struct plan_args *args, const struct curl_line *line)
{
	size_t own_count = args->headers.count;

	for (uint32_t i = 0; i < line->header_count; i++) {
		const struct curl_line_header *header = &line->headers[i];

		if (!has_header(&args->headers, own_count, header->name))
			vec_push(&args->headers,
				 arena_printf(&args->arena, "%s: %s", header->name, header->value));
	}
}

static const char *first_of(const char *typed, const char *pasted)
{
	return typed != NULL ? typed : pasted;
}

static void take_connection(struct plan_args *args, const struct curl_line *line)
{
	bool is_stated = args->is_http1 || args->is_http2;

	if (args->unix_socket == NULL)
		args->connect_to = first_of(args->connect_to, line->connect_to);
	args->cert = first_of(args->cert, line->cert_file);
	args->key = first_of(args->key, line->key_file);
	args->is_insecure = args->is_insecure || (line->is_insecure && args->ca == NULL);
	if (!args->is_insecure)
		args->ca = first_of(args->ca, line->ca_file);
	args->is_http1 = args->is_http1 || (!is_stated && line->protocol == CURL_LINE_HTTP1);
	args->is_http2 = args->is_http2 || (!is_stated && line->protocol == CURL_LINE_HTTP2);
	if (args->timeout_ns == PLAN_EDIT_UNSET && line->timeout_ns > 0)
		args->timeout_ns = line->timeout_ns;
}

int plan_args_take_curl(struct plan_args *args, struct err *err)
{
	char origin[URL_ORIGIN_BYTES];
	struct curl_line line;
	int r;

	if (args->curl == NULL)
		return 0;
	r = curl_line_parse(&line, args->curl, &args->arena, read_data, NULL, err);
	if (r < 0)
		return r;
	if (line.body != NULL && strlen(line.body) != line.body_length)
		return err_set(err, -EINVAL,
			       "--curl: the body holds a NUL byte; give it with --body-file");
	args->url = first_of(args->url,
			     arena_printf(&args->arena, "%s%s",
					  url_format_origin(&line.url, origin), line.url.path));
	args->method = first_of(args->method, line.method);
	if (args->body_file == NULL)
		args->body = first_of(args->body, line.body);
	args->notes = line.notes;
	args->note_count = line.note_count;
	take_headers(args, &line);
	take_connection(args, &line);
	return 0;
}
