/*
 * A shift function made by hand, for what draws it: lower below the median, beyond noise; higher
 * from p80 on, p90 beyond noise; p70 the same; p99 without an interval, p99.9 refused.
 */
#ifndef FAKE_SHIFT_H
#define FAKE_SHIFT_H

#include <math.h>

#include "view/latency_shift.h"

static inline struct latency_shift_row fake_shift_row(const char *name, double q, double base,
						      double change, double half)
{
	return (struct latency_shift_row){.q = q,
					  .name = name,
					  .base = base,
					  .head = base * (1 + change),
					  .change = change,
					  .lo = change - half,
					  .hi = change + half,
					  .band_lo = change - 1.5 * half,
					  .band_hi = change + 1.5 * half,
					  .is_apart = fabs(change) > half,
					  .is_apart_in_band = fabs(change) > 1.5 * half,
					  .why_not = ""};
}

static inline struct latency_shift fake_shift_make(void)
{
	double nan = (double)NAN;
	struct latency_shift shift = {.request = "",
				      .design = "paired",
				      .level = 0.95,
				      .base_runs = 6,
				      .head_runs = 6,
				      .base_count = 5000,
				      .head_count = 5400,
				      .is_closed_loop = true,
				      .rows = {fake_shift_row("p10", 0.1, 4e5, -0.1, 0.02),
					       fake_shift_row("p20", 0.2, 5e5, -0.09, 0.02),
					       fake_shift_row("p30", 0.3, 6e5, -0.08, 0.02),
					       fake_shift_row("p40", 0.4, 7e5, -0.06, 0.02),
					       fake_shift_row("p50", 0.5, 8e5, -0.04, 0.02),
					       fake_shift_row("p60", 0.6, 9e5, -0.01, 0.02),
					       fake_shift_row("p70", 0.7, 1e6, 0, 0.02),
					       fake_shift_row("p80", 0.8, 1.2e6, 0.025, 0.02),
					       fake_shift_row("p90", 0.9, 1.5e6, 0.1, 0.04),
					       fake_shift_row("p95", 0.95, 2e6, 0.12, 0.7),
					       fake_shift_row("p99", 0.99, 5e6, 0.2, 0),
					       fake_shift_row("p99.9", 0.999, 2e7, 0, 0)},
				      .apart_count = 7,
				      .notes = {"closed loop: a slower server is sent less"},
				      .note_count = 1,
				      .left_out = ""};

	shift.rows[6].is_below_resolution = true;
	for (int i = 10; i < 12; i++) {
		shift.rows[i].lo = shift.rows[i].hi = nan;
		shift.rows[i].band_lo = shift.rows[i].band_hi = nan;
		shift.rows[i].is_apart = shift.rows[i].is_apart_in_band = false;
	}
	shift.rows[10].why_not = "p99 has no interval: requests that were given up on move it";
	shift.rows[11].why_not = "p99.9 needs 10,000 answers, base had 5,000";
	shift.rows[11].base = shift.rows[11].head = shift.rows[11].change = nan;
	return shift;
}

#endif
