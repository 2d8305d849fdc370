/*
 * The four files of Locust's --csv PREFIX (locust/stats.py of 2.44): PREFIX_stats.csv,
 * PREFIX_stats_history.csv, PREFIX_failures.csv, PREFIX_exceptions.csv. Names, order and number
 * formats of the columns are Locust's; lines end in CRLF.
 *
 * Response times are milliseconds. Locust rounds them to two significant digits before it counts
 * them; sonde does not: percentiles and the median are whole milliseconds of the histogram (0.1 %),
 * rounded half up, average, minimum and maximum are exact. Rates of the history are each second's
 * own, where Locust's are means over its last ten seconds. A percentile that the number of answers
 * does not support is the best there is, as in Locust.
 */
#ifndef EXPORT_LOCUST_CSV_H
#define EXPORT_LOCUST_CSV_H

#include <stdbool.h>

#include "util/strbuf.h"
#include "view/load_view.h"

void locust_csv_write_stats(struct strbuf *csv, const struct load_view *view);

/*
 * is_full (--csv-full-history): a row for each request name as well, and percentiles of the last
 * ten seconds instead of the run so far.
 */
void locust_csv_write_history(struct strbuf *csv, const struct load_view *view, bool is_full);
void locust_csv_write_failures(struct strbuf *csv, const struct load_view *view);
/* the header: a C program has none */
void locust_csv_write_exceptions(struct strbuf *csv, const struct load_view *view);

#endif
