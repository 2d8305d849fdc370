#include "report/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clean.h"
#include "util/vec.h"

enum { TABLE_GAP = 2, TABLE_CUT_MIN = 12 };

struct table_column {
	char *title;
	enum table_align align;
	bool is_cuttable;
};

struct table_cell {
	char *text;
	enum text_style style;
};

struct table_row {
	char *heading; /* NULL = a row of cells */
	VEC(struct table_cell) cells;
};

struct table {
	VEC(struct table_column) columns;
	VEC(struct table_row) rows;
};

struct table *table_new(void)
{
	return alloc_new(struct table);
}

void table_free(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->columns.count; i++)
		free(table->columns.items[i].title);
	for (size_t i = 0; i < table->rows.count; i++) {
		struct table_row *row = &table->rows.items[i];

		for (size_t j = 0; j < row->cells.count; j++)
			free(row->cells.items[j].text);
		vec_release(&row->cells);
		free(row->heading);
	}
	vec_release(&table->columns);
	vec_release(&table->rows);
	free(table);
}

void table_add_column(struct table *table, enum table_align align, const char *title)
{
	struct table_column column = {.title = alloc_strdup(title), .align = align};

	vec_push(&table->columns, column);
}

void table_set_cuttable(struct table *table, uint32_t column)
{
	if (column < table->columns.count)
		table->columns.items[column].is_cuttable = true;
}

void table_add_row(struct table *table)
{
	struct table_row row = {0};

	vec_push(&table->rows, row);
}

void table_add_heading(struct table *table, const char *text)
{
	struct table_row row = {.heading = alloc_strdup(text)};

	clean_text(row.heading, ' ');
	vec_push(&table->rows, row);
}

void table_add_cell(struct table *table, enum text_style style, const char *format, ...)
{
	struct table_row *row;
	struct table_cell cell = {.style = style};
	va_list args;

	if (table->rows.count == 0)
		return;
	row = &table->rows.items[table->rows.count - 1];
	va_start(args, format);
	if (row->heading != NULL || row->cells.count >= table->columns.count ||
	    vasprintf(&cell.text, format, args) < 0)
		cell.text = NULL;
	va_end(args);
	if (cell.text == NULL)
		return;
	/* Names come from other programs: nothing in them may move the cursor. */
	clean_text(cell.text, ' ');
	vec_push(&row->cells, cell);
}

static void measure(const struct table *table, uint32_t *widths)
{
	for (size_t i = 0; i < table->columns.count; i++)
		widths[i] = text_width(table->columns.items[i].title);
	for (size_t i = 0; i < table->rows.count; i++) {
		const struct table_row *row = &table->rows.items[i];

		for (size_t j = 0; j < row->cells.count; j++) {
			uint32_t width = text_width(row->cells.items[j].text);

			widths[j] = width > widths[j] ? width : widths[j];
		}
	}
}

static uint32_t sum_widths(const struct table *table, const uint32_t *widths, uint32_t gap)
{
	uint32_t sum = gap * (uint32_t)(table->columns.count - 1);

	for (size_t i = 0; i < table->columns.count; i++)
		sum += widths[i];
	return sum;
}

/* The widest column that may still be cut; NULL = none. */
static uint32_t *find_cuttable(const struct table *table, uint32_t *widths)
{
	uint32_t *widest = NULL;

	for (size_t i = 0; i < table->columns.count; i++)
		if (table->columns.items[i].is_cuttable && widths[i] > TABLE_CUT_MIN &&
		    (widest == NULL || widths[i] > *widest))
			widest = &widths[i];
	return widest;
}

/* False when no gap and no cut makes it fit. */
static bool fit(const struct table *table, uint32_t *widths, uint32_t columns, uint32_t *ret_gap)
{
	uint32_t gap = TABLE_GAP, *cuttable;

	while (columns > 0 && sum_widths(table, widths, gap) > columns) {
		if (gap > 1) {
			gap--;
			continue;
		}
		cuttable = find_cuttable(table, widths);
		if (cuttable == NULL)
			return false;
		(*cuttable)--;
	}
	*ret_gap = gap;
	return true;
}

static void add_padded(struct strbuf *buffer, const struct text_layout *layout, uint32_t width,
		       enum table_align align, bool is_last, const struct table_cell *cell)
{
	struct strbuf cut;
	uint32_t used;

	strbuf_init(&cut, STRBUF_MAX_DEFAULT);
	text_add_cut(&cut, cell->text, width);
	used = text_width(strbuf_text(&cut));
	if (align == TABLE_RIGHT)
		strbuf_addf(buffer, "%*s", (int)(width - used), "");
	text_add_styled(buffer, layout, cell->style, strbuf_text(&cut));
	if (align == TABLE_LEFT && !is_last)
		strbuf_addf(buffer, "%*s", (int)(width - used), "");
	strbuf_release(&cut);
}

/* Without blanks at the line's end. */
static void add_line(const struct table *table, struct strbuf *buffer,
		     const struct text_layout *layout, const uint32_t *widths, uint32_t gap,
		     const struct table_cell *cells, size_t count)
{
	while (count > 0 && cells[count - 1].text[0] == '\0')
		count--;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strbuf_addf(buffer, "%*s", (int)gap, "");
		add_padded(buffer, layout, widths[i], table->columns.items[i].align, i + 1 == count,
			   &cells[i]);
	}
	strbuf_add_char(buffer, '\n');
}

static void add_titles(const struct table *table, struct strbuf *buffer,
		       const struct text_layout *layout, const uint32_t *widths, uint32_t gap)
{
	VEC(struct table_cell) titles = {0};
	bool has_title = false;

	for (size_t i = 0; i < table->columns.count; i++) {
		struct table_cell cell = {table->columns.items[i].title, TEXT_BOLD};

		has_title = has_title || cell.text[0] != '\0';
		vec_push(&titles, cell);
	}
	if (has_title)
		add_line(table, buffer, layout, widths, gap, titles.items, titles.count);
	vec_release(&titles);
}

/* A line that is styled where it fits, and wrapped where it does not. */
static void add_text(struct strbuf *buffer, const struct text_layout *layout, enum text_style style,
		     uint32_t indent, const char *text)
{
	if (layout->columns > 0 && text_width(text) > layout->columns) {
		text_add_wrapped(buffer, layout, indent, text);
		return;
	}
	text_add_styled(buffer, layout, style, text);
	strbuf_add_char(buffer, '\n');
}

/* The first cell, and below it a line for each of the others that says something. */
static void add_block(const struct table *table, struct strbuf *buffer,
		      const struct text_layout *layout, const struct table_row *row)
{
	int indent = row->cells.count > 0 ? (int)strspn(row->cells.items[0].text, " ") + 2 : 0;

	for (size_t i = 0; i < row->cells.count; i++) {
		const struct table_cell *cell = &row->cells.items[i];
		const char *title = table->columns.items[i].title;
		scoped_free char *line = NULL;

		if (i == 0) {
			add_text(buffer, layout, TEXT_BOLD, (uint32_t)indent, cell->text);
			continue;
		}
		if (cell->text[0] == '\0')
			continue;
		line = title[0] != '\0' ? alloc_printf("%*s%s: %s", indent, "", title, cell->text)
					: alloc_printf("%*s%s", indent, "", cell->text);
		add_text(buffer, layout, cell->style, (uint32_t)indent + 2, line);
	}
}

void table_format(const struct table *table, struct strbuf *buffer,
		  const struct text_layout *layout)
{
	scoped_free uint32_t *widths = alloc_array(table->columns.count + 1, sizeof(*widths));
	uint32_t gap = TABLE_GAP;
	bool is_fitting;

	if (table->columns.count == 0)
		return;
	measure(table, widths);
	is_fitting = fit(table, widths, layout->columns, &gap);
	if (is_fitting)
		add_titles(table, buffer, layout, widths, gap);
	for (size_t i = 0; i < table->rows.count; i++) {
		const struct table_row *row = &table->rows.items[i];

		if (row->heading != NULL)
			add_text(buffer, layout, TEXT_BOLD, 2, row->heading);
		else if (is_fitting)
			add_line(table, buffer, layout, widths, gap, row->cells.items,
				 row->cells.count);
		else
			add_block(table, buffer, layout, row);
	}
}
