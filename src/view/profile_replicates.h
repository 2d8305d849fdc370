/*
 * Two sides of profiles as replicates: what a change of a function, or of a path of calls, is held
 * against. Counts of samples scatter by more than Poisson's, because runs differ; how much more,
 * only repetition shows.
 *
 * A replicate is a run that counts (ARM_RUNS_COMPARABLE) and has a profile. With one run on each
 * side there is nothing but its own time: it is cut into slices of about a second or more, and what
 * comes of it is called "within-run": it tells noise from change inside these two runs, not whether
 * another run would show it.
 *
 * Counts are samples as the filter weighs them (profile_filter.h). The exposure of a replicate is
 * its work over what a sample stands for, so that count over exposure is CPU time per request,
 * whatever the sampling frequencies were. Work is
 *
 *	requests	answered in it, where both sides have load;
 *	seconds		of its window, where there is none;
 *	all samples	where not even time is known (folded stacks): counts become shares.
 *
 * Runs of an experiment were interleaved, but are held against each other unpaired here: the
 * dispersion is then that of runs, and drift that both sides share makes it wider, never narrower.
 */
#ifndef VIEW_PROFILE_REPLICATES_H
#define VIEW_PROFILE_REPLICATES_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/rate_change.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/profile_filter.h"
#include "view/selection.h"

/* What a count is divided by. */
enum profile_work { PROFILE_PER_REQUEST, PROFILE_PER_SECOND, PROFILE_SHARE };

enum { PROFILE_BASE, PROFILE_HEAD, PROFILE_SIDES };

enum { PROFILE_SLICES_MAX = 60 }; /* of a run */

struct profile_replicate {
	const struct stored_run *run; /* owned by the selection */
	uint64_t begin_ns, end_ns;    /* CLOCK_MONOTONIC; the run's window, or a slice of it */
	double hidden_ratio;	      /* its part of what is known of the whole run only */
	double work;		      /* requests or seconds */
	bool has_profile;
	double samples;	 /* in all, with hidden kernel time */
	double exposure; /* 0 = it has no profile or no work: it does not count */
};

struct profile_side {
	const struct selection *selection;
	uint32_t arm;
	struct profile_replicate *replicates;
	uint32_t count;
	uint32_t run_count;   /* with a profile, that count */
	double unit;	      /* what a sample that counts 1 stands for: ns of CPU time of clocks */
	double exposure;      /* of all together, above 0 */
	const char *left_out; /* "run 3 failed", "" = every selected run counts */
};

struct profile_replicates {
	struct profile_side sides[PROFILE_SIDES];
	uint32_t count; /* of both sides: the base's come first */
	enum profile_work work;
	bool is_within_run;
	bool can_test;	   /* known once read: some side has more than one that counts */
	bool is_clock;	   /* a unit is ns of CPU time, else it is of `event` */
	const char *event; /* "cpu-clock" */
	const struct profile_filter *filter;
};

/*
 * Chooses runs and slices; nothing is read of profiles yet. `base` and `head` may be the same
 * selection, and are borrowed, as is `filter` (NULL = all samples of the first event). -ENOENT in a
 * sentence when a side has no run that counts.
 */
int profile_replicates_choose(struct profile_replicates *ret_replicates, struct arena *arena,
			      const struct selection *base, uint32_t base_arm,
			      const struct selection *head, uint32_t head_arm,
			      const struct profile_filter *filter, struct err *err);

/* One run's profile: replicates [first, first + count) of all are made of it, in order of time. */
struct replicated_profile {
	const struct filtered_profile *profile;
	const struct profile_replicate *replicates; /* `count` of them */
	uint32_t side, first, count;
};

/* Which of them, from 0, a sample is of. */
uint32_t profile_replicates_find(const struct replicated_profile *profile,
				 const struct sample *sample);

typedef int (*profile_replicates_fn)(void *context, const struct replicated_profile *profile,
				     struct err *err);

/*
 * Calls `each` for the runs that count, the base's first, and settles exposures. -ENOENT in a
 * sentence when a side has nothing to compare, -EINVAL when the sides were not sampled by the same
 * event.
 */
int profile_replicates_read(struct profile_replicates *replicates, struct arena *arena,
			    profile_replicates_fn each, void *context, struct err *err);

/*
 * What changed in `row_count` rows of counts (row-major, replicates->count each). A row of at least
 * RATE_CHANGE_MIN_COUNT samples is tested, its dispersion shrunk towards that of all those. Others
 * keep sums and rates, and have NAN for p.
 */
void profile_replicates_test(const struct profile_replicates *replicates, const double *counts,
			     uint32_t row_count, struct rate_change *ret_changes);

/* "CPU per request", "CPU per second", "share of samples"; of other events "cycles per request" */
const char *profile_replicates_get_measure(const struct profile_replicates *replicates,
					   struct arena *arena);

#endif
