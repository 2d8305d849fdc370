/*
 * What moved beside functions (view/wait_diff.h), as a table: times, events and system calls per
 * request, with their difference and its interval.
 */
#ifndef REPORT_WAIT_DIFF_TEXT_H
#define REPORT_WAIT_DIFF_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/wait_diff.h"

/*
 * Shows what is apart, or (`is_all`, and where no row has an interval) all; how many are left out
 * is said. Nothing but a sentence when there are no rows.
 */
void wait_diff_text_format(struct strbuf *text, const struct wait_diff *diff,
			   const char *base_label, const char *head_label, bool is_all,
			   const struct text_layout *layout);

#endif
