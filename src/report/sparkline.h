/* A row of bars in text, ▁▂▃▄▅▆▇█: how a value went, at a glance. */
#ifndef REPORT_SPARKLINE_H
#define REPORT_SPARKLINE_H

#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

/*
 * At most `columns` bars (0 = one per value); more values than that are averaged in groups. The
 * scale begins at 0 (bars compare as lengths) and ends at the greatest value; a value that is not
 * finite is a blank.
 */
void sparkline_add(struct strbuf *buffer, const double *values, size_t count, uint32_t columns);

#endif
