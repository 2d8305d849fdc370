/*
 * A quantile in words: its value, or what keeps it from being said and what it would take
 * (view/latency_summary.h).
 */
#ifndef REPORT_LATENCY_TEXT_H
#define REPORT_LATENCY_TEXT_H

#include <stdbool.h>

#include "util/strbuf.h"
#include "view/latency_summary.h"

/* For a table: "1.02 ms", "≥ 3.40 s", "–". */
void latency_text_add_value(struct strbuf *text, const struct latency_quantile *quantile);

/*
 * "p99.9 – needs 10,000 answers, had 4,210: -d 24s", "p99 ≥ 3.40 s (31 requests never answered)".
 * duration_ns: how long a run measured, from which follows how long it takes; 0 = not known. Adds
 * nothing and returns false when the quantile is earned.
 */
bool latency_text_add_refusal(struct strbuf *text, const struct latency_summary *summary,
			      const struct latency_quantile *quantile, uint64_t duration_ns);

/*
 * "p99: 10,000 answers are worth 340 independent ones: the slow ones came in bunches", of an earned
 * quantile whose answers are worth less than a tenth. Else adds nothing and returns false.
 */
bool latency_text_add_dependence(struct strbuf *text, const struct latency_summary *summary,
				 const struct latency_quantile *quantile);

#endif
