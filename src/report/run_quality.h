/*
 * How good a side's measurement was: the load's validity and why, requests that failed, what may
 * not be said of the latency, the profile, and runs that failed.
 */
#ifndef REPORT_RUN_QUALITY_H
#define REPORT_RUN_QUALITY_H

#include "report/run_report.h"
#include "util/strbuf.h"
#include "view/run_summary.h"

/* A blank line, a heading and the lines; nothing when there is nothing to say. */
void run_quality_format(struct strbuf *buffer, const struct run_summary_side *side,
			const struct run_report_options *options);

/* Why the load is not VALID, each reason once with how many runs have it; nothing when it is. */
void run_quality_add_reasons(struct strbuf *buffer, const struct run_summary_side *side,
			     const struct text_layout *layout);

#endif
