/*
 * How sure quantiles of response times are, by resampling (Efron and Tibshirani, An Introduction to
 * the Bootstrap, chapters 8 and 13): runs are drawn with replacement, and in each drawn run its
 * blocks (a second or some of them; Künsch, Annals of Statistics 17, 1989), never requests, for
 * these are not independent: a second's requests share its luck. Histograms of drawn blocks are
 * added and the quantiles read. Seeded: the same bounds on every machine. Pure functions, safe from
 * any thread.
 */
#ifndef STATS_BOOTSTRAP_H
#define STATS_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"

enum { BOOTSTRAP_RESAMPLES = 1000 };

/* A run's response times in the order of time, a histogram a second; empty ones are allowed. */
struct bootstrap_run {
	const struct histogram *const *seconds;
	uint32_t second_count;
	uint32_t block_seconds; /* at least 1; bootstrap_choose_block() */
};

struct bootstrap_side {
	const struct bootstrap_run *runs;
	uint32_t run_count;
};

struct bootstrap_quantile {
	double q;	   /* 0..1 */
	double base, head; /* ns, of all runs of a side together */
	double log_ratio;  /* ln(head / base) */
	/* of log_ratio: at `level` for this quantile alone; NAN = too little to go by */
	double lo, hi;
	/* at `level` for all quantiles together (max-t): what a drawn band has to be */
	double band_lo, band_hi;
};

/*
 * The shift function: how far each quantile moved. With is_paired, run i of both sides is drawn
 * together (both sides have as many). Runs without answers are left out, of pairs both. false when
 * a side has no answers. With one run on a side the intervals are of the time within the runs only,
 * and the caller must say so; there are none with fewer than four blocks that have answers. `level`
 * 0.5..1; quantiles of any order, ascending ones are fastest. Some 0.4 s for 12 quantiles of 20
 * runs of 60 s on both sides.
 */
bool bootstrap_shift(const struct bootstrap_side *base, const struct bootstrap_side *head,
		     bool is_paired, double level, uint64_t seed,
		     struct bootstrap_quantile *quantiles, uint32_t quantile_count);

/*
 * Interval of the mean of one series within a run, by blocks of consecutive values: for what a run
 * has one value a second of. `weights` NULL = all 1; the mean is sum(v w) / sum(w). Values
 * that are not finite, and those without a weight above 0, are skipped. false below four blocks.
 */
bool bootstrap_mean(const double *values, const double *weights, uint32_t count,
		    uint32_t block_length, double level, uint64_t seed, double *ret_lo,
		    double *ret_hi);

/* Interval (ns) of one quantile within one run. false below four blocks that have answers. */
bool bootstrap_quantile_of_run(const struct bootstrap_run *run, double q, double level,
			       uint64_t seed, double *ret_lo, double *ret_hi);

/*
 * Length of blocks for a series: at least twice its autocorrelation time, at least 1, at most a
 * quarter of it.
 */
uint32_t bootstrap_choose_block(const double *values, uint32_t count);

#endif
