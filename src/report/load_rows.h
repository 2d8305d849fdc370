/*
 * Several loads of the same services, one row each (`run --load all`), and where throughput stops
 * rising: the first row that answers less than 5 % more than the one before, though more was
 * offered. Rows beyond it add latency only.
 */
#ifndef REPORT_LOAD_ROWS_H
#define REPORT_LOAD_ROWS_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_summary.h"

/* All sides must have load (run_summary_has_loads()). Figures are of each side's runs merged. */
void load_rows_format(struct strbuf *buffer, const struct run_summary *summary,
		      const struct text_layout *layout);

/* In words: what the services can do, and which loads are to be taken with care. */
void load_rows_format_conclusion(struct strbuf *buffer, const struct run_summary *summary,
				 const struct text_layout *layout);

#endif
