/*
 * How far each quantile of the response times moved from one side to the other: the shift function
 * (Doksum, Annals of Statistics 2, 1974; Wilcox), with intervals by resampling runs and their
 * seconds (stats/bootstrap.h). A median and a p99 hide where a distribution moved; this shows it.
 *
 * It informs and decides nothing: the primary metric does (run_diff.h), whose intervals are exact
 * in what they cover.
 *
 * A quantile is refused, with a sentence, when a side has too few answers for it (stats/quantile.h)
 * or when requests that were given up on leave it only a lower bound (stats/survival.h). When those
 * merely shift it, it is shown without an interval: resampling knows answers only.
 */
#ifndef VIEW_LATENCY_SHIFT_H
#define VIEW_LATENCY_SHIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

enum {
	LATENCY_SHIFT_ROWS = 12,    /* p10 … p90, p95, p99, p99.9 */
	LATENCY_SHIFT_FEW_RUNS = 5, /* with fewer a side, intervals are rough */
	LATENCY_SHIFT_NOTES = 6,
};

struct latency_shift_row {
	double q;
	const char *name;	 /* "p50" "p99.9" */
	double base, head;	 /* ns, of all runs of a side together; NAN = refused */
	double change;		 /* head/base - 1; NAN when a side has none */
	double lo, hi;		 /* of `change`, for this quantile alone; NAN = no interval */
	double band_lo, band_hi; /* that hold for all rows at once */
	bool is_apart;		 /* lo … hi does not have zero in it */
	bool is_apart_in_band;	 /* nor has the band: stands though twelve rows are looked at */
	/* both sides within neighbouring slots of the histogram: nothing can be seen of a change */
	bool is_below_resolution;
	const char *why_not; /* a sentence when there is no value or no interval; else "" */
};

struct latency_shift {
	const char *request; /* name; "" = all of them */
	const char *design;  /* "paired" | "unpaired" */
	double level;	     /* of the intervals */
	uint32_t base_runs, head_runs;
	uint64_t base_count, head_count; /* answers */
	/* one run on a side: intervals are of the time within the runs and know nothing of how runs
	 * differ */
	bool is_within_run;
	bool has_few_runs;   /* fewer than LATENCY_SHIFT_FEW_RUNS, and more than one */
	bool is_closed_loop; /* either side: answers and load are tied together */
	struct latency_shift_row rows[LATENCY_SHIFT_ROWS];
	uint32_t apart_count;
	/* what one must know beside the figures, each a sentence */
	const char *notes[LATENCY_SHIFT_NOTES];
	uint32_t note_count;
	const char *left_out; /* runs that do not count; "" = none */
};

/* Zeroed, or NULL: the defaults. */
struct latency_shift_options {
	const char *request; /* NULL = all together */
	double level;	     /* 0 = RUN_DIFF_LEVEL */
	uint64_t seed;
};

/*
 * Arms as for run_diff_read(), of which `base` and `head` may be the same selection; the same runs
 * count, and are paired alike. -ENOENT with a sentence when a side has no load, or no request of
 * that name. In the arena. Reads every second of every run, and takes some tenths of a second.
 */
int latency_shift_read(struct latency_shift *ret_shift, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm,
		       const struct latency_shift_options *options, struct err *err);

#endif
