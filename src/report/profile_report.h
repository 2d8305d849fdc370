/*
 * Profiles as text: functions by self time, the call tree, and the line that says how good the
 * profile is.
 */
#ifndef REPORT_PROFILE_REPORT_H
#define REPORT_PROFILE_REPORT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

struct profile_report_options {
	struct text_layout layout;
	/* most rows of functions; 0 = those with at least 0.5 % self or total */
	uint32_t function_count;
	double min_share; /* smallest share shown in the tree; <= 0 = 0.005 */
};

/* The quality line, then the table "self % | total % | function | module", then the threads. */
void profile_report_format(struct strbuf *buffer, const struct hot_functions *view,
			   const struct profile_report_options *options);

/* Callers above callees, indented: "total % self % function". */
void profile_report_format_tree(struct strbuf *buffer, const struct call_tree *tree,
				const struct profile_report_options *options);

/*
 * "3,104 samples at 199 Hz (cpu-clock), 97.2 % complete, 2.8 % truncated, 0 lost; kernel visible":
 * one line without a newline.
 */
void profile_report_add_quality(struct strbuf *buffer, const struct profile_summary *summary);

/* What would make the profile better, one sentence a line; nothing when it is good. */
void profile_report_add_advice(struct strbuf *buffer, const struct profile_summary *summary);

#endif
