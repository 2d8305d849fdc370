/*
 * How a plan's figures went, one point an experiment: the medians over its runs, for each arm and
 * metric that the newest one has, with the places where the level changed (stats/changepoint.h).
 *
 * A series holds what can be compared with its newest point. Experiments of another machine, or
 * with another load, are left out and counted; another kernel, governor or sonde ends the series
 * there, and `since` says so, because a step at that place would be theirs. What failed, was
 * interrupted or is damaged is left out with a sentence and ends nothing.
 */
#ifndef VIEW_HISTORY_H
#define VIEW_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

enum { HISTORY_MOST = 200 }; /* points; older ones are not looked at */

struct history_options {
	const char
		*baseline; /* id of the accepted experiment, which is marked; "" or NULL = none */
	double delta;	   /* relative changes below it do not matter; 0 = RUN_DIFF_DELTA */
};

struct history_point {
	const char *experiment; /* id */
	const char *revision;	/* full commit id; "" = unknown */
	bool is_dirty;		/* with changes that were not committed */
	uint64_t wall_ns;
	bool is_baseline;
};

struct history_change {
	uint32_t at;	       /* the first point of the new level */
	uint32_t last_before;  /* the last point of the old one: points may lack the metric */
	double before, behind; /* means of the levels on either side */
	bool is_confirmed;     /* both detectors see it */
	int direction;	       /* +1 better, -1 worse, 0 for a metric without a direction */
};

struct history_series {
	const char *arm; /* its name, as in the selection */
	const struct metric_info *info;
	double *values; /* by point; NaN = it has none */
	uint32_t *runs; /* by point: how many the median is of */
	struct history_change *changes;
	uint32_t change_count;
};

/* An experiment of the plan that is not in the series. */
struct history_gap {
	const char *experiment, *why; /* "interrupted", "other machine (a against b)" */
};

struct history {
	struct history_point *points; /* oldest first; the last is the head */
	uint32_t point_count;
	struct history_series *series; /* arms as the head's, metrics in metric_list()'s order */
	uint32_t series_count;
	struct history_gap *gaps; /* newest first */
	uint32_t gap_count;
	const char *since;  /* "kernel 6.1 until k7f3m9qa, 6.18 since m2n3p4q5"; "" = no break */
	uint32_t cut_count; /* older ones that HISTORY_MOST kept out */
};

/*
 * Of the head's plan: experiments of the same name and kind in its store, up to the head. `options`
 * NULL = the defaults. Everything is the arena's or the head's. Errors are of the store as a whole;
 * those of one experiment are a gap.
 */
int history_read(struct history *ret_history, struct arena *arena, const struct selection *head,
		 const struct history_options *options, struct err *err);

/* NULL when the head does not have it. */
const struct history_series *history_find(const struct history *history, const char *arm,
					  const char *metric);

/*
 * The last change of the series when it is confirmed, for the worse, and nothing newer than it was
 * accepted: `baseline` is that point's place, or -1. NULL = none.
 */
const struct history_change *history_find_decline(const struct history_series *series,
						  int64_t baseline);

/* The place of the point that is the baseline, -1 when it is not among them. */
int64_t history_find_baseline(const struct history *history);

#endif
