/*
 * What changed function by function: CPU time per request of head against base, with an interval, a
 * test, and the smallest change that would have been seen. Share of a profile would not do: where
 * one function grows, all others shrink.
 *
 * Each function's counts are tested by quasi-Poisson (stats/rate_change.h) over replicates
 * (profile_replicates.h); over all tested functions Benjamini-Hochberg keeps false ones at
 * FUNCTION_DIFF_Q of those found. Functions with few samples are not tested, only counted. Matching
 * is function_samples.h's.
 *
 * Runs were interleaved in pairs, but are not held against each other as pairs here: what pairs
 * take out is drift of the whole machine, which is small beside what counting samples leaves.
 */
#ifndef VIEW_FUNCTION_DIFF_H
#define VIEW_FUNCTION_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/profile_replicates.h"
#include "view/selection.h"

/* On both sides together: functions with fewer are not tested. */
enum { FUNCTION_DIFF_SAMPLES = RATE_CHANGE_MIN_COUNT };

#define FUNCTION_DIFF_Q 0.05 /* of the changes found, the share that is false on the average */

struct function_diff_row {
	const char *name, *module; /* module: its base name */
	/* self, or with callees: ns of CPU time per request (see function_diff.work), or events */
	double base, head;
	double base_samples, head_samples;
	/* head/base with its 95 % interval; INFINITY and 0 where one side is 0; NAN = not known */
	double ratio, lo, hi;
	double p, q; /* NAN = not tested */
	/* the smallest relative change seen in 8 of 10 cases: 0.12; NAN = not known */
	double visible;
	bool is_tested;	     /* has samples enough */
	bool is_significant; /* q at most FUNCTION_DIFF_Q */
	/* significant, and in no stack of the other side; never of what has no name */
	bool is_new, is_vanished;
	bool is_kernel;
	bool is_hidden; /* kernel time that rights hide; within-run it is not tested */
};

struct function_diff {
	/*
	 * significant ones first, then tested ones, then others; each by how much CPU time per
	 * request they moved
	 */
	struct function_diff_row *rows;
	uint32_t count, tested_count, significant_count;
	uint32_t merged_count; /* modules that are one row: one side lacks their names */
	double base, head;     /* of all functions together */
	enum profile_work work;
	const char *measure; /* "CPU per request" */
	bool is_clock;	     /* values are ns, or shares where work is PROFILE_SHARE */
	bool is_total;	     /* with callees */
	/* one run a side, held against its own seconds: what stands out is no verdict */
	bool is_within_run;
	bool can_test; /* else there is no repetition to hold a change against */
	uint32_t base_run_count, head_run_count;
	const char *left_out; /* "base: run 3 failed; head: …", "" = none */
};

struct function_diff_options {
	const struct profile_filter *filter; /* NULL = all samples of the first event */
	bool is_total;			     /* with callees; else self */
};

/*
 * `base` and `head` may be the same selection; `options` NULL = self, of all samples. -ENOENT in a
 * sentence when a side has no profile of a run that counts, -EINVAL when the sides were sampled by
 * different events.
 */
int function_diff_read(struct function_diff *ret_diff, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm,
		       const struct function_diff_options *options, struct err *err);

/* How much of the unit of `base` and `head` a row moved: head - base. */
static inline double function_diff_get_moved(const struct function_diff_row *row)
{
	return row->head - row->base;
}

#endif
