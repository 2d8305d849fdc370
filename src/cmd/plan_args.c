#include "cmd/plan_args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/plan_args_parts.h"
#include "lab/command_line.h"
#include "util/alloc.h"
#include "util/strbuf.h"
#include "wire/url.h"

static void set_service(struct plan_edit *edit, const struct plan_args *args)
{
	struct strbuf command;

	if (args->command == NULL && args->target == NULL)
		return;
	plan_edit_set(edit, "services/0/name", "service");
	plan_edit_set(edit, "services/0/attach", args->target);
	if (args->command != NULL) {
		strbuf_init(&command, 1 << 20);
		command_line_join(args->command, &command);
		plan_edit_set(edit, "services/0/command",
			      plan_escape(edit->plan, strbuf_text(&command)));
		strbuf_release(&command);
	}
	if (args->ready != NULL) {
		struct url url;
		char origin[URL_ORIGIN_BYTES];
		scoped_free char *text = NULL;

		edit->result =
			edit->result < 0 ? edit->result : url_parse(&url, args->ready, edit->err);
		if (edit->result < 0)
			return;
		text = alloc_printf("%s%s", url_format_origin(&url, origin), url.path);
		plan_edit_set(edit, "services/0/ready/http", plan_escape(edit->plan, text));
	}
}

/* A started service without --ready is ready when the URL's port accepts connections. */
static void set_default_ready(struct plan_edit *edit, const struct plan_args *args)
{
	struct url url;
	char address[URL_HOST_BYTES + 16];

	if (args->command == NULL || args->ready != NULL || args->url == NULL || edit->result < 0 ||
	    url_parse(&url, args->url, NULL) < 0)
		return;
	if (url.socket_path[0] != '\0')
		snprintf(address, sizeof(address), "unix:%s", url.socket_path);
	else
		snprintf(address, sizeof(address),
			 strchr(url.host, ':') != NULL ? "[%s]:%u" : "%s:%u", url.host, url.port);
	plan_edit_set(edit, "services/0/ready/tcp", address);
}

/* After the program, or the server; names hold no '$'. */
static void set_name(struct plan_edit *edit, const struct plan_args *args)
{
	struct url url;

	if (args->command != NULL)
		plan_edit_set(edit, "name", args->command[0]);
	else if (args->url != NULL && url_parse(&url, args->url, NULL) == 0)
		plan_edit_set(edit, "name", url.authority);
	else
		plan_edit_set(edit, "name", args->target);
}

int plan_args_make(struct plan *plan, const struct plan_args *args, struct err *err)
{
	struct plan_edit edit = {.plan = plan, .err = err};
	bool has_load = args->url != NULL || args->targets != NULL || args->replay != NULL;

	plan_init(plan, ".");
	edit.result = plan_args_check(args, false, err);
	if (edit.result < 0)
		return edit.result;
	set_name(&edit, args);
	set_service(&edit, args);
	set_default_ready(&edit, args);
	if (has_load) {
		plan_args_set_request(&edit, args);
		plan_args_set_load(&edit, args);
	}
	return edit.result < 0 ? edit.result : plan_update(plan, err);
}

int plan_args_override(struct plan *plan, const struct plan_args *args, struct err *err)
{
	struct plan_edit edit = {.plan = plan, .err = err, .is_over_loads = args->is_over_loads};

	if (!plan_args_has_load(args))
		return 0;
	edit.result = plan_args_check(args, true, err);
	if (edit.result == 0)
		plan_args_set_load(&edit, args);
	return edit.result < 0 ? edit.result : plan_update(plan, err);
}

void plan_args_release(struct plan_args *args)
{
	vec_release(&args->headers);
	vec_release(&args->sources);
	vec_release(&args->thresholds);
	vec_release(&args->aborts);
	arena_release(&args->arena);
}

int plan_args_read_vars(const struct option_list *list, struct arena *arena,
			struct plan_pair **ret_pairs, struct err *err)
{
	struct plan_pair *pairs = arena_alloc(arena, list->count + 1, sizeof(*pairs));

	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->items[i], '=');

		if (equals == NULL || equals == list->items[i])
			return err_set(err, -EINVAL, "--var %s must be like name=value",
				       list->items[i]);
		pairs[i].name =
			arena_printf(arena, "%.*s", (int)(equals - list->items[i]), list->items[i]);
		pairs[i].value = equals + 1;
	}
	*ret_pairs = pairs;
	return 0;
}

int plan_args_read_plan(struct plan *plan, const char *path, const struct option_list *vars,
			const char *load, const struct plan_args *args, struct err *err)
{
	struct plan whole = {0};
	struct plan_pair *pairs = NULL;
	struct arena arena;
	int r;

	arena_init(&arena);
	r = plan_args_read_vars(vars, &arena, &pairs, err);
	if (r == 0)
		r = plan_read(load != NULL ? &whole : plan, path != NULL ? path : ".", pairs,
			      (uint32_t)vars->count, err);
	if (r == 0 && load != NULL)
		r = plan_choose_load(&whole, load, plan, err);
	if (r == 0)
		r = plan_args_override(plan, args, err);
	plan_release(&whole);
	arena_release(&arena);
	return r;
}
