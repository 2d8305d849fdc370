#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "cmd/plan_args_parts.h"
#include "load/feed.h"
#include "load/target_file.h"
#include "load/timing_file.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/strbuf.h"
#include "wire/url.h"

enum { FILE_BYTES_MAX = 1 << 30, COLUMN_BYTES_MAX = 128 };

static int read_file(const char *path, const char *what, struct strbuf *text, struct err *err)
{
	int r;

	strbuf_init(text, FILE_BYTES_MAX);
	r = fd_read_file(AT_FDCWD, path, text);
	return r < 0 ? err_set(err, r, "cannot read %s %s: %s", what, path, strerror(-r)) : 0;
}

/* "a=${a}&b=${b}" for a data file's columns. */
static int columns_as_query(const struct plan_args *args, struct strbuf *query, struct err *err)
{
	scoped(strbuf_release) struct strbuf text = {0};
	scoped(feed_cleanup) struct feed *feed = NULL;
	bool is_tab = args->separator != NULL && strcmp(args->separator, "tab") == 0;
	int r = read_file(args->data, "the data file", &text, err);

	if (r == 0)
		r = feed_new(&feed, args->data, strbuf_text(&text), text.length,
			     is_tab		       ? '\t'
			     : args->separator != NULL ? args->separator[0]
						       : 0,
			     err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < feed_get_column_count(feed); i++) {
		const char *name = feed_get_column_name(feed, i);
		char encoded[3 * COLUMN_BYTES_MAX];
		size_t length = strlen(name);

		if (length > COLUMN_BYTES_MAX)
			return err_set(err, -EINVAL,
				       "%s: a column name of %zu bytes cannot be a query "
				       "parameter; name the columns in the URL: ?x=${column}",
				       args->data, length);
		length = url_encode(encoded, name, length);
		strbuf_addf(query, "%s%.*s=${%s}", query->length > 0 ? "&" : "", (int)length,
			    encoded, name);
	}
	return 0;
}

/* What a body file holds is not looked at: who fills one means its columns. */
static bool has_column(const struct plan_args *args)
{
	bool is_found = strstr(args->url, "${") != NULL || args->body_file != NULL ||
			(args->body != NULL && strstr(args->body, "${") != NULL);

	for (size_t i = 0; i < args->headers.count && !is_found; i++)
		is_found = strstr(args->headers.items[i], "${") != NULL;
	return is_found;
}

/* A text that columns of the data are put into; without data it stands for itself. */
static void set_template(struct plan_edit *edit, const struct plan_args *args, const char *key,
			 const char *text)
{
	if (args->data != NULL)
		plan_edit_set(edit, key, text);
	else
		plan_edit_set_plain(edit, key, text);
}

static void set_path(struct plan_edit *edit, const struct plan_args *args, const char *path)
{
	scoped(strbuf_release) struct strbuf text, query;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_init(&query, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, path);
	if (args->data != NULL && !has_column(args) && edit->result == 0) {
		edit->result = columns_as_query(args, &query, edit->err);
		strbuf_addf(&text, "%c%s", strchr(path, '?') != NULL ? '&' : '?',
			    strbuf_text(&query));
	}
	set_template(edit, args, "load/requests/0/path", strbuf_text(&text));
}

static void set_headers(struct plan_edit *edit, const struct plan_args *args)
{
	for (size_t i = 0; i < args->headers.count; i++) {
		const char *header = args->headers.items[i], *colon = strchr(header, ':');
		size_t length = colon != NULL ? (size_t)(colon - header) : 0;
		scoped_free char *name = alloc_strndup(header, length);
		scoped_free char *key = alloc_printf("load/requests/0/headers/%s", name);

		if (strncmp(header, "http://", 7) == 0 || strncmp(header, "https://", 8) == 0) {
			plan_edit_fail(edit,
				       "-H is a header line like 'Name: value'; the URL stands "
				       "alone, without an option");
			return;
		}
		if (length == 0 || memchr(header, '/', length) != NULL) {
			plan_edit_fail(edit, "-H '%s' must be like 'Name: value'", header);
			return;
		}
		for (size_t j = 0; j < i; j++)
			if (strncasecmp(args->headers.items[j], header, length + 1) == 0)
				plan_edit_fail(edit, "-H '%s': there is a header '%.*s' already",
					       header, (int)length, header);
		set_template(edit, args, key, colon + 1 + strspn(colon + 1, " "));
	}
}

/* The first URL of a file that names a server, which is then the target. */
static int find_target(const struct plan_args *args, struct arena *arena, const char **ret_url,
		       struct err *err)
{
	const char *path = args->targets != NULL ? args->targets : args->replay;
	scoped(strbuf_release) struct strbuf text = {0};
	struct target_list targets;
	struct timing_list times;
	int r = read_file(path, "the file", &text, err);

	if (r == 0 && args->targets != NULL) {
		r = target_file_parse(&targets, arena, path, strbuf_text(&text), text.length, err);
		*ret_url = r == 0 ? targets.entries[0].url : NULL;
	} else if (r == 0) {
		r = timing_file_parse(&times, arena, path, strbuf_text(&text), text.length, err);
		*ret_url = r == 0 ? times.uris[0] : NULL;
	}
	if (r == 0 && (*ret_url)[0] == '/')
		r = err_set(err, -EINVAL, "%s has paths and no server: give its URL, like :8080",
			    path);
	return r;
}

static void set_target(struct plan_edit *edit, const char *text, struct url *url)
{
	char origin[URL_ORIGIN_BYTES];

	if (edit->result == 0)
		edit->result = url_parse(url, text, edit->err);
	if (edit->result == 0)
		plan_edit_set_plain(edit, "load/target", url_format_origin(url, origin));
}

/* The file has paths, methods and bodies; headers and expectations go for all. */
static void set_file(struct plan_edit *edit, const struct plan_args *args)
{
	struct arena arena;
	struct url url = {0};
	const char *target = args->url;

	arena_init(&arena);
	if (target == NULL)
		edit->result = find_target(args, &arena, &target, edit->err);
	if (edit->result == 0)
		set_target(edit, target, &url);
	if (args->url != NULL && edit->result == 0 && strcmp(url.path, "/") != 0)
		plan_edit_fail(edit,
			       "'%s': the file has the paths; of the URL only the server is used",
			       args->url);
	if (args->method != NULL || args->body != NULL || args->body_file != NULL ||
	    args->data != NULL)
		plan_edit_fail(edit,
			       "%s has the requests: only -H and the --expect options go with it",
			       args->targets != NULL ? args->targets : args->replay);
	arena_release(&arena);
	plan_edit_set_plain(edit, "load/targets", args->targets);
	plan_edit_set_plain(edit, "load/replay", args->replay);
	plan_edit_set(edit, "load/speed", args->speed);
}

static void set_url(struct plan_edit *edit, const struct plan_args *args)
{
	bool has_body = args->body != NULL || args->body_file != NULL;
	struct url url = {0};

	set_target(edit, args->url, &url);
	if (edit->result < 0)
		return;
	if (args->data == NULL && strstr(url.path, "${") != NULL) {
		edit->result = err_set(edit->err, -EINVAL,
				       "'%s' holds a ${column}, which a data file would fill in: "
				       "--data FILE",
				       url.path);
		return;
	}
	set_path(edit, args, url.path);
	plan_edit_set(edit, "load/requests/0/method",
		      args->method != NULL ? args->method
		      : has_body	   ? "POST"
					   : NULL);
	if (args->body != NULL)
		set_template(edit, args, "load/requests/0/body", args->body);
	plan_edit_set_plain(edit, "load/requests/0/body_file", args->body_file);
	plan_edit_set_plain(edit, "load/requests/0/data", args->data);
	plan_edit_set_plain(edit, "load/requests/0/separator", args->separator);
	plan_edit_set(edit, "load/requests/0/order", args->order);
}

static void set_script(struct plan_edit *edit, const struct plan_args *args)
{
	plan_edit_set_plain(edit, "load/script", args->script);
	for (uint32_t i = 0; args->script_args != NULL && args->script_args[i] != NULL; i++) {
		scoped_free char *key = alloc_printf("load/script_args/%u", i);

		plan_edit_set_plain(edit, key, args->script_args[i]);
	}
}

void plan_args_set_request(struct plan_edit *edit, const struct plan_args *args)
{
	if (args->targets != NULL || args->replay != NULL)
		set_file(edit, args);
	else
		set_url(edit, args);
	set_headers(edit, args);
	plan_edit_set(edit, "load/requests/0/expect/status", args->expect_status);
	plan_edit_set_plain(edit, "load/requests/0/expect/body", args->expect_body);
	plan_edit_set_plain(edit, "load/requests/0/expect/matches", args->expect_regex);
	set_script(edit, args);
}

bool plan_args_has_request(const struct plan_args *args)
{
	return args->curl != NULL || args->method != NULL || args->body != NULL ||
	       args->body_file != NULL || args->headers.count > 0 || args->data != NULL ||
	       args->separator != NULL || args->order != NULL || args->expect_status != NULL ||
	       args->expect_body != NULL || args->expect_regex != NULL || args->script != NULL ||
	       args->targets != NULL || args->replay != NULL || args->speed != NULL;
}
