/*
 * An experiment of many arms: one table with a row for each, and how throughput grows along one of
 * their variables, as bars with what the universal scalability law says of them.
 */
#ifndef REPORT_SCALING_TEXT_H
#define REPORT_SCALING_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/scaling.h"

/*
 * All rows. Where the layout is too narrow for all columns, the least important ones are left out,
 * and a line says which. Variables that are the same everywhere stand above.
 */
void scaling_text_format_table(struct strbuf *buffer, const struct scaling *scaling,
			       const struct text_layout *layout);

/* A block for each group; one line with the reason when there is no axis. */
void scaling_text_format_growth(struct strbuf *buffer, const struct scaling *scaling,
				const struct text_layout *layout);

#endif
