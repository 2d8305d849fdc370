/*
 * The shift function (view/latency_shift.h) in the terminal: a row a quantile with both values, the
 * change, its interval, and a bar of it around zero:
 *
 *	         proxy  zero-copy   change  95 % interval    -12 %      0    +5 %
 *	p50    1.02 ms     935 us   -8.3 %  -9.1 … -7.6 % *      ├●─┤ ·│·
 *
 * The dots are what ± delta spans. A star marks changes that stand though all rows are looked at.
 * Nothing is said by colour alone.
 */
#ifndef REPORT_LATENCY_SHIFT_TEXT_H
#define REPORT_LATENCY_SHIFT_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/latency_shift.h"

struct latency_shift_labels {
	const char *base, *head;
	double delta; /* changes below it do not matter, relative; 0 = RUN_DIFF_DELTA */
};

void latency_shift_text_format(struct strbuf *text, const struct latency_shift *shift,
			       const struct latency_shift_labels *labels,
			       const struct text_layout *layout);

/*
 * One line: "p90 to p99 +4.1 to +12.0 %" of what stands though all rows are looked at, or that
 * nothing does. For a summary; without a newline.
 */
void latency_shift_text_add_summary(struct strbuf *text, const struct latency_shift *shift);

/*
 * The scale that both pictures share, changes as ratios: all values, and of the intervals as much
 * as leaves these their room. Has zero and ± delta in it.
 */
void latency_shift_text_find_scale(const struct latency_shift *shift, double delta, double *ret_lo,
				   double *ret_hi);

#endif
