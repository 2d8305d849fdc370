/*
 * The load of one side of a summary in words and small tables: how it was made, how long the
 * answers took and what could not be said of that, where the time went, and what the generator
 * itself had to do with it.
 */
#ifndef REPORT_LOAD_REPORT_H
#define REPORT_LOAD_REPORT_H

#include "report/run_report.h"
#include "util/strbuf.h"
#include "view/load_view.h"

/* Lines of the section "quality", behind the verdict and its reasons. */
void load_report_add_lines(struct strbuf *buffer, const struct load_view *load,
			   const struct run_report_options *options);

/* A row for each request name, behind an empty line; nothing when there is only one. */
void load_report_add_names(struct strbuf *buffer, const struct run_summary_side *side,
			   const struct run_report_options *options);

#endif
