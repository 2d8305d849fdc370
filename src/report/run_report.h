/*
 * The summary that `sonde run` prints, and `show` and `compare`: figures, verdicts, hottest
 * functions, how good the measurement was, and a conclusion in words. One side: medians with their
 * range over the runs. Two: side by side with change, interval and verdict. More: each against the
 * first. Loads of one service have a row each.
 */
#ifndef REPORT_RUN_REPORT_H
#define REPORT_RUN_REPORT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_summary.h"

struct run_report_options {
	struct text_layout layout;
	/* also the metrics that are not in the short table, and per request name */
	bool is_all;
	/* the arms are loads (run_summary_has_loads()): a row each, instead of comparisons */
	bool is_load_rows;
	uint32_t function_count; /* hottest functions per side; 0 = 5 */
	/* the last block, formatted; of one side it stands for the conclusion. NULL = none */
	const char *insight;
	const char *const *footer; /* lines of the caller: files, ids, next commands */
	uint32_t footer_count;
};

void run_report_format(struct strbuf *buffer, const struct run_summary *summary,
		       const struct run_report_options *options);

/* The conclusion alone: one or a few sentences on lines of their own. */
void run_report_format_conclusion(struct strbuf *buffer, const struct run_summary *summary,
				  const struct text_layout *layout);

#endif
