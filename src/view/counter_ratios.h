/*
 * What counts say together: instructions per cycle, misses per reference, CPUs used. Each figure
 * stands beside one counter, as in `perf stat`. Pure.
 */
#ifndef VIEW_COUNTER_RATIOS_H
#define VIEW_COUNTER_RATIOS_H

#include <stdbool.h>

#include "model/counter.h"

enum counter_ratio_unit {
	COUNTER_RATIO_SHARE, /* 0..1 */
	COUNTER_RATIO_PLAIN, /* CPUs, instructions per cycle */
	COUNTER_RATIO_HZ,
};

struct counter_ratio {
	const char *key;  /* "ipc", "branch_miss_ratio": for JSON; static */
	const char *text; /* "insn per cycle", "of all branches": behind the value; static */
	enum counter_ratio_unit unit;
	double value;
};

/*
 * The figure that stands beside `counter`, one of `counters`. What is divided by must have been
 * counted over the same code (":u" with ":u"), unless it is a clock. False when there is none.
 */
bool counter_ratios_find(struct counter_ratio *ret_ratio, const struct counters *counters,
			 const struct counter *counter, double elapsed_ns);

/*
 * How often it happened in a second of the counted CPU time; of elapsed time where no clock was
 * counted. NaN when there was neither, or the counter is a clock or was not counted.
 */
double counter_ratios_get_rate(const struct counters *counters, const struct counter *counter,
			       double elapsed_ns);

#endif
