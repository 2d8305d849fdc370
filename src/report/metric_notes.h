/*
 * What stands below a table of compared metrics: which one decides, from where on a change matters
 * and who says so, that the other verdicts hold together, what INCONCLUSIVE ones would take, what
 * "within noise" is, and which runs do not count.
 */
#ifndef REPORT_METRIC_NOTES_H
#define REPORT_METRIC_NOTES_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_diff.h"

/* Paragraphs; none for a comparison without estimates. */
void metric_notes_add(struct strbuf *buffer, const struct run_diff *diff,
		      const struct text_layout *layout);

/*
 * "about 12 more pairs (4m10s)", of runs that are not paired "about 12 more runs a side"; `more`
 * above 0.
 */
void metric_notes_add_more(struct strbuf *text, const struct run_diff *diff,
			   const struct run_diff_metric *metric);

/* Whether the table marks a metric's change as what a run's own time shows, without a verdict. */
bool metric_notes_is_noise(const struct run_diff_metric *metric);

#endif
