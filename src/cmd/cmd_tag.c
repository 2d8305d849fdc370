#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/keep.h"
#include "cmd/look.h"
#include "report/table.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "util/alloc.h"

enum { TAG_NAME_MAX = 64 };

/*
 * A tag must not be mistaken for anything else that RUN can be: @last, an id (tags win, so one that
 * begins a stored id would hide it), a part (/arm, #3, .3), an option, a file.
 */
static int check_name(struct store *store, struct arena *arena, const char *name, struct err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	struct stored_experiment *list;
	size_t length = strlen(name);
	uint32_t count;
	int r;

	if (length == 0 || length > TAG_NAME_MAX || strspn(name, allowed) != length ||
	    name[0] == '-')
		return err_set(err, -EINVAL,
			       "'%s' cannot be a tag: letters, digits, _ and - (not as the first), "
			       "at most %d",
			       name, TAG_NAME_MAX);
	r = store_list_experiments(store, arena, &list, &count, err);
	for (uint32_t i = 0; r == 0 && i < count; i++)
		if (strncmp(list[i].id, name, length) == 0)
			return err_set(err, -EINVAL, "'%s' cannot be a tag: the id %s begins so",
				       name, list[i].id);
	return r;
}

/* What of its experiment is selected: "" all, "/arm", "/arm#pair". */
static int format_rest(const struct selection *selection, struct arena *arena,
		       const char **ret_rest, struct err *err)
{
	const struct run_record *first;
	struct stored_run *runs;
	uint32_t count, of_arm = 0;
	int r = store_list_runs(selection->store, arena, selection->experiment.id, &runs, &count,
				err);

	if (r < 0)
		return r;
	*ret_rest = "";
	if (selection->run_count == 0)
		return 0;
	first = &selection->runs[0].record;
	if (count == selection->run_count && strpbrk(selection->word, "/#") == NULL)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		of_arm += strcmp(runs[i].record.arm, first->arm) == 0 ? 1 : 0;
	if (selection->run_count == of_arm && strchr(selection->word, '#') == NULL)
		*ret_rest = arena_printf(arena, "/%s", first->arm);
	else
		*ret_rest = arena_printf(arena, "/%s#%u", first->arm, first->pair);
	return 0;
}

static int set_tag(const struct selection *selection, const char *name)
{
	scoped(store_cleanup) struct store *store = NULL;
	struct stored_experiment before;
	const char *rest, *rest_before;
	struct err err = {0};
	struct arena arena;
	bool is_moved;
	int r;

	if (keep_open(&store, store_get_path(selection->store), &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	r = check_name(store, &arena, name, &err);
	if (r == 0)
		r = format_rest(selection, &arena, &rest, &err);
	if (r == 0) {
		is_moved = store_find_experiment(store, &arena, name, &before, &rest_before,
						 NULL) == 0;
		r = store_set_tag(store, name, selection->experiment.id, rest, &err);
	}
	if (r == 0 && is_moved)
		printf("%s is %s%s now, no longer %s%s\n", name, selection->experiment.id, rest,
		       before.id, rest_before);
	else if (r == 0)
		printf("%s is %s%s\n", name, selection->experiment.id, rest);
	arena_release(&arena);
	return r < 0 ? cmd_fail(&err) : CMD_OK;
}

static int remove_tag(const struct cmd_common *common, const char *name)
{
	scoped(store_cleanup) struct store *store = NULL;
	scoped_free char *path = look_find_store(common);
	struct err err = {0};

	if (keep_open(&store, path, &err) < 0 || store_remove_tag(store, name, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}

static void add_tags(struct table *table, struct store *store, struct arena *arena,
		     const struct stored_experiment *experiment)
{
	for (const char *at = experiment->tags; at[0] != '\0';) {
		const char *end = strstr(at, ", ");
		const char *name =
			arena_strndup(arena, at, end != NULL ? (size_t)(end - at) : strlen(at));
		struct stored_experiment found;
		const char *rest = "";

		store_find_experiment(store, arena, name, &found, &rest, NULL);
		table_add_row(table);
		table_add_cell(table, TEXT_BOLD, "%s", name);
		table_add_cell(table, TEXT_PLAIN, "%s%s", experiment->id, rest);
		table_add_cell(table, TEXT_PLAIN, "%s", experiment->name);
		at = end != NULL ? end + 2 : at + strlen(at);
	}
}

static int list_tags(const struct cmd_common *common)
{
	scoped(store_cleanup) struct store *store = NULL;
	scoped(table_cleanup) struct table *table = table_new();
	scoped_free char *path = look_find_store(common);
	struct stored_experiment *list = NULL;
	struct text_layout layout = look_get_layout();
	struct err err = {0};
	struct arena arena;
	struct strbuf text;
	uint32_t count = 0;
	int status;

	table_add_column(table, TABLE_LEFT, "tag");
	table_add_column(table, TABLE_LEFT, "run");
	table_add_column(table, TABLE_LEFT, "name");
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (store_open_readonly(&store, path, &err) < 0 ||
	    store_list_experiments(store, &arena, &list, &count, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		bool has_tags = false;

		for (uint32_t i = 0; i < count; i++) {
			has_tags = has_tags || list[i].tags[0] != '\0';
			add_tags(table, store, &arena, &list[i]);
		}
		if (has_tags)
			table_format(table, &text, &layout);
		else
			strbuf_addf(&text, "no tags in %s yet; `sonde tag @last NAME` makes one\n",
				    path);
		status = cmd_write_output("", strbuf_text(&text), text.length);
	}
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static const char help[] =
	"Gives an experiment, an arm (@last/proxy) or a run (@last/proxy#3) a name that\n"
	"can stand for RUN anywhere. A name that is in use moves. Alone it lists the\n"
	"tags.";

static int run_tag(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	const char *removed = NULL;
	struct cmd_common common = {0};
	struct option_spec specs[] = {{.letter = 'd',
				       .name = "delete",
				       .kind = OPTION_TEXT,
				       .value = "NAME",
				       .target = &removed,
				       .help = "remove the tag NAME; the experiment stays"},
				      LOOK_STORE_OPTIONS(common),
				      {0}};
	struct options_rest rest;
	struct err err = {0};
	int r;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (removed != NULL || rest.count == 0)
		r = look_check_arguments(
			&rest, 0, 0, removed != NULL ? "no RUN is" : "a RUN and a NAME are", &err);
	else
		r = look_check_arguments(&rest, 2, 2, "a RUN and a NAME are", &err);
	if (r < 0)
		return cmd_usage_error(cmd, &err);
	if (removed != NULL)
		return remove_tag(&common, removed);
	if (rest.count == 0)
		return list_tags(&common);
	if (look_open(&selection, &common, rest.arguments[0], &err) < 0)
		return cmd_fail(&err);
	return set_tag(&selection, rest.arguments[1]);
}

const struct cmd cmd_tag = {
	.name = "tag",
	.group = "keep",
	.summary = "give an experiment, an arm or a run a name",
	.usage = "Usage: sonde tag [options] [RUN NAME]\n"
		 "       sonde tag -d NAME",
	.run = run_tag,
};
