/*
 * The text that wrk 4 and wrk2 print at the end of a run (print_stats() and its neighbours in their
 * src/wrk.c), to the letter, so that scripts which read it go on working. The figures are sonde's
 * response times, from the intended time in open loop; requests that were given up on count (the
 * formats have no sign for a lower bound, so it stands as the number). What differs in meaning:
 *
 * - Requests, Requests/sec and Req/Sec are answers that came within the window, not those of the
 *   drain. Of several runs, requests, bytes and time are sums.
 * - Req/Sec is per thread, as in wrk. sonde books answers by second and not by thread: each whole
 *   second of the window gives one value, its answers divided by the threads (and the runs).
 *   wrk takes one per thread and tenth of a second, and leaves out those without an answer.
 * - Socket errors: connect, read (the answer broke HTTP or the connection ended before it) and
 *   timeout; write is always 0, sonde has no such class. What was in flight when a run was cut
 *   short is in no line, as in wrk, but in the latencies.
 * - Non-2xx or 3xx: answers with a status of 400 or more, expected or not.
 * - Average, Stdev and +/- Stdev are of the answers; nothing is estimated for those without.
 */
#ifndef EXPORT_WRK_TEXT_H
#define EXPORT_WRK_TEXT_H

#include <stdbool.h>

#include "util/strbuf.h"
#include "view/load_view.h"

/* has_latency: with the "Latency Distribution", what --latency asks of both. */
void wrk_text_write(struct strbuf *text, const struct load_view *view, bool has_latency);

/*
 * wrk2's: eight quantiles and HdrHistogram's "Detailed Percentile spectrum" (ms, in the form of the
 * C library). There is no "Thread calibration" line, because nothing is calibrated.
 */
void wrk_text_write_wrk2(struct strbuf *text, const struct load_view *view, bool has_latency);

#endif
