/*
 * What `run` prints of many arms: one table with all of them, how throughput grows along a
 * variable, and what is to be taken with care; instead of comparisons of each arm with the first.
 */
#ifndef CMD_MATRIX_RESULT_H
#define CMD_MATRIX_RESULT_H

#include "lab/plan.h"
#include "report/text.h"
#include "util/strbuf.h"
#include "view/scaling.h"
#include "view/selection.h"

/* More arms than this are too many to hold each of them against the first. */
enum { MATRIX_RESULT_ARMS = 4 };

/* Whether this is the way to show it: a matrix, or more arms than that. */
bool matrix_result_is_meant(const struct plan *plan, const struct selection *selection);

void matrix_result_format(struct strbuf *text, const struct scaling *scaling,
			  const struct plan *plan, const struct selection *selection,
			  const struct text_layout *layout);

#endif
