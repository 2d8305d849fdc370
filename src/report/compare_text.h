/*
 * Two sides in the terminal: how they were run, what else differs between them, and the table of
 * metrics with changes, intervals and verdicts. What stands below the table: metric_notes.h; in
 * words: run_conclusion.h.
 */
#ifndef REPORT_COMPARE_TEXT_H
#define REPORT_COMPARE_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/comparability.h"
#include "view/run_diff.h"

/* "zero-copy against proxy: 6 pairs, interleaved" */
void compare_text_add_head(struct strbuf *buffer, const struct run_diff *diff,
			   const struct text_layout *layout);

/*
 * What else differs, a line each; what makes it incomparable first. Nothing without differences.
 */
void compare_text_add_differences(struct strbuf *buffer, const struct comparability *comparability,
				  const struct run_diff *diff, const struct text_layout *layout);

/* The table; the primary metric has a "*". */
void compare_text_add_metrics(struct strbuf *buffer, const struct run_diff *diff, bool is_all,
			      const struct text_layout *layout);

/* The same as Markdown. */
void compare_text_add_markdown(struct strbuf *buffer, const struct run_diff *diff, bool is_all);

#endif
