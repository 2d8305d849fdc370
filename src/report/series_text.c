#include "report/series_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/sparkline.h"
#include "report/table.h"
#include "util/fmt.h"
#include "view/run_diff.h"

enum { SPARK_COLUMNS = 16, TEXT_BYTES = 2 * FMT_BYTES };

static bool is_of_bytes(const char *name)
{
	size_t length = strlen(name);

	return length >= 5 && strcmp(name + length - 5, "bytes") == 0;
}

/* "/s" of a rate stands behind it. */
static char *format_value(char buffer[static FMT_BYTES], const char *name, enum series_unit unit,
			  double value)
{
	switch (unit) {
	case SERIES_RATIO:
		return fmt_percent(buffer, value);
	case SERIES_BYTES:
		return fmt_bytes(buffer, value);
	case SERIES_NS:
		return fmt_duration(buffer, value);
	case SERIES_PER_SECOND:
		return is_of_bytes(name) ? fmt_bytes(buffer, value) : fmt_count(buffer, value);
	case SERIES_COUNT:
		break;
	}
	return fmt_count(buffer, value);
}

static const char *get_suffix(enum series_unit unit)
{
	return unit == SERIES_PER_SECOND ? "/s" : "";
}

static bool is_single_cpu(const char *scope)
{
	return strncmp(scope, "cpu", 3) == 0 && scope[3] >= '0' && scope[3] <= '9';
}

static const char *get_scope(const char *scope)
{
	return scope[0] != '\0' ? scope : "all services";
}

/* "process" of "process.rss"; the heading of a group. */
static void add_group(struct table *table, const char *name, const char *before)
{
	size_t length = strcspn(name, ".");
	char group[FMT_BYTES];

	if (before != NULL && strncmp(name, before, length + 1) == 0)
		return;
	snprintf(group, sizeof(group), "%.*s", (int)length, name);
	table_add_heading(table, group);
}

static const char *get_short_name(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

/* Since the begin of the window; samples are due at whole intervals and come a little later. */
static void format_peak(char buffer[static FMT_BYTES], const struct series_view_row *row,
			bool has_runs)
{
	double seconds = (double)row->max_time_ns / 1e9;
	int digits = fabs(seconds - round(seconds)) < 0.05 ? 0 : 1;

	buffer[0] = '\0';
	if (row->min >= row->max)
		return;
	if (has_runs)
		snprintf(buffer, FMT_BYTES, "%.*f s, run %u", digits, seconds, row->max_run);
	else
		snprintf(buffer, FMT_BYTES, "%.*f s", digits, seconds);
}

static void format_per_request(char buffer[static FMT_BYTES], const struct series_view_row *row)
{
	buffer[0] = '\0';
	if (!isfinite(row->per_request))
		return;
	if (row->unit == SERIES_RATIO)
		fmt_duration(buffer, row->per_request);
	else if (is_of_bytes(row->name))
		fmt_bytes(buffer, row->per_request);
	else if (row->per_request > 0 && row->per_request < 0.005)
		snprintf(buffer, FMT_BYTES, "under 0.01");
	else
		fmt_count(buffer, row->per_request);
}

static void add_row(struct table *table, const struct series_view_row *row, bool has_runs)
{
	const char *suffix = get_suffix(row->unit);
	struct strbuf bars;
	char mean[FMT_BYTES], max[FMT_BYTES], peak[FMT_BYTES], request[FMT_BYTES];

	strbuf_init(&bars, 1 << 12);
	sparkline_add(&bars, row->max_values, row->max_value_count, SPARK_COLUMNS);
	format_peak(peak, row, has_runs);
	format_per_request(request, row);
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", get_short_name(row->name));
	table_add_cell(table, TEXT_PLAIN, "%s", get_scope(row->scope));
	table_add_cell(table, TEXT_PLAIN, "%s%s",
		       format_value(mean, row->name, row->unit, row->mean), suffix);
	table_add_cell(table, TEXT_PLAIN, "%s%s", format_value(max, row->name, row->unit, row->max),
		       suffix);
	table_add_cell(table, TEXT_PLAIN, "%s", peak);
	table_add_cell(table, TEXT_PLAIN, "%s", request);
	table_add_cell(table, TEXT_DIM, "%s", strbuf_text(&bars));
	strbuf_release(&bars);
}

/* One role is all services: the total says it. */
static bool is_told(const struct series_view *view, const struct series_view_row *row)
{
	const struct series_view_row *total = series_view_find(view, row->name, "");

	return total != NULL && total != row && total->mean == row->mean &&
	       total->max == row->max && total->point_count == row->point_count;
}

bool series_text_add_view(struct strbuf *text, const struct series_view *view, bool is_all,
			  bool has_runs, const struct text_layout *layout)
{
	static const struct {
		enum table_align align;
		const char *title;
	} columns[] = {{TABLE_LEFT, "monitor"}, {TABLE_LEFT, "of"},  {TABLE_RIGHT, "mean"},
		       {TABLE_RIGHT, "max"},	{TABLE_RIGHT, "at"}, {TABLE_RIGHT, "per request"},
		       {TABLE_LEFT, ""}};
	scoped(table_cleanup) struct table *table = table_new();
	const char *before = NULL;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_add_column(table, columns[i].align, columns[i].title);
	table_set_cuttable(table, 0);
	table_set_cuttable(table, 1);
	for (uint32_t i = 0; i < view->row_count; i++) {
		const struct series_view_row *row = &view->rows[i];

		if (!is_all && (row->max <= 0 || is_single_cpu(row->scope) || is_told(view, row)))
			continue;
		add_group(table, row->name, before);
		add_row(table, row, has_runs);
		before = row->name;
	}
	if (before != NULL)
		table_format(table, text, layout);
	return before != NULL;
}

/* ---- two sides ---- */

/* With its sign; shares in points of a percent. */
static char *format_difference(char buffer[static TEXT_BYTES], const struct series_diff_row *row,
			       double value)
{
	char size[FMT_BYTES];

	if (row->unit == SERIES_RATIO)
		snprintf(buffer, TEXT_BYTES, "%+.1f", 100 * value);
	else
		snprintf(buffer, TEXT_BYTES, "%c%s", value < 0 ? '-' : '+',
			 format_value(size, row->name, row->unit, fabs(value)));
	return buffer;
}

static void add_side(struct table *table, const struct series_diff_row *row, double value)
{
	char size[FMT_BYTES];

	if (isfinite(value))
		table_add_cell(table, TEXT_PLAIN, "%s%s",
			       format_value(size, row->name, row->unit, value),
			       get_suffix(row->unit));
	else
		table_add_cell(table, TEXT_PLAIN, "–");
}

static void add_diff_row(struct table *table, const struct series_diff_row *row)
{
	const char *unit = row->unit == SERIES_RATIO ? " points" : get_suffix(row->unit);
	char middle[TEXT_BYTES], lo[TEXT_BYTES], hi[TEXT_BYTES];

	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", row->name);
	table_add_cell(table, TEXT_PLAIN, "%s", get_scope(row->scope));
	add_side(table, row, row->change.base);
	add_side(table, row, row->change.head);
	if (row->change.has_interval)
		table_add_cell(table, TEXT_PLAIN, "%s (%s … %s%s)",
			       format_difference(middle, row, row->change.difference),
			       format_difference(lo, row, row->change.lo),
			       format_difference(hi, row, row->change.hi), unit);
	else if (row->change.has_estimate)
		table_add_cell(table, TEXT_PLAIN, "%s%s",
			       format_difference(middle, row, row->change.difference), unit);
}

/* What an interval tells nothing of is not worth a line, unless there is none at all. */
static bool is_worth(const struct series_diff_row *row, bool is_all)
{
	return is_all || (!is_single_cpu(row->scope) && row->change.has_estimate &&
			  (row->change.is_apart || !row->change.has_interval));
}

void series_text_add_diff(struct strbuf *text, const struct series_diff *diff,
			  const char *base_label, const char *head_label, bool is_all,
			  const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	char title[FMT_BYTES];
	uint32_t shown = 0;

	snprintf(title, sizeof(title), "difference (%.0f %% interval)", 100 * RUN_DIFF_LEVEL);
	table_add_column(table, TABLE_LEFT, "monitor");
	table_add_column(table, TABLE_LEFT, "of");
	table_add_column(table, TABLE_RIGHT, base_label);
	table_add_column(table, TABLE_RIGHT, head_label);
	table_add_column(table, TABLE_LEFT, title);
	table_set_cuttable(table, 0);
	for (uint32_t i = 0; i < diff->row_count; i++) {
		if (!is_worth(&diff->rows[i], is_all))
			continue;
		add_diff_row(table, &diff->rows[i]);
		shown++;
	}
	if (shown > 0)
		table_format(table, text, layout);
	if (shown < diff->row_count)
		strbuf_addf(text,
			    "%u more series do not differ, or are of one side or CPU: --all\n",
			    diff->row_count - shown);
	if (diff->row_count == 0)
		strbuf_add_text(text, "no series on either side\n");
}
