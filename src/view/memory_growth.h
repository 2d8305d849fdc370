/*
 * Whether the services' memory grew in steady state: a robust slope with an interval, and a word
 * only where it is earned.
 */
#ifndef VIEW_MEMORY_GROWTH_H
#define VIEW_MEMORY_GROWTH_H

#include "util/arena.h"
#include "view/machine_view.h"
#include "view/run_summary.h"
#include "view/series_view.h"

enum memory_verdict { MEMORY_NOT_KNOWN, MEMORY_STEADY, MEMORY_GROWING };

const char *memory_verdict_name(enum memory_verdict verdict); /* "not known" "STEADY" "GROWING" */

struct memory_growth {
	enum memory_verdict verdict;
	double slope_bytes_per_s, lo, hi; /* 95 %; NaN without */
	double level_bytes;		  /* at the end */
	uint32_t point_count;		  /* that were judged: behind what looked like warming up */
	const char *why;		  /* not known: "needs 32 s, had 9.00 s: -d 32s"; else "" */
};

/* `row`: process.rss of one scope; NULL = not known. Values of one run, in order. */
void memory_growth_find(struct memory_growth *ret_growth, struct arena *arena,
			const struct series_view_row *row, double interval_s);

/* Of the services' RSS in the last of a side's runs. */
void memory_growth_find_last(struct memory_growth *ret_growth, struct arena *arena,
			     const struct run_summary_side *side,
			     const struct machine_view *machine);

#endif
