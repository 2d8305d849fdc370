#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "report/table.h"
#include "store/store_read.h"
#include "util/alloc.h"
#include "util/fmt.h"

struct list_args {
	struct cmd_common common;
	uint32_t count; /* 0 = all */
};

/* What is listed; everything is the arena's. */
struct listing {
	struct arena arena;
	const char *store_path;
	struct stored_experiment *experiments; /* newest first */
	uint32_t count;
	struct stored_note **notes; /* by experiment */
	uint32_t *note_counts;
};

/* "a, b" is two names. */
static uint32_t count_names(const char *joined)
{
	uint32_t count = joined[0] != '\0' ? 1 : 0;

	for (const char *at = joined; (at = strstr(at, ", ")) != NULL; at += 2)
		count++;
	return count;
}

static int read_listing(struct listing *listing, uint32_t most, struct err *err)
{
	scoped(store_cleanup) struct store *store = NULL;
	int r = store_open_readonly(&store, listing->store_path, err);

	if (r == 0)
		r = store_list_experiments(store, &listing->arena, &listing->experiments,
					   &listing->count, err);
	if (r < 0)
		return r;
	if (most > 0 && listing->count > most)
		listing->count = most;
	listing->notes = arena_alloc(&listing->arena, listing->count + 1, sizeof(*listing->notes));
	listing->note_counts =
		arena_alloc(&listing->arena, listing->count + 1, sizeof(*listing->note_counts));
	for (uint32_t i = 0; i < listing->count && r == 0; i++)
		r = store_list_notes(store, &listing->arena, listing->experiments[i].id,
				     &listing->notes[i], &listing->note_counts[i], err);
	return r;
}

/* "2 × 6": arms and the runs of each; "11 of 2" when they are not the same for all. */
static void add_size(struct table *table, const struct stored_experiment *experiment)
{
	uint32_t arms = count_names(experiment->arms);

	if (arms > 1 && experiment->run_count % arms == 0)
		table_add_cell(table, TEXT_PLAIN, "%u × %u", arms, experiment->run_count / arms);
	else if (arms > 1)
		table_add_cell(table, TEXT_PLAIN, "%u of %u", experiment->run_count, arms);
	else
		table_add_cell(table, TEXT_PLAIN, "%u", experiment->run_count);
}

static enum text_style state_style(enum run_state state)
{
	return state == RUN_DONE ? TEXT_PLAIN : state == RUN_FAILED ? TEXT_BAD : TEXT_WARN;
}

static void format_table(struct strbuf *text, const struct listing *listing)
{
	static const char *const titles[] = {"id",   "when",  "kind", "name",
					     "runs", "state", "tags", "note"};
	scoped(table_cleanup) struct table *table = table_new();
	struct text_layout layout = look_get_layout();
	char when[FMT_BYTES];

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, TABLE_LEFT, titles[i]);
	table_set_cuttable(table, 3);
	table_set_cuttable(table, 7);
	for (uint32_t i = 0; i < listing->count; i++) {
		const struct stored_experiment *experiment = &listing->experiments[i];
		uint32_t notes = listing->note_counts[i];

		table_add_row(table);
		table_add_cell(table, TEXT_BOLD, "%s", experiment->id);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_wall_time(when, experiment->created_wall_ns));
		table_add_cell(table, TEXT_PLAIN, "%s", experiment->kind);
		table_add_cell(table, TEXT_PLAIN, "%s", experiment->name);
		add_size(table, experiment);
		table_add_cell(table, state_style(experiment->state), "%s",
			       run_state_name(experiment->state));
		table_add_cell(table, TEXT_PLAIN, "%s", experiment->tags);
		table_add_cell(table, TEXT_DIM, "%s",
			       notes > 0 ? listing->notes[i][notes - 1].text : "");
	}
	table_format(table, text, &layout);
}

static json_t *split_names(const char *joined)
{
	json_t *names = json_array();

	while (joined[0] != '\0') {
		const char *end = strstr(joined, ", ");
		size_t length = end != NULL ? (size_t)(end - joined) : strlen(joined);

		json_array_append_new(names, json_stringn(joined, length));
		joined += length + (end != NULL ? 2 : 0);
	}
	return names;
}

static json_t *make_experiment(const struct listing *listing, uint32_t i)
{
	const struct stored_experiment *experiment = &listing->experiments[i];
	json_t *object = json_object(), *notes = json_array();

	json_object_set_new(object, "id", json_string(experiment->id));
	json_object_set_new(object, "kind", json_string(experiment->kind));
	json_object_set_new(object, "name", json_string(experiment->name));
	json_object_set_new(object, "state", json_string(run_state_name(experiment->state)));
	json_object_set_new(object, "created_wall_ns",
			    json_integer((json_int_t)experiment->created_wall_ns));
	json_object_set_new(object, "command_line", json_string(experiment->command_line));
	json_object_set_new(object, "arms", split_names(experiment->arms));
	json_object_set_new(object, "runs", json_integer(experiment->run_count));
	json_object_set_new(object, "tags", split_names(experiment->tags));
	for (uint32_t note = 0; note < listing->note_counts[i]; note++) {
		json_t *one = json_object();

		json_object_set_new(one, "wall_ns",
				    json_integer((json_int_t)listing->notes[i][note].wall_ns));
		json_object_set_new(one, "text", json_string(listing->notes[i][note].text));
		json_array_append_new(notes, one);
	}
	json_object_set_new(object, "notes", notes);
	return object;
}

static void format_json(struct strbuf *text, const struct listing *listing)
{
	json_t *document = json_object(), *experiments = json_array();
	scoped_free char *dump = NULL;

	for (uint32_t i = 0; i < listing->count; i++)
		json_array_append_new(experiments, make_experiment(listing, i));
	json_object_set_new(document, "schema", json_string("sonde.list/1"));
	json_object_set_new(document, "store", json_string(listing->store_path));
	json_object_set_new(document, "experiments", experiments);
	dump = json_dumps(document, JSON_INDENT(2));
	strbuf_addf(text, "%s\n", dump != NULL ? dump : "{}");
	json_decref(document);
}

static int show_list(const struct list_args *args)
{
	scoped_free char *path = look_find_store(&args->common);
	struct listing listing = {.store_path = path};
	struct err err = {0};
	struct strbuf text;
	int status, r;

	arena_init(&listing.arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	r = read_listing(&listing, args->count, &err);
	if (r == -ENOENT && args->common.store == NULL)
		/* nothing measured yet is an answer; a --store that is not there is a mistake */
		r = 0;
	if (r == 0 && args->common.json != NULL)
		format_json(&text, &listing);
	else if (r == 0 && listing.count > 0)
		format_table(&text, &listing);
	else if (r == 0)
		strbuf_addf(&text,
			    "no experiments in %s yet; `sonde run` and `sonde load` make them\n",
			    path);
	if (r < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	strbuf_release(&text);
	arena_release(&listing.arena);
	return status;
}

static const char help[] =
	"The experiments of the store, the newest first, each with its last note.";

static int run_list(const struct cmd *cmd, int argc, const char **argv)
{
	struct list_args args = {0};
	struct option_spec specs[] = {{.letter = 'n',
				       .name = "lines",
				       .kind = OPTION_COUNT,
				       .value = "N",
				       .target = &args.count,
				       .help = "only the last N"},
				      CMD_COMMON_OPTIONS(args.common),
				      {0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 0, 0, "no argument is", &err) < 0)
		return cmd_usage_error(cmd, &err);
	return show_list(&args);
}

const struct cmd cmd_list = {
	.name = "list",
	.group = "keep",
	.summary = "the experiments of the store",
	.usage = "Usage: sonde list [options]",
	.run = run_list,
};
