/*
 * The table of many runs (view/run_table.h) for the terminal and as Markdown. In the terminal a
 * column that says the same of every row becomes a line above the table; Markdown has them all.
 */
#ifndef REPORT_RUN_TABLE_TEXT_H
#define REPORT_RUN_TABLE_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_table.h"

void run_table_text_add(struct strbuf *buffer, const struct run_table *table,
			const struct text_layout *layout);
void run_table_text_add_markdown(struct strbuf *buffer, const struct run_table *table);

#endif
