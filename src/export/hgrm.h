/*
 * HdrHistogram's percentile distribution (.hgrm), which its plotter (GoogleChartsExample/
 * plotFiles.html) and spreadsheets read: AbstractHistogram.outputPercentileDistribution() of the
 * Java library with 5 ticks per half distance, and hdr_percentiles_print() of the C library, whose
 * columns are as wide but end differently. Values are milliseconds.
 *
 * Rows are quantiles of the response times; where too many requests were given up on, the lower
 * bound stands in its place, for the format has no sign for it. TotalCount and the mean are of
 * answers.
 */
#ifndef EXPORT_HGRM_H
#define EXPORT_HGRM_H

#include "util/strbuf.h"
#include "view/load_view.h"

/* The Java library's form, of a request name or of the view's total. */
void hgrm_write(struct strbuf *text, const struct load_view_name *name);

/* The C library's, which wrk2 prints. */
void hgrm_write_c(struct strbuf *text, const struct load_view_name *name);

#endif
