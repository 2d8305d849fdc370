#include "cmd/compare_many.h"

#include <stdlib.h>

#include "cmd/compare_labels.h"
#include "cmd/look.h"
#include "export/json_run_table.h"
#include "report/run_table_text.h"
#include "util/alloc.h"
#include "view/run_table.h"

struct words {
	struct selection *selections; /* `count`; those that cannot be opened have no store */
	uint32_t count;
	int status; /* of the last word that failed */
};

static void open_words(struct words *words, const struct cmd_common *common,
		       const struct options_rest *rest)
{
	scoped_free struct selection **opened =
		alloc_array(words->count, sizeof(struct selection *));
	uint32_t opened_count = 0;

	for (uint32_t i = 0; i < words->count; i++) {
		struct selection *selection = &words->selections[i];
		struct err err = {0};

		if (look_open(selection, common, rest->count > 0 ? rest->arguments[i] : CMD_LAST,
			      &err) < 0) {
			words->status = cmd_fail(&err);
			selection_release(selection);
		} else {
			opened[opened_count++] = selection;
		}
	}
	compare_labels_shorten(opened, opened_count);
}

/* The texts of the rows are the selections': these stay open until the table is printed. */
static void fill_table(struct words *words, struct run_table *table, struct arena *arena)
{
	for (uint32_t i = 0; i < words->count; i++) {
		struct err err = {0};

		if (words->selections[i].store != NULL &&
		    run_table_add(table, arena, &words->selections[i], &err) < 0)
			words->status = cmd_fail(&err);
	}
}

static int print_table(const struct run_table *table, const struct cmd_common *common,
		       enum compare_output output, const char *path)
{
	struct text_layout layout = path != NULL ? (struct text_layout){0} : look_get_layout();
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (output == OUTPUT_JSON)
		json_run_table_write(&text, table);
	else if (output == OUTPUT_MARKDOWN)
		run_table_text_add_markdown(&text, table);
	else
		run_table_text_add(&text, table, &layout);
	status = path != NULL ? cmd_write_file(path, strbuf_text(&text), text.length)
			      : cmd_write_output(common->json != NULL ? common->json : "",
						 strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

int compare_many_show(const struct cmd_common *common, const struct options_rest *rest,
		      enum compare_output output, const char *path)
{
	struct words words = {.count = rest->count > 0 ? rest->count : 1};
	struct run_table table = {0};
	struct arena arena;
	int status;

	arena_init(&arena);
	words.selections = alloc_array(words.count, sizeof(*words.selections));
	open_words(&words, common, rest);
	fill_table(&words, &table, &arena);
	status = words.status;
	if (table.rows.count > 0) {
		int printed = print_table(&table, common, output, path);

		status = status != CMD_OK ? status : printed;
	}
	run_table_release(&table);
	for (uint32_t i = 0; i < words.count; i++)
		selection_release(&words.selections[i]);
	free(words.selections);
	arena_release(&arena);
	return status;
}
