/* The monitors' series as tables: what `show` and `compare --series` print. */
#ifndef REPORT_SERIES_TEXT_H
#define REPORT_SERIES_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/series_diff.h"
#include "view/series_view.h"

/*
 * Mean, peak and when that was, per request, and the run with the peak as bars; grouped by the
 * names' first word. Without is_all no series that was zero throughout, no single CPUs, and no role
 * that is all services.
 * `has_runs`: of several runs, so that a peak names its own. False when there was nothing to add.
 */
bool series_text_add_view(struct strbuf *text, const struct series_view *view, bool is_all,
			  bool has_runs, const struct text_layout *layout);

/*
 * Both sides, the difference and its interval. Without is_all only what differs or is too seldom to
 * tell, no single CPUs, and a line with the number of the others.
 */
void series_text_add_diff(struct strbuf *text, const struct series_diff *diff,
			  const char *base_label, const char *head_label, bool is_all,
			  const struct text_layout *layout);

#endif
