#include "report/wait_diff_text.h"

#include <math.h>
#include <stdio.h>

#include "report/table.h"
#include "util/fmt.h"
#include "view/run_diff.h"

enum { TEXT_BYTES = FMT_BYTES + 8 };

static char *format_value(char buffer[static FMT_BYTES], const struct wait_diff_row *row,
			  double value)
{
	if (!isfinite(value))
		snprintf(buffer, FMT_BYTES, "–");
	else if (row->kind == WAIT_DIFF_TIME)
		fmt_duration(buffer, value);
	else if (value > 0 && value < 0.0995) /* of a hundred requests one */
		snprintf(buffer, FMT_BYTES, "%.2g", value);
	else
		fmt_count(buffer, value);
	return buffer;
}

static char *format_difference(char buffer[static TEXT_BYTES], const struct wait_diff_row *row,
			       double value)
{
	char size[FMT_BYTES];

	snprintf(buffer, TEXT_BYTES, "%c%s", value < 0 ? '-' : '+',
		 format_value(size, row, fabs(value)));
	return buffer;
}

static const char *get_heading(enum wait_diff_kind kind)
{
	switch (kind) {
	case WAIT_DIFF_TIME:
		return "time per request";
	case WAIT_DIFF_EVENT:
		return "events per request";
	case WAIT_DIFF_SYSCALL:
		return "system calls per request";
	}
	return "";
}

/* More time or more calls for a request is worse; it is the interval that makes it sure. */
static enum text_style get_style(const struct wait_diff_row *row)
{
	if (!row->change.is_apart)
		return TEXT_PLAIN;
	return row->change.difference > 0 ? TEXT_BAD : TEXT_GOOD;
}

static void add_row(struct table *table, const struct wait_diff_row *row)
{
	char value[FMT_BYTES], middle[TEXT_BYTES], lo[TEXT_BYTES], hi[TEXT_BYTES];

	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "  %s", row->name);
	table_add_cell(table, TEXT_PLAIN, "%s", format_value(value, row, row->change.base));
	table_add_cell(table, TEXT_PLAIN, "%s", format_value(value, row, row->change.head));
	if (row->change.has_interval)
		table_add_cell(table, get_style(row), "%s (%s … %s)",
			       format_difference(middle, row, row->change.difference),
			       format_difference(lo, row, row->change.lo),
			       format_difference(hi, row, row->change.hi));
	else if (row->change.has_estimate)
		table_add_cell(table, TEXT_PLAIN, "%s",
			       format_difference(middle, row, row->change.difference));
}

static bool has_intervals(const struct wait_diff *diff)
{
	for (uint32_t i = 0; i < diff->row_count; i++)
		if (diff->rows[i].change.has_interval)
			return true;
	return false;
}

/* By kind, each as the view has it: what is apart first. Returns how many. */
static uint32_t add_rows(struct table *table, const struct wait_diff *diff, bool is_all)
{
	static const enum wait_diff_kind kinds[] = {WAIT_DIFF_TIME, WAIT_DIFF_EVENT,
						    WAIT_DIFF_SYSCALL};
	uint32_t shown = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		bool has_heading = false;

		for (uint32_t i = 0; i < diff->row_count; i++) {
			if (diff->rows[i].kind != kinds[k] ||
			    !(is_all || diff->rows[i].change.is_apart))
				continue;
			if (!has_heading)
				table_add_heading(table, get_heading(kinds[k]));
			has_heading = true;
			add_row(table, &diff->rows[i]);
			shown++;
		}
	}
	return shown;
}

void wait_diff_text_format(struct strbuf *text, const struct wait_diff *diff,
			   const char *base_label, const char *head_label, bool is_all,
			   const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	char title[FMT_BYTES];
	uint32_t shown;

	snprintf(title, sizeof(title), "difference (%.0f %% interval)", 100 * RUN_DIFF_LEVEL);
	table_add_column(table, TABLE_LEFT, "");
	table_add_column(table, TABLE_RIGHT, base_label);
	table_add_column(table, TABLE_RIGHT, head_label);
	table_add_column(table, TABLE_LEFT, title);
	table_set_cuttable(table, 0);
	shown = add_rows(table, diff, is_all || !has_intervals(diff));
	if (shown > 0)
		table_format(table, text, layout);
	if (diff->row_count == 0)
		strbuf_add_text(text, "nothing is known of waiting on either side\n");
	else if (shown < diff->row_count)
		strbuf_addf(text, "%u %sdo not differ: --all\n", diff->row_count - shown,
			    shown > 0 ? "more " : "times and counts per request ");
	if (diff->lacking[0] != '\0')
		text_add_wrapped(text, layout, 2, diff->lacking);
}
