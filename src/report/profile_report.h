/*
 * Profiles as text: the line that says how good the profile is, what would make it better, and
 * functions (or modules, files, lines, threads) by self time.
 */
#ifndef REPORT_PROFILE_REPORT_H
#define REPORT_PROFILE_REPORT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/hot_functions.h"
#include "view/source_lines.h"

struct profile_report_options {
	struct text_layout layout;
	enum hot_group group; /* what the view was read by */
	/* most rows; 0 = those with at least 0.5 % self or total, and all threads */
	uint32_t function_count;
};

/*
 * The head, then the table "self % | total % | function | module" with a mark at rows from 5 % self
 * on, then (by function) the threads.
 */
void profile_report_format(struct strbuf *buffer, const struct hot_functions *view,
			   const struct profile_report_options *options);

/* The head and the threads. */
void profile_report_format_threads(struct strbuf *buffer, const struct hot_functions *view,
				   const struct profile_report_options *options);

/* The head, the shares of the stretch, and those of each line of it. */
void profile_report_format_lines(struct strbuf *buffer, const struct source_lines *lines,
				 const struct profile_summary *summary,
				 const struct profile_report_options *options);

/* The quality line and the advice, wrapped; what stands before any figure. */
void profile_report_format_head(struct strbuf *buffer, const struct profile_summary *summary,
				const struct text_layout *layout);

/*
 * "3,104 samples at 199 Hz (cpu-clock, perf_event, dwarf), 97.2 % complete, 2.0 % joined (audited
 * 40, 0 wrong), 0.8 % truncated (copy too short 0.8 %), 0 lost; kernel visible; 1.2 % of frames
 * without a name; 4.1 kB a sample from the kernel": one line without a newline.
 */
void profile_report_add_quality(struct strbuf *buffer, const struct profile_summary *summary);

/* What would make the profile better, one sentence a line; nothing when it is good. */
void profile_report_add_advice(struct strbuf *buffer, const struct profile_summary *summary);

#endif
