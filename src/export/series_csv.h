/*
 * The monitors' series of an arm as comma-separated values with a header line, for spreadsheets and
 * scripts: the long form, a line a point. Lines end in LF; names that hold commas or quotes are in
 * quotes (RFC 4180).
 *
 *	run     the run's number in its experiment
 *	arm     its arm
 *	time_s  end of the interval that the value describes, seconds since the measured window
 *	        began; below 0 before it. Points behind the window are there, too
 *	name    process.cpu_ratio
 *	scope   a role, cpu0, host, …; empty for all services
 *	unit    ratio, per_s, bytes, count, ns
 *	value   reads back as the number that it was
 */
#ifndef EXPORT_SERIES_CSV_H
#define EXPORT_SERIES_CSV_H

#include "util/strbuf.h"
#include "view/series_runs.h"

void series_csv_write(struct strbuf *csv, const struct series_runs *runs);

#endif
