/*
 * One line an interval of what was watched, for `stat` with an interval: the services' use of CPU,
 * run queue, memory and storage, or the whole machine's. Columns of fixed width, in the units that
 * the titles name; "-" is what this machine or user cannot see, and what
 * no device has done so far.
 */
#ifndef REPORT_STAT_LINES_H
#define REPORT_STAT_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/series.h"
#include "util/strbuf.h"

void stat_lines_add_titles(struct strbuf *buffer, bool is_machine);

/* The interval that ended last (series_now.h); `seconds` since the window began. */
void stat_lines_add(struct strbuf *buffer, const struct series_list *series, bool is_machine,
		    double seconds);

/* The same as CSV: titles are names of series with their units, process.rss_bytes; "" = "-". */
void stat_lines_add_csv_titles(struct strbuf *buffer, bool is_machine);
void stat_lines_add_csv(struct strbuf *buffer, const struct series_list *series, bool is_machine,
			double seconds);

#endif
