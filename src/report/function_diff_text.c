#include "report/function_diff_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/table.h"
#include "util/alloc.h"

#define MOST_PERCENT 999.0

char *function_diff_text_format_value(char text[static FMT_BYTES], enum profile_work work,
				      bool is_clock, double value)
{
	if (work == PROFILE_SHARE)
		return fmt_percent(text, value);
	if (!is_clock)
		return fmt_count(text, value);
	/* ns of CPU time a second are a share of a CPU */
	return work == PROFILE_PER_SECOND ? fmt_percent(text, value / 1e9)
					  : fmt_duration(text, value);
}

/* "+12.3"; beyond the tenfold the digits say nothing more. */
static const char *format_bound(char text[static FMT_BYTES], double ratio)
{
	double percent = (ratio - 1) * 100;

	snprintf(text, FMT_BYTES, percent > MOST_PERCENT ? ">+999" : "%+.1f", percent);
	return text;
}

char *function_diff_text_format_visible(char text[static FMT_BYTES], double visible)
{
	if (visible * 100 > MOST_PERCENT)
		snprintf(text, FMT_BYTES, ">999 %%");
	else
		fmt_percent(text, visible);
	return text;
}

void function_diff_text_add_change(struct strbuf *buffer, double ratio, double lo, double hi)
{
	char text[FMT_BYTES], bounds[2][FMT_BYTES];

	strbuf_add_text(buffer, fmt_change(text, ratio));
	if (!isnan(lo) && !isnan(hi))
		strbuf_addf(buffer, " (%s … %s %%)", format_bound(bounds[0], lo),
			    format_bound(bounds[1], hi));
}

static enum text_style get_style(const struct function_diff_row *row)
{
	if (!row->is_significant)
		return row->is_tested ? TEXT_PLAIN : TEXT_DIM;
	return row->head > row->base ? TEXT_BAD : TEXT_GOOD;
}

static void add_change_cell(struct table *table, const struct function_diff_row *row, bool can_test)
{
	struct strbuf text;

	strbuf_init(&text, 256);
	if (can_test && !row->is_tested && !row->is_hidden)
		strbuf_add_text(&text, "too few samples");
	else if (row->base <= 0)
		strbuf_add_text(&text, row->is_new ? "new" : "only in head");
	else if (row->head <= 0)
		strbuf_add_text(&text, row->is_vanished ? "gone" : "only in base");
	else
		function_diff_text_add_change(&text, row->ratio, row->lo, row->hi);
	table_add_cell(table, get_style(row), "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static const char *format_q(char text[static FMT_BYTES], double q)
{
	if (isnan(q))
		return "-";
	return q < 0.001 ? "<0.1 %" : fmt_percent(text, q);
}

static void add_value_cell(struct table *table, const struct function_diff *diff, double value)
{
	char text[FMT_BYTES];

	if (value > 0)
		function_diff_text_format_value(text, diff->work, diff->is_clock, value);
	table_add_cell(table, TEXT_PLAIN, "%s", value > 0 ? text : "-");
}

static void add_name_cell(struct table *table, enum text_style style, const char *name)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	text_add_clean(&text, name);
	table_add_cell(table, style, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_row(struct table *table, const struct function_diff *diff,
		    const struct function_diff_row *row)
{
	char text[FMT_BYTES];

	table_add_row(table);
	add_value_cell(table, diff, row->base);
	add_value_cell(table, diff, row->head);
	add_change_cell(table, row, diff->can_test);
	table_add_cell(table, TEXT_PLAIN, "%s", row->is_tested ? format_q(text, row->q) : "");
	table_add_cell(table, TEXT_DIM, "%s",
		       row->is_tested && isfinite(row->visible)
			       ? function_diff_text_format_visible(text, row->visible)
			       : "");
	add_name_cell(table, row->is_significant ? TEXT_BOLD : TEXT_PLAIN, row->name);
	add_name_cell(table, TEXT_DIM, row->module);
}

void function_diff_text_add_summary(struct strbuf *buffer, const struct function_diff *diff)
{
	uint32_t untested = diff->count - diff->tested_count;
	char tested[FMT_BYTES], few[FMT_BYTES];

	strbuf_addf(buffer, "%s function%s tested, %u changed (q <= %.0f %%)",
		    fmt_count(tested, diff->tested_count), diff->tested_count == 1 ? "" : "s",
		    diff->significant_count, FUNCTION_DIFF_Q * 100);
	if (untested > 0)
		strbuf_addf(buffer, ", %s with fewer than %d samples not tested",
			    fmt_count(few, untested), FUNCTION_DIFF_SAMPLES);
}

/* A paragraph of what was gathered. */
static void add_line(struct strbuf *buffer, const struct text_layout *layout, struct strbuf *line)
{
	text_add_wrapped(buffer, layout, 2, strbuf_text(line));
	strbuf_clear(line);
}

static void add_notes(struct strbuf *buffer, const struct function_diff *diff, uint32_t shown,
		      const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	if (!diff->can_test) {
		strbuf_add_text(&line, FUNCTION_DIFF_TEXT_NO_TEST);
		add_line(buffer, layout, &line);
		strbuf_release(&line);
		return;
	}
	function_diff_text_add_summary(&line, diff);
	if (shown < diff->tested_count)
		strbuf_addf(&line, "; %u more not shown", diff->tested_count - shown);
	strbuf_add_char(&line, '.');
	add_line(buffer, layout, &line);
	if (diff->is_within_run) {
		strbuf_add_text(&line, "One run each, held against its own seconds: within-run "
				       "only, no verdict.");
		add_line(buffer, layout, &line);
	} else if (diff->tested_count == 0) {
		strbuf_addf(&line, "No function has %d samples: measure for longer, or oftener.",
			    FUNCTION_DIFF_SAMPLES);
		add_line(buffer, layout, &line);
	}
	if (diff->merged_count > 0) {
		strbuf_addf(&line, "%u module%s one row, because only one side has symbols of %s.",
			    diff->merged_count, diff->merged_count == 1 ? " is" : "s are",
			    diff->merged_count == 1 ? "it" : "them");
		add_line(buffer, layout, &line);
	}
	strbuf_release(&line);
}

void function_diff_text_add(struct strbuf *buffer, const struct function_diff *diff, uint32_t most,
			    const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	uint32_t shown = diff->count < most ? diff->count : most;

	strbuf_addf(buffer, "%s, by function%s: base, head\n", diff->measure,
		    diff->is_total ? " with what it calls" : "");
	table_add_column(table, TABLE_RIGHT, "base");
	table_add_column(table, TABLE_RIGHT, "head");
	table_add_column(table, TABLE_LEFT, "change (95 %)");
	table_add_column(table, TABLE_RIGHT, "q");
	table_add_column(table, TABLE_RIGHT, "sees");
	table_add_column(table, TABLE_LEFT, "function");
	table_add_column(table, TABLE_LEFT, "module");
	table_set_cuttable(table, 5);
	for (uint32_t i = 0; i < shown; i++)
		add_row(table, diff, &diff->rows[i]);
	table_format(table, buffer, layout);
	add_notes(buffer, diff, shown, layout);
}
