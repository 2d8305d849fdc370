/* Tables of GitHub's Markdown: what a comment, a README or a wiki takes. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

/*
 * The first row and the line below it; is_right (one a column) aligns numbers. Texts from elsewhere
 * stay within their cell: "|", "\", backticks, line ends and HTML are taken out of effect.
 */
void markdown_add_head(struct strbuf *text, const char *const *titles, const bool *is_right,
		       uint32_t count);
void markdown_add_row(struct strbuf *text, const char *const *cells, uint32_t count);

/* A text from elsewhere within a paragraph. */
void markdown_add_text(struct strbuf *text, const char *words);

#endif
