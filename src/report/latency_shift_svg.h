/*
 * The shift function (view/latency_shift.h) as one self-contained SVG file without script: the
 * quantiles from left to right, stretched so that the tail has room (logit scale), upwards the
 * change in percent. The pale area is the band that holds for all quantiles at once, a whisker the
 * interval of one alone, the stripe around zero what ± delta spans. Full dots stand beyond noise.
 * Titles say each in words.
 */
#ifndef REPORT_LATENCY_SHIFT_SVG_H
#define REPORT_LATENCY_SHIFT_SVG_H

#include "report/latency_shift_text.h"
#include "util/strbuf.h"
#include "view/latency_shift.h"

void latency_shift_svg_write(struct strbuf *svg, const struct latency_shift *shift,
			     const struct latency_shift_labels *labels);

#endif
