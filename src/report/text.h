/*
 * Text for terminals: width of UTF-8, wrapping, and a handful of styles that vanish when there are
 * no colours. Reports are made of these, report/table.h and report/sparkline.h.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

enum text_style { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_GOOD, TEXT_BAD, TEXT_WARN };

/* How a report is to look; what cmd/ knows about the terminal. */
struct text_layout {
	uint32_t columns; /* of the terminal; 0 = as wide as it gets (a file, a pipe) */
	bool has_color;	  /* false for NO_COLOR, pipes and files */
};

/*
 * Columns that a text takes: one per code point, none for combining marks, two for wide CJK and
 * emoji.
 */
uint32_t text_width(const char *text);

void text_add_styled(struct strbuf *buffer, const struct text_layout *layout, enum text_style style,
		     const char *text);

/*
 * Adds a paragraph and a newline, broken at blanks so that no line is wider than the layout;
 * following lines begin with `indent` blanks. A word that is longer than a line stays whole.
 */
void text_add_wrapped(struct strbuf *buffer, const struct text_layout *layout, uint32_t indent,
		      const char *text);

/*
 * A line of a file as it may be shown: tabs become four blanks, other control characters "?"
 * (util/clean.h).
 */
void text_add_clean(struct strbuf *buffer, const char *text);

/* Adds at most `columns` columns of a text; a longer one ends in "…". */
void text_add_cut(struct strbuf *buffer, const char *text, uint32_t columns);

#endif
