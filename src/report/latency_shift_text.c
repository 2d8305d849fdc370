#include "report/latency_shift_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/table.h"
#include "util/fmt.h"
#include "view/run_diff.h"

enum {
	BAR_MOST = 41,
	BAR_LEAST = 15,	   /* narrower ones say nothing: there is none */
	OTHER_COLUMNS = 24 /* the gaps, the quantile, and the change */
};

/* Intervals may reach this much further than the farthest value before they are cut. */
#define REACH 1.5

void latency_shift_text_find_scale(const struct latency_shift *shift, double delta, double *ret_lo,
				   double *ret_hi)
{
	double lo = -1.5 * delta, hi = 1.5 * delta, farthest = hi;

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		if (!isfinite(shift->rows[i].change))
			continue;
		lo = fmin(lo, shift->rows[i].change);
		hi = fmax(hi, shift->rows[i].change);
	}
	farthest = fmax(-lo, hi);
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		if (!isfinite(shift->rows[i].lo))
			continue;
		lo = fmin(lo, fmax(shift->rows[i].lo, -REACH * farthest));
		hi = fmax(hi, fmin(shift->rows[i].hi, REACH * farthest));
	}
	*ret_lo = lo;
	*ret_hi = hi;
}

/* ---- the bar ---- */

struct scale {
	double lo, hi, delta;
	uint32_t columns;
};

static bool is_within(const struct scale *scale, double change)
{
	return change >= scale->lo && change <= scale->hi;
}

static uint32_t get_column(const struct scale *scale, double change)
{
	double place = (change - scale->lo) / (scale->hi - scale->lo);

	return (uint32_t)lround(fmin(fmax(place, 0), 1) * (scale->columns - 1));
}

static const char *get_mark(const struct scale *scale, const struct latency_shift_row *row,
			    uint32_t column)
{
	uint32_t lo, hi;

	if (column == get_column(scale, row->change))
		return "●";
	if (isfinite(row->lo)) {
		lo = get_column(scale, row->lo);
		hi = get_column(scale, row->hi);
		if (column == lo)
			return is_within(scale, row->lo) ? "├" : "◂";
		if (column == hi)
			return is_within(scale, row->hi) ? "┤" : "▸";
		if (column > lo && column < hi)
			return column == get_column(scale, 0) ? "┼" : "─";
	}
	if (column == get_column(scale, 0))
		return "│";
	return column >= get_column(scale, -scale->delta) &&
			       column <= get_column(scale, scale->delta)
		       ? "·"
		       : " ";
}

static void add_bar(struct table *table, const struct scale *scale,
		    const struct latency_shift_row *row, enum text_style style)
{
	struct strbuf bar;

	strbuf_init(&bar, 1 << 12);
	for (uint32_t column = 0; column < scale->columns; column++)
		strbuf_add_text(&bar, get_mark(scale, row, column));
	table_add_cell(table, style, "%s", strbuf_text(&bar));
	strbuf_release(&bar);
}

/* "-12 %      0    +5 %" over the bar's ends and its zero. */
static void format_axis(char axis[static BAR_MOST + 1], const struct scale *scale)
{
	char left[FMT_BYTES], right[FMT_BYTES];
	uint32_t zero = get_column(scale, 0);
	size_t begin, end;

	snprintf(left, sizeof(left), "%+.*f %%", scale->lo > -0.1 ? 1 : 0, 100 * scale->lo);
	snprintf(right, sizeof(right), "%+.*f %%", scale->hi < 0.1 ? 1 : 0, 100 * scale->hi);
	begin = strlen(left);
	end = scale->columns - strlen(right);
	memset(axis, ' ', scale->columns);
	axis[scale->columns] = '\0';
	if (zero > begin)
		memcpy(axis, left, begin);
	if (zero + 1 < end)
		memcpy(axis + end, right, strlen(right));
	axis[zero] = '0';
}

/* ---- the table ---- */

static void add_value(struct table *table, double ns)
{
	char text[FMT_BYTES];

	if (isfinite(ns))
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_duration(text, ns));
	else
		table_add_cell(table, TEXT_PLAIN, "–");
}

/* Shorter times are better. */
static enum text_style get_style(const struct latency_shift_row *row)
{
	if (!row->is_apart_in_band)
		return TEXT_PLAIN;
	return row->change < 0 ? TEXT_GOOD : TEXT_BAD;
}

static int get_decimals(double lo, double hi)
{
	return fmax(fabs(lo), fabs(hi)) < 0.9995 ? 1 : 0;
}

static void add_row(struct table *table, const struct latency_shift_row *row,
		    const struct scale *scale)
{
	enum text_style style = get_style(row);
	int decimals = get_decimals(row->lo, row->hi);

	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", row->name);
	add_value(table, row->base);
	add_value(table, row->head);
	if (!isfinite(row->change))
		return;
	if (row->is_below_resolution)
		table_add_cell(table, TEXT_PLAIN, "same");
	else
		table_add_cell(table, style, "%+.*f %%", fabs(row->change) < 9.9995 ? 1 : 0,
			       100 * row->change);
	if (isfinite(row->lo))
		table_add_cell(table, TEXT_PLAIN, "%+.*f … %+.*f %%%s", decimals, 100 * row->lo,
			       decimals, 100 * row->hi, row->is_apart_in_band ? " *" : "");
	else
		table_add_cell(table, TEXT_PLAIN, "–");
	if (scale->columns > 0)
		add_bar(table, scale, row, style);
}

/* The widest interval, and the labels, decide what is left for the bar. */
static uint32_t find_bar_columns(const struct latency_shift *shift,
				 const struct latency_shift_labels *labels,
				 const struct text_layout *layout)
{
	uint32_t used = OTHER_COLUMNS, interval = 13, base = text_width(labels->base),
		 head = text_width(labels->head);

	if (layout->columns == 0)
		return BAR_MOST;
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		const struct latency_shift_row *row = &shift->rows[i];
		int decimals = get_decimals(row->lo, row->hi);
		int width = isfinite(row->lo) ? snprintf(NULL, 0, "%+.*f . %+.*f %% *", decimals,
							 100 * row->lo, decimals, 100 * row->hi)
					      : 0;

		interval = (uint32_t)width > interval ? (uint32_t)width : interval;
	}
	used += interval + (base > 7 ? base : 7) + (head > 7 ? head : 7);
	if (used + BAR_LEAST > layout->columns)
		return 0;
	return layout->columns - used < BAR_MOST ? layout->columns - used : BAR_MOST;
}

static void add_table(struct strbuf *text, const struct latency_shift *shift,
		      const struct latency_shift_labels *labels, const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	struct scale scale = {.delta = labels->delta > 0 ? labels->delta : RUN_DIFF_DELTA,
			      .columns = find_bar_columns(shift, labels, layout)};
	char axis[BAR_MOST + 1] = "", interval[FMT_BYTES];

	latency_shift_text_find_scale(shift, scale.delta, &scale.lo, &scale.hi);
	snprintf(interval, sizeof(interval), "%.0f %% interval", 100 * shift->level);
	table_add_column(table, TABLE_LEFT, "");
	table_add_column(table, TABLE_RIGHT, labels->base);
	table_add_column(table, TABLE_RIGHT, labels->head);
	table_add_column(table, TABLE_RIGHT, "change");
	table_add_column(table, TABLE_LEFT, interval);
	table_set_cuttable(table, 1);
	table_set_cuttable(table, 2);
	if (scale.columns > 0) {
		format_axis(axis, &scale);
		table_add_column(table, TABLE_LEFT, axis);
	}
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		add_row(table, &shift->rows[i], &scale);
	table_format(table, text, layout);
}

void latency_shift_text_format(struct strbuf *text, const struct latency_shift *shift,
			       const struct latency_shift_labels *labels,
			       const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, 1 << 16);
	strbuf_add_text(&line, "response times");
	if (shift->request[0] != '\0') {
		strbuf_add_text(&line, " of ");
		text_add_clean(&line, shift->request);
	}
	strbuf_addf(&line, ": how far each quantile moved (%s, %u and %u runs)", shift->design,
		    shift->base_runs, shift->head_runs);
	if (layout->columns > 0 && text_width(strbuf_text(&line)) > layout->columns) {
		text_add_wrapped(text, layout, 2, strbuf_text(&line));
	} else {
		text_add_styled(text, layout, TEXT_BOLD, strbuf_text(&line));
		strbuf_add_char(text, '\n');
	}
	add_table(text, shift, labels, layout);
	strbuf_clear(&line);
	for (int i = 0; i < LATENCY_SHIFT_ROWS && line.length == 0; i++)
		if (shift->rows[i].is_apart_in_band)
			strbuf_add_text(&line, "* ");
	latency_shift_text_add_summary(&line, shift);
	text_add_wrapped(text, layout, 2, strbuf_text(&line));
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		if (shift->rows[i].why_not[0] != '\0')
			text_add_wrapped(text, layout, 2, shift->rows[i].why_not);
	for (uint32_t i = 0; i < shift->note_count; i++)
		text_add_wrapped(text, layout, 2, shift->notes[i]);
	if (shift->left_out[0] != '\0') {
		strbuf_clear(&line);
		strbuf_addf(&line, "left out: %s", shift->left_out);
		text_add_wrapped(text, layout, 2, strbuf_text(&line));
	}
	strbuf_release(&line);
}

/* ---- in a line ---- */

/* Neighbouring rows that stand, and go the same way. */
static int find_end(const struct latency_shift *shift, int first)
{
	int end = first;

	while (end < LATENCY_SHIFT_ROWS && shift->rows[end].is_apart_in_band &&
	       (shift->rows[end].change < 0) == (shift->rows[first].change < 0))
		end++;
	return end;
}

static void add_stretch(struct strbuf *text, const struct latency_shift *shift, int first, int end)
{
	double lo = (double)INFINITY, hi = -(double)INFINITY;

	for (int i = first; i < end; i++) {
		lo = fmin(lo, shift->rows[i].change);
		hi = fmax(hi, shift->rows[i].change);
	}
	if (end - first == 1)
		strbuf_addf(text, "%s %+.1f %%", shift->rows[first].name, 100 * lo);
	else
		strbuf_addf(text, "%s to %s %+.1f to %+.1f %%", shift->rows[first].name,
			    shift->rows[end - 1].name, 100 * lo, 100 * hi);
}

void latency_shift_text_add_summary(struct strbuf *text, const struct latency_shift *shift)
{
	uint32_t stretches = 0, intervals = 0;

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		intervals += isfinite(shift->rows[i].lo) ? 1 : 0;
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		int end = find_end(shift, i);

		if (end == i)
			continue;
		strbuf_add_text(text, stretches++ == 0 ? "beyond noise: " : ", ");
		add_stretch(text, shift, i, end);
		i = end - 1;
	}
	if (stretches == 0 && intervals == 0)
		strbuf_add_text(text, "no quantile has an interval");
	else if (stretches == 0)
		strbuf_addf(text, "no quantile moved beyond noise (all %u looked at together)",
			    intervals);
	else if (shift->is_within_run)
		strbuf_add_text(text, " (within the runs)");
}
