#include "report/compare_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/markdown.h"
#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "report/table.h"

enum { COMPARE_COLUMNS = 5 };

static uint32_t count_most(const struct run_diff *diff, bool is_head)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < diff->metric_count; i++) {
		uint32_t count = is_head ? diff->metrics[i].n_head : diff->metrics[i].n_base;

		most = count > most ? count : most;
	}
	return most;
}

void compare_text_add_head(struct strbuf *buffer, const struct run_diff *diff,
			   const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_addf(&text, "%s against %s: ", diff->head_label, diff->base_label);
	if (strcmp(diff->design, "paired") == 0)
		strbuf_addf(&text, "%" PRIu32 " pair%s, interleaved", diff->pair_count,
			    diff->pair_count == 1 ? "" : "s");
	else
		strbuf_addf(&text, "%" PRIu32 " and %" PRIu32 " runs, not interleaved",
			    count_most(diff, true), count_most(diff, false));
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

void compare_text_add_differences(struct strbuf *buffer, const struct comparability *comparability,
				  const struct run_diff *diff, const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < comparability->count; i++) {
		const struct comparability_difference *one = &comparability->differences[i];
		bool is_refused = one->severity == COMPARABILITY_REFUSED;

		strbuf_addf(&text, "%s  %s: ", is_refused ? "INCOMPARABLE" : "differs", one->what);
		if (strcmp(one->base, one->head) == 0)
			strbuf_addf(&text, "%s (both)", one->base);
		else
			strbuf_addf(&text, "%s (%s); %s (%s)", one->base, diff->base_label,
				    one->head, diff->head_label);
		text_add_wrapped(buffer, layout, 4, strbuf_text(&text));
		strbuf_clear(&text);
	}
	strbuf_release(&text);
}

struct cell {
	struct strbuf text;
	enum text_style style;
};

/* The cells of a metric: label, base, head, change, verdict. */
static void make_row(struct cell cells[static COMPARE_COLUMNS],
		     const struct run_diff_metric *metric, const struct metric_info *previous)
{
	for (int i = 0; i < COMPARE_COLUMNS; i++) {
		strbuf_clear(&cells[i].text);
		cells[i].style = TEXT_PLAIN;
	}
	metric_text_add_label(&cells[0].text, metric->info, metric->scope, previous);
	if (metric->is_primary && metric->scope[0] == '\0')
		strbuf_add_text(&cells[0].text, " *");
	metric_text_add_value(&cells[1].text, metric->info, metric->base);
	metric_text_add_value(&cells[2].text, metric->info, metric->head);
	metric_text_add_change(&cells[3].text, metric);
	if (metric_notes_is_noise(metric)) {
		strbuf_add_text(&cells[4].text, "within noise");
		cells[4].style = TEXT_DIM;
	} else {
		strbuf_add_text(&cells[4].text, verdict_name(metric->verdict));
		cells[4].style = metric_text_get_style(metric->verdict);
	}
}

typedef void (*add_row_fn)(void *context, const struct cell cells[static COMPARE_COLUMNS]);

static void for_each_row(const struct run_diff *diff, bool is_all, add_row_fn add, void *context)
{
	const struct metric_info *previous = NULL;
	struct cell cells[COMPARE_COLUMNS];

	for (int i = 0; i < COMPARE_COLUMNS; i++)
		strbuf_init(&cells[i].text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];

		if (!metric_text_is_shown(metric->info, metric->scope, is_all) &&
		    !(metric->is_primary && metric->scope[0] == '\0'))
			continue;
		make_row(cells, metric, previous);
		add(context, cells);
		previous = metric->info;
	}
	for (int i = 0; i < COMPARE_COLUMNS; i++)
		strbuf_release(&cells[i].text);
}

static void add_table_row(void *context, const struct cell cells[static COMPARE_COLUMNS])
{
	struct table *table = context;

	table_add_row(table);
	for (int i = 0; i < COMPARE_COLUMNS; i++)
		table_add_cell(table, cells[i].style, "%s", strbuf_text(&cells[i].text));
}

void compare_text_add_metrics(struct strbuf *buffer, const struct run_diff *diff, bool is_all,
			      const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	char title[METRIC_TEXT_TITLE_BYTES];

	table_add_column(table, TABLE_LEFT, "metric");
	table_add_column(table, TABLE_RIGHT, diff->base_label);
	table_add_column(table, TABLE_RIGHT, diff->head_label);
	table_add_column(table, TABLE_LEFT, metric_text_format_title(title, diff));
	table_add_column(table, TABLE_LEFT, "verdict");
	table_set_cuttable(table, 0);
	for_each_row(diff, is_all, add_table_row, table);
	table_format(table, buffer, layout);
}

static void add_markdown_row(void *context, const struct cell cells[static COMPARE_COLUMNS])
{
	const char *texts[COMPARE_COLUMNS];

	for (int i = 0; i < COMPARE_COLUMNS; i++)
		texts[i] = strbuf_text(&cells[i].text);
	markdown_add_row(context, texts, COMPARE_COLUMNS);
}

void compare_text_add_markdown(struct strbuf *buffer, const struct run_diff *diff, bool is_all)
{
	char title[METRIC_TEXT_TITLE_BYTES];
	const char *titles[COMPARE_COLUMNS] = {"metric", diff->base_label, diff->head_label,
					       metric_text_format_title(title, diff), "verdict"};
	static const bool is_right[COMPARE_COLUMNS] = {false, true, true, false, false};

	markdown_add_head(buffer, titles, is_right, COMPARE_COLUMNS);
	for_each_row(diff, is_all, add_markdown_row, buffer);
}
