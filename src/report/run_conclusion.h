/*
 * What a comparison says, in words: the primary metric in total with interval and verdict, then
 * what each role adds to it (never a role without the total: costs move between roles), then the
 * rate and whatever became worse. One side: its main figures.
 */
#ifndef REPORT_RUN_CONCLUSION_H
#define REPORT_RUN_CONCLUSION_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_summary.h"

void run_conclusion_format(struct strbuf *buffer, const struct run_summary *summary,
			   const struct text_layout *layout);

/*
 * The same of two sides and more, without the cautions: `compare` has them among the differences.
 */
void run_conclusion_format_comparison(struct strbuf *buffer, const struct run_summary *summary,
				      const struct text_layout *layout);

/* "With care: …" for each side whose load was not VALID. */
void run_conclusion_add_cautions(struct strbuf *buffer, const struct run_summary *summary,
				 const struct text_layout *layout);

#endif
