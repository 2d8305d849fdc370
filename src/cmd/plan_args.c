#include "cmd/plan_args.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lab/command_line.h"
#include "load/feed.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"
#include "wire/url.h"

struct edit {
	struct plan *plan;
	struct err *err;
	int result; /* the first error; later edits do nothing */
};

static void set(struct edit *edit, const char *key, const char *value)
{
	if (edit->result == 0 && value != NULL)
		edit->result = plan_set(edit->plan, key, value, edit->err);
}

/* 0 = not given. */
static void set_count(struct edit *edit, const char *key, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	if (value > 0)
		set(edit, key, text);
}

/* In the greatest unit that takes no fraction: "10s", "500ms". */
static void set_duration(struct edit *edit, const char *key, uint64_t ns)
{
	bool is_seconds = ns % NS_PER_S == 0, is_ms = ns % NS_PER_MS == 0;
	uint64_t value = is_seconds ? ns / NS_PER_S : is_ms ? ns / NS_PER_MS : ns;
	char text[32];

	if (ns == PLAN_ARGS_UNSET)
		return;
	snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value,
		 is_seconds ? "s"
		 : is_ms    ? "ms"
			    : "ns");
	set(edit, key, text);
}

static void set_load(struct edit *edit, const struct plan_args *args)
{
	char rate[64];

	if (args->duration_ns == 0 || args->timeout_ns == 0) {
		edit->result = err_set(edit->err, -EINVAL, "%s must be above 0, like 10s or 500ms",
				       args->duration_ns == 0 ? "-d (--duration)" : "--timeout");
		return;
	}
	set_count(edit, "load/connections", args->connections);
	set_count(edit, "load/threads", args->threads);
	set_duration(edit, "load/warmup", args->warmup_ns);
	set_duration(edit, "load/timeout", args->timeout_ns);
	set_duration(edit, "load/duration", args->duration_ns);
	if (args->is_once) {
		set(edit, "load/iterations", "once");
		/* they exclude each other */
		if (edit->result == 0 && args->duration_ns == PLAN_ARGS_UNSET)
			edit->result = plan_set(edit->plan, "load/duration", NULL, edit->err);
	}
	snprintf(rate, sizeof(rate), "%.10g/s", args->rate_hz);
	if (args->rate_hz > 0)
		set(edit, "load/rate", rate);
}

bool plan_args_has_load(const struct plan_args *args)
{
	return args->rate_hz > 0 || args->connections > 0 || args->threads > 0 || args->is_once ||
	       args->warmup_ns != PLAN_ARGS_UNSET || args->timeout_ns != PLAN_ARGS_UNSET ||
	       args->duration_ns != PLAN_ARGS_UNSET;
}

/* "?a=${a}&b=${b}" for a data file's columns. */
static int columns_as_query(const struct plan_args *args, struct strbuf *query, struct err *err)
{
	scoped(feed_cleanup) struct feed *feed = NULL;
	struct strbuf text;
	int r;

	strbuf_init(&text, 1 << 30);
	r = fd_read_file(AT_FDCWD, args->data, &text);
	if (r < 0)
		err_set(err, r, "cannot read the data file %s: %s", args->data, strerror(-r));
	else
		r = feed_new(&feed, args->data, strbuf_text(&text), text.length,
			     args->separator != NULL ? args->separator[0] : 0, err);
	strbuf_release(&text);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < feed_get_column_count(feed); i++) {
		const char *name = feed_get_column_name(feed, i);
		char encoded[3 * 128];
		size_t length = strlen(name);

		if (length > 128)
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

static bool has_column(const struct plan_args *args)
{
	bool is_found = strstr(args->url, "${") != NULL ||
			(args->body != NULL && strstr(args->body, "${") != NULL);

	for (size_t i = 0; i < args->headers.count && !is_found; i++)
		is_found = strstr(args->headers.items[i], "${") != NULL;
	return is_found;
}

/* Scheme and authority are the target, the rest is the request. */
static int set_request(struct edit *edit, const struct plan_args *args)
{
	struct url url;
	struct strbuf path;
	scoped_free char *target = NULL;
	int r = url_parse(&url, args->url, edit->err);

	if (r < 0)
		return r;
	target = alloc_printf("http://%s", url.authority);
	strbuf_init(&path, 1 << 20);
	strbuf_add_text(&path, args->data == NULL ? plan_escape(edit->plan, url.path) : url.path);
	if (args->data != NULL && !has_column(args)) {
		struct strbuf query;

		strbuf_init(&query, 1 << 20);
		r = columns_as_query(args, &query, edit->err);
		strbuf_addf(&path, "%c%s", strchr(url.path, '?') != NULL ? '&' : '?',
			    strbuf_text(&query));
		strbuf_release(&query);
	}
	set(edit, "load/target", target);
	set(edit, "load/requests/0/path", strbuf_text(&path));
	strbuf_release(&path);
	return r;
}

static int set_headers(struct edit *edit, const struct plan_args *args)
{
	for (size_t i = 0; i < args->headers.count; i++) {
		const char *header = args->headers.items[i], *colon = strchr(header, ':');
		scoped_free char *key = NULL;

		if (colon == NULL || colon == header ||
		    memchr(header, '/', (size_t)(colon - header)) != NULL)
			return err_set(edit->err, -EINVAL, "-H '%s' must be like 'Name: value'",
				       header);
		key = alloc_printf("load/requests/0/headers/%.*s", (int)(colon - header), header);
		set(edit, key, colon + 1 + strspn(colon + 1, " "));
	}
	return 0;
}

static void set_service(struct edit *edit, const struct plan_args *args)
{
	struct strbuf command;

	if (args->command == NULL && args->target == NULL)
		return;
	set(edit, "services/0/name", "service");
	set(edit, "services/0/attach", args->target);
	if (args->command != NULL) {
		strbuf_init(&command, 1 << 20);
		command_line_join(args->command, &command);
		set(edit, "services/0/command", plan_escape(edit->plan, strbuf_text(&command)));
		strbuf_release(&command);
	}
	if (args->ready != NULL) {
		struct url url;
		scoped_free char *text = NULL;

		edit->result =
			edit->result < 0 ? edit->result : url_parse(&url, args->ready, edit->err);
		if (edit->result < 0)
			return;
		text = alloc_printf("http://%s%s", url.authority, url.path);
		set(edit, "services/0/ready/http", plan_escape(edit->plan, text));
	}
}

/* A started service without --ready is ready when the URL's port accepts connections. */
static void set_default_ready(struct edit *edit, const struct plan_args *args)
{
	struct url url;
	char address[URL_HOST_BYTES + 16];

	if (args->command == NULL || args->ready != NULL || args->url == NULL || edit->result < 0 ||
	    url_parse(&url, args->url, NULL) < 0)
		return;
	snprintf(address, sizeof(address), strchr(url.host, ':') != NULL ? "[%s]:%u" : "%s:%u",
		 url.host, url.port);
	set(edit, "services/0/ready/tcp", address);
}

/* After the program, or the server; names hold no '$'. */
static void set_name(struct edit *edit, const struct plan_args *args)
{
	struct url url;

	if (args->command != NULL)
		set(edit, "name", args->command[0]);
	else if (args->url != NULL && url_parse(&url, args->url, NULL) == 0)
		set(edit, "name", url.authority);
	else
		set(edit, "name", args->target);
}

int plan_args_make(struct plan *plan, const struct plan_args *args, struct err *err)
{
	struct edit edit = {.plan = plan, .err = err};
	int r;

	plan_init(plan, ".");
	set_name(&edit, args);
	set_service(&edit, args);
	set_default_ready(&edit, args);
	if (args->url != NULL) {
		r = set_request(&edit, args);
		if (r == 0)
			r = set_headers(&edit, args);
		if (r < 0)
			return r;
		set(&edit, "load/requests/0/method",
		    args->method != NULL ? args->method
		    : args->body != NULL ? "POST"
					 : NULL);
		set(&edit, "load/requests/0/body",
		    args->body != NULL && args->data == NULL ? plan_escape(plan, args->body)
							     : args->body);
		set(&edit, "load/requests/0/data", args->data);
		set(&edit, "load/requests/0/separator", args->separator);
		set_load(&edit, args);
	}
	return edit.result < 0 ? edit.result : plan_update(plan, err);
}

int plan_args_override(struct plan *plan, const struct plan_args *args, struct err *err)
{
	struct edit edit = {.plan = plan, .err = err};

	if (!plan_args_has_load(args))
		return 0;
	set_load(&edit, args);
	return edit.result < 0 ? edit.result : plan_update(plan, err);
}
