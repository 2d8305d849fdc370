/*
 * Arms side by side: each metric's values per run, the estimate of head against base with its
 * interval, and a verdict. The unit is the run (stats/rank.h): paired where both sides were
 * interleaved in one experiment, unpaired else. Metrics that can be zero are compared by
 * differences (model/metric.h). Runs that were rejected count nowhere.
 *
 * One metric decides, the primary one. The others inform: of twenty metrics one says something by
 * chance at 95 %, so their verdicts stand only if Holm's adjustment lets them. They are those of
 * the short table with a direction, in total; roles, request names and the long table's have none.
 *
 * The threshold delta of a metric is the greatest of what the user says, 2 %, and the floor: the
 * 95th percentile of |estimate| over A/A proofs of about the size on this machine and plan, when
 * there are RUN_DIFF_FLOOR_PROOFS of them. So a machine that shows 4 % where nothing differs calls
 * nothing below 4 % a change.
 */
#ifndef VIEW_RUN_DIFF_H
#define VIEW_RUN_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "model/verdict.h"
#include "stats/sequential.h"
#include "store/store_proof.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

#define RUN_DIFF_DELTA 0.02 /* practical threshold: changes below 2 % do not matter */
#define RUN_DIFF_LEVEL 0.95
#define RUN_DIFF_PROOF_ERROR 0.05 /* of a proof: a false verdict, over all its looks */

enum { RUN_DIFF_FLOOR_PROOFS = 10, RUN_DIFF_PAIRS_MOST = SEQUENTIAL_MOST /* of a proof */ };

/* Where a metric's threshold comes from. */
enum run_diff_delta { RUN_DIFF_DELTA_DEFAULT, RUN_DIFF_DELTA_ASKED, RUN_DIFF_DELTA_FLOOR };

/* What a comparison may be told. Zeroed: the defaults. */
struct run_diff_options {
	double delta; /* relative; 0 = RUN_DIFF_DELTA */
	/* of the intervals; 0 = RUN_DIFF_LEVEL, within a proof that of its looks */
	double level;
	const char *primary; /* a metric's name; NULL = the head experiment's */
	/*
	 * A/A proofs of this machine and plan (store_list_nulls()); NULL = read from head's store
	 */
	const struct stored_null *nulls;
	uint32_t null_count;
	bool has_nulls; /* nulls is to be taken, also when it is empty */
};

struct run_diff_metric {
	const struct metric_info *info;
	const char *scope; /* "", a role, or "request:NAME" */
	double base, head; /* medians over runs; NaN = no value */
	uint32_t n_base, n_head;
	bool has_estimate, has_interval;
	/* head/base for METRIC_LOG_RATIO, head − base for METRIC_DIFFERENCE */
	double estimate, lo, hi;
	double level;	    /* achieved confidence */
	const char *method; /* "paired Hodges-Lehmann", "Hodges-Lehmann" */
	/* relative for METRIC_LOG_RATIO, else in the metric's unit */
	double delta;
	enum run_diff_delta delta_from;
	uint32_t null_count; /* A/A proofs of this size; from RUN_DIFF_FLOOR_PROOFS on, a floor */
	bool is_primary;
	/* the smallest error level with which a verdict stands: alone, and among the others (Holm);
	 * NaN = it takes no part */
	double p, adjusted_p;
	enum verdict verdict; /* with what Holm leaves of it */
	/* what it would take when INCONCLUSIVE: pairs (unpaired: runs on each side), and their time
	 * by what runs have taken so far; 0 = not known */
	uint32_t more;
	uint64_t more_ns;
	/*
	 * one run a side: the difference lies within what either run's own time shows
	 * (run_noise.h); `noise` is that, relative or in the unit; NaN = not known
	 */
	bool is_within_noise;
	double noise;
};

struct run_diff {
	const char *base_label, *head_label;
	const char *design; /* "paired" | "unpaired" */
	uint32_t pair_count;
	double level;	     /* that intervals were asked to have: 0.95, or of a proof's looks */
	const char *primary; /* metric name */
	/* in the order of metric_list(), the total first, then scopes */
	struct run_diff_metric *metrics;
	uint32_t metric_count;
	enum verdict verdict; /* of the primary metric, or by the veto */
	/* sentence when pairs are too few for verdicts, or those of the primary metric; else "" */
	/* a sentence when the head's requests fail more often, which decides before the primary
	 * metric does; else "" */
	const char *veto;
	const char *why_none;
	const char *left_out; /* "base: run 3 failed; head: run 5 was rejected: …"; "" = none */
	/* both sides are of one proof (sonde prove): pairs are added by --continue, not --more */
	const char *proof; /* the experiment that `prove --continue` goes on with; NULL = none */
	bool is_gate;	   /* of a gate, which does not go on */
	uint64_t pair_ns;  /* what a pair (unpaired: a run) takes, start to stop; 0 = unknown */
};

/* `base` and `head` may be the same selection. `options` NULL = the defaults. */
int run_diff_read(struct run_diff *ret_diff, struct arena *arena, const struct selection *base,
		  uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		  const struct run_diff_options *options, struct err *err);

/* The row of a metric, NULL when no run has it. */
const struct run_diff_metric *run_diff_find(const struct run_diff *diff, const char *name,
					    const char *scope);

#endif
