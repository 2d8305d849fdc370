/*
 * A run's last block in words (view/run_insight.h): where the time went, what is likely the cause,
 * what else stood out, and what to type next.
 */
#ifndef REPORT_INSIGHT_TEXT_H
#define REPORT_INSIGHT_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_insight.h"
#include "view/run_summary.h"

/*
 * Lines that begin with what they are of ("where    on CPU …"), wrapped below their text. What is
 * not known has no line.
 */
void insight_text_format(struct strbuf *buffer, const struct run_insight *insight,
			 const struct run_summary_side *side, const struct text_layout *layout);

#endif
