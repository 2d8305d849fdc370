/*
 * HdrHistogram's interval log (.hlog, format version 1.3; HistogramLogWriter and HistogramLogReader
 * of the Java library, and its readers in other languages): one line a second of the window with
 * the response times of the requests that were due in it, and after it one line for each request
 * name with the name as its tag. A reader that adds up all lines must leave out either the tagged
 * or the untagged ones; HistogramLogProcessor reads the untagged ones unless told otherwise.
 *
 * Field 2 is the interval's length in seconds (the C library's hdr_log_write() has an end time
 * there), field 3 its maximum in milliseconds (the Java writer's default ratio, 10^6), histograms
 * are of nanoseconds: compressed V2, cookie 0x1c849314. Times count from StartTime, which is also
 * the BaseTime; both are left out when the time of day of the run is not known.
 *
 * Only answers have a place: how many requests had none is said in a comment line. A name's bytes
 * which a tag must not hold (comma, blank, control characters) and '%' are written as %XX.
 */
#ifndef EXPORT_HDR_LOG_H
#define EXPORT_HDR_LOG_H

#include "util/strbuf.h"
#include "view/load_view.h"

/* Names without seconds of their own (load_view_name.seconds) have no lines. */
void hdr_log_write(struct strbuf *text, const struct load_view *view);

#endif
