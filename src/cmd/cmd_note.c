#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/keep.h"
#include "cmd/look.h"
#include "store/store_write.h"
#include "util/alloc.h"
#include "util/fmt.h"

static int print_notes(const struct selection *selection)
{
	struct stored_note *notes = NULL;
	struct err err = {0};
	struct arena arena;
	uint32_t count = 0;
	int status = CMD_OK;

	arena_init(&arena);
	if (store_list_notes(selection->store, &arena, selection->experiment.id, &notes, &count,
			     &err) < 0)
		status = cmd_fail(&err);
	for (uint32_t i = 0; i < count; i++) {
		char when[FMT_BYTES];

		printf("%s  %s\n", fmt_wall_time(when, notes[i].wall_ns), notes[i].text);
	}
	arena_release(&arena);
	return status;
}

static int add_note(const struct selection *selection, const char *text)
{
	scoped(store_cleanup) struct store *store = NULL;
	struct err err = {0};

	if (keep_open(&store, store_get_path(selection->store), &err) < 0 ||
	    store_add_note(store, selection->experiment.id, text, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}

/* The words of a note, one blank between them. */
static char *join(const char *const *words, uint32_t count)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	for (uint32_t i = 0; i < count; i++)
		strbuf_addf(&text, "%s%s", i > 0 ? " " : "", words[i]);
	return strbuf_take(&text);
}

static const char help[] =
	"Adds a note to an experiment: why it was made, what was found. `sonde show`\n"
	"and `sonde list` have it. Without TEXT it prints the notes that there are.";

static int run_note(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped_free char *text = NULL;
	struct cmd_common common = {0};
	struct option_spec specs[] = {LOOK_STORE_OPTIONS(common), {0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_BEFORE_ARGS, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 1, UINT32_MAX, "a RUN and a TEXT are", &err) < 0)
		return cmd_usage_error(cmd, &err);
	text = join(rest.arguments + 1, rest.count - 1);
	if (rest.count > 1 && text[strspn(text, " \t\n")] == '\0') {
		err_set(&err, -EINVAL, "the text of the note is empty");
		return cmd_usage_error(cmd, &err);
	}
	if (look_open(&selection, &common, rest.arguments[0], &err) < 0)
		return cmd_fail(&err);
	return rest.count > 1 ? add_note(&selection, text) : print_notes(&selection);
}

const struct cmd cmd_note = {
	.name = "note",
	.group = "keep",
	.summary = "add a note to an experiment",
	.usage = "Usage: sonde note [options] RUN [TEXT …]",
	.run = run_note,
};
