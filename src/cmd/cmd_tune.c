#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/window.h"
#include "export/json_text.h"
#include "lab/cpu_split.h"
#include "lab/tune.h"
#include "lab/tune_command.h"
#include "lab/tune_item.h"
#include "lab/tune_setting.h"
#include "report/text.h"

struct tune_args {
	struct cmd_common common;
	bool is_apply, is_restore;
	const char *const *command;
};

enum { INDENT_COLUMNS = 8 };

/* --- what is shown --- */

static enum text_style get_style(enum tune_item_state state)
{
	switch (state) {
	case TUNE_QUIET:
	case TUNE_SET:
		return TEXT_GOOD;
	case TUNE_NOISY:
		return TEXT_WARN;
	case TUNE_ADVICE:
	case TUNE_KEPT:
	case TUNE_ABSENT:
		return TEXT_DIM;
	}
	return TEXT_PLAIN;
}

static void format_item(struct strbuf *text, const struct text_layout *layout,
			const struct tune_item *item)
{
	bool is_wanting = item->state == TUNE_NOISY || item->state == TUNE_ADVICE;
	scoped(strbuf_release) struct strbuf why;
	char state[INDENT_COLUMNS + 1];

	strbuf_init(&why, STRBUF_MAX_DEFAULT);
	snprintf(state, sizeof(state), "%-*s", INDENT_COLUMNS, tune_item_state_name(item->state));
	text_add_styled(text, layout, get_style(item->state), state);
	strbuf_addf(text, "%-21s %s", item->name, item->value);
	if (item->wanted[0] != '\0')
		strbuf_addf(text, ", better %s", item->wanted);
	if (item->before[0] != '\0')
		strbuf_addf(text, ", was %s", item->before);
	strbuf_add_char(text, '\n');
	if (is_wanting || item->state == TUNE_KEPT) {
		strbuf_addf(&why, "%*s%s", INDENT_COLUMNS, "", item->why);
		text_add_wrapped(text, layout, INDENT_COLUMNS, strbuf_text(&why));
	}
	if (is_wanting && item->command[0] != '\0')
		strbuf_addf(text, "%*s%s\n", INDENT_COLUMNS, "", item->command);
}

static void format_split(struct strbuf *text, const struct text_layout *layout,
			 const struct cpu_split *split)
{
	scoped(strbuf_release) struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	if (split->services[0] == '\0')
		strbuf_add_text(&line, "CPUs    one core: services and load generator have to "
				       "share it");
	else
		strbuf_addf(
			&line,
			"CPUs    services: {cpus: \"%s\"} in the plan; the load generator takes "
			"the others, %s%s",
			split->services, split->generator,
			split->has_siblings ? " (threads of a core stay together)" : "");
	text_add_wrapped(text, layout, INDENT_COLUMNS, strbuf_text(&line));
}

static bool is_any(const struct tune_items *items, enum tune_item_state state)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i].state == state)
			return true;
	return false;
}

static void format_next(struct strbuf *text, const struct tune_items *items)
{
	if (is_any(items, TUNE_NOISY))
		strbuf_add_text(text, "\nsudo sonde tune --apply               sets what is noisy, "
				      "until sonde tune --restore\n"
				      "sudo sonde tune --apply -- COMMAND    sets it while COMMAND "
				      "runs\n");
	if (is_any(items, TUNE_SET))
		strbuf_add_text(text, "\nsudo sonde tune --restore             puts back what was "
				      "set\n");
}

static void format_text(struct strbuf *text, const struct tune_items *items,
			const struct cpu_split *split)
{
	struct text_layout layout = {.columns = cmd_get_width(STDOUT_FILENO),
				     .has_color = cmd_has_color(STDOUT_FILENO)};

	for (size_t i = 0; i < items->count; i++)
		format_item(text, &layout, &items->items[i]);
	if (split != NULL)
		format_split(text, &layout, split);
	format_next(text, items);
}

static json_t *make_text(const char *text)
{
	return json_text_make(text[0] != '\0' ? text : NULL);
}

static json_t *make_item(const struct tune_item *item)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(item->name));
	json_object_set_new(object, "state", json_string(tune_item_state_name(item->state)));
	json_object_set_new(object, "value",
			    item->state != TUNE_ABSENT ? json_text_make(item->value) : json_null());
	json_object_set_new(object, "wanted", make_text(item->wanted));
	json_object_set_new(object, "before", make_text(item->before));
	json_object_set_new(object, "why", json_string(item->why));
	json_object_set_new(object, "command", make_text(item->command));
	return object;
}

static void format_json(struct strbuf *text, const struct tune_items *items,
			const struct cpu_split *split)
{
	json_t *document = json_object(), *list = json_array(), *cpus = json_null();

	for (size_t i = 0; i < items->count; i++)
		json_array_append_new(list, make_item(&items->items[i]));
	if (split != NULL) {
		cpus = json_object();
		json_object_set_new(cpus, "services", make_text(split->services));
		json_object_set_new(cpus, "generator", make_text(split->generator));
		json_object_set_new(cpus, "cores", json_integer(split->core_count));
		json_object_set_new(cpus, "has_siblings", json_boolean(split->has_siblings));
	}
	json_object_set_new(document, "schema", json_string("sonde.tune/1"));
	json_object_set_new(document, "settings", list);
	json_object_set_new(document, "cpus", cpus);
	json_text_write(text, document, true);
}

/* How things are now. */
static int show(const struct procfs *fs, const char *json)
{
	struct tune_items items = {0};
	struct cpu_split split;
	bool has_split = cpu_split_propose(fs, &split) == 0;
	struct arena arena;
	struct strbuf text;
	int status;

	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	tune_item_examine(fs, &arena, &items);
	if (json != NULL)
		format_json(&text, &items, has_split ? &split : NULL);
	else
		format_text(&text, &items, has_split ? &split : NULL);
	status = cmd_write_output(json != NULL ? json : "", strbuf_text(&text), text.length);
	strbuf_release(&text);
	vec_release(&items);
	arena_release(&arena);
	return status;
}

/* --- what is done --- */

/* What could not be done to a setting, once for all its files, with the command that does it. */
static void print_failure(const struct tune_change *change, bool is_restoring)
{
	const struct tune_setting *setting = tune_setting_find(change->name, change->path);
	const char *value = is_restoring ? change->before : change->after;
	struct arena arena;

	arena_init(&arena);
	if (change->code == -ESTALE)
		fprintf(stderr, "sonde: %s was changed by somebody since, and is left as it is\n",
			change->name);
	else
		fprintf(stderr, "sonde: %s cannot be set to %s (%s)%s%s\n", change->name, value,
			strerror(-change->code), setting != NULL ? ": " : "",
			setting != NULL ? tune_setting_format_command(setting, &arena, value) : "");
	arena_release(&arena);
}

/* How many failed; a note or a complaint for each setting. */
static size_t report(const struct tune_changes *changes, bool is_restoring)
{
	size_t failed = 0;

	for (size_t i = 0; i < changes->count; i++) {
		const struct tune_change *change = &changes->items[i];
		bool is_first = i == 0 || strcmp(change->name, changes->items[i - 1].name) != 0 ||
				change->code != changes->items[i - 1].code;

		failed += change->code < 0 && change->code != -ESTALE;
		if (change->code < 0 && is_first)
			print_failure(change, is_restoring);
		else if (change->code == 0 && is_first)
			fprintf(stderr, "sonde: %s %s → %s\n", change->name,
				is_restoring ? change->after : change->before,
				is_restoring ? change->before : change->after);
	}
	return failed;
}

/* CMD_OK unless there was something to set, and nothing of it could be. */
static int apply(struct tune *tune, struct tune_changes *changes)
{
	struct err err = {0};

	if (tune_apply(tune, changes, &err) < 0) {
		cmd_fail(&err);
		return CMD_NOT_MEASURED;
	}
	if (report(changes, false) == 0 || changes->count == 0)
		return CMD_OK;
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].code == 0)
			return CMD_OK;
	fprintf(stderr, "sonde: nothing could be set\n");
	return CMD_NOT_MEASURED;
}

static int put_back(struct tune *tune, bool is_everything)
{
	struct tune_changes changes = {0};
	struct err err = {0};
	int result = is_everything ? tune_restore(tune, &changes, &err)
				   : tune_undo(tune, &changes, &err);
	size_t failed = report(&changes, true);

	if (result < 0)
		cmd_fail(&err);
	else if (is_everything && changes.count == 0)
		fprintf(stderr, "sonde: there is nothing to put back\n");
	vec_release(&changes);
	return result < 0 || failed > 0 ? CMD_NOT_MEASURED : CMD_OK;
}

static int run_command(struct tune *tune, const char *const *argv)
{
	struct tune_command command = {0};
	struct tune_changes changes = {0};
	struct err err = {0};
	int status, wait_status = 0, restored;

	if (tune_command_open(&command, argv, &err) < 0) {
		cmd_fail(&err);
		return CMD_NOT_MEASURED;
	}
	status = apply(tune, &changes);
	if (status == CMD_OK) {
		if (tune_command_run(&command, &wait_status, &err) < 0) {
			cmd_fail(&err);
			status = CMD_NOT_MEASURED;
		} else {
			status = window_pass_status(wait_status);
		}
	}
	restored = put_back(tune, false);
	tune_command_close(&command);
	vec_release(&changes);
	return status != CMD_OK ? status : restored;
}

static int apply_and_show(struct tune *tune, const struct procfs *fs, const char *json)
{
	struct tune_changes changes = {0};
	int status = apply(tune, &changes);
	int shown = show(fs, json);

	vec_release(&changes);
	return status != CMD_OK ? status : shown;
}

/* --- what was typed --- */

static int check_args(struct tune_args *args, const struct options_rest *rest, struct err *err)
{
	args->command = rest->command;
	if (rest->count > 0)
		return err_set(err, -EINVAL, "no argument is expected, not '%s'%s",
			       rest->arguments[0],
			       args->is_apply ? "; the command goes behind --" : "");
	if (args->is_apply && args->is_restore)
		return err_set(err, -EINVAL, "--apply and --restore: one of them");
	if (args->command != NULL && !args->is_apply)
		return err_set(err, -EINVAL,
			       "a command runs with --apply: sonde tune --apply -- %s",
			       args->command[0] != NULL ? args->command[0] : "COMMAND");
	if (args->command != NULL && args->command[0] == NULL)
		return err_set(err, -EINVAL, "there is no command behind --");
	if (args->common.json != NULL && (args->command != NULL || args->is_restore))
		return err_set(err, -EINVAL,
			       "--json is of what tune shows: alone, or with --apply without a "
			       "command");
	return 0;
}

static const char help[] =
	"Shows what makes measurements on this machine noisy, or hides what is to be\n"
	"measured: each setting with its value, a better one, why, and the command.\n"
	"Changes nothing without --apply, and remembers what it changes.";

static int run_tune(const struct cmd *cmd, int argc, const char **argv)
{
	struct tune_args args = {0};
	struct option_spec specs[] = {
		{.name = "apply",
		 .kind = OPTION_FLAG,
		 .target = &args.is_apply,
		 .help = "set what is noisy, until --restore; with a COMMAND, while it runs"},
		{.name = "restore",
		 .kind = OPTION_FLAG,
		 .target = &args.is_restore,
		 .help = "put back what --apply has set, also after a crash"},
		CMD_COMMON_OPTIONS(args.common),
		{0}};
	scoped(tune_cleanup) struct tune *tune = NULL;
	struct options_rest rest;
	struct err err = {0};
	struct procfs fs;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	proc_file_init(&fs, "");
	tune = tune_new(&fs);
	if (args.is_restore)
		return put_back(tune, true);
	if (args.command != NULL)
		return run_command(tune, args.command);
	return args.is_apply ? apply_and_show(tune, &fs, args.common.json)
			     : show(&fs, args.common.json);
}

const struct cmd cmd_tune = {
	.name = "tune",
	.group = "machine",
	.summary = "make the machine quieter for measurements, and put it back",
	.usage = "Usage: sonde tune [--json]\n"
		 "       sonde tune --apply [-- COMMAND …]\n"
		 "       sonde tune --restore",
	.run = run_tune,
};
