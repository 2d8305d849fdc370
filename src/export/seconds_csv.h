/*
 * The load second by second, as comma-separated values with a header line, for spreadsheets and
 * scripts. Times are whole nanoseconds, lines end in LF.
 *
 *	second             from the start of the window; those of the drain come after it
 *	offered            requests due in the window that ended in this second, in whatever way
 *	answered           those of them with an answer
 *	connect … expect   those that failed, by class (model/load_record.h)
 *	rate_rps           answers within the window in this second, per second and run
 *	bytes_in bytes_out on the wire
 *	p50_ns … max_ns    response times of the answered requests that were due in this second
 *	in_flight          at its end, sent and not answered
 *
 * Of several runs, seconds are added up, but for rate_rps. A field is empty when it is not known,
 * or when the answers are too few for the quantile.
 */
#ifndef EXPORT_SECONDS_CSV_H
#define EXPORT_SECONDS_CSV_H

#include "util/strbuf.h"
#include "view/load_view.h"

void seconds_csv_write(struct strbuf *csv, const struct load_view *view);

#endif
