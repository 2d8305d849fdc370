/* Counts as `perf stat` prints them: value, event, and what it means beside the others. */
#ifndef REPORT_COUNTER_TEXT_H
#define REPORT_COUNTER_TEXT_H

#include "model/counter.h"
#include "report/text.h"
#include "util/strbuf.h"

/* What counts are over. Times in ns; NaN = not known, and left out. */
struct counter_text_window {
	double elapsed_ns;
	double user_ns, system_ns; /* CPU time of the command and all its children */
	const char *refusal;	   /* counter_set_get_refusal(); "" or NULL = nothing */
};

/*
 * A row for each that was counted. The others are named once, a line for each state, with the
 * reason where there is one. Then the times. On a terminal too narrow for it, what a value means
 * stands on a line of its own.
 */
void counter_text_add(struct strbuf *text, const struct counters *counters,
		      const struct counter_text_window *window, const struct text_layout *layout);

#endif
