/*
 * Tables in columns. A table that is wider than the terminal first gives up blanks between its
 * columns, then cuts the column that may be cut (names), and at last becomes one block per row:
 * "metric: value" lines, which fit anywhere.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "report/text.h"
#include "util/scoped.h"
#include "util/strbuf.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table;

struct table *table_new(void);
void table_free(struct table *table); /* NULL accepted */
SCOPED_POINTER(table, table_free)

/* Columns first, then rows. */
void table_add_column(struct table *table, enum table_align align, const char *title);

/* A long name in this column may be cut with "…", down to 12 columns. */
void table_set_cuttable(struct table *table, uint32_t column);

void table_add_row(struct table *table);

/* The next cell of the last row; texts are copied. Missing cells are empty. */
void table_add_cell(struct table *table, enum text_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A line of its own between rows: a heading. */
void table_add_heading(struct table *table, const char *text);

void table_format(const struct table *table, struct strbuf *buffer,
		  const struct text_layout *layout);

#endif
