/*
 * What `sonde track` answers: the newest experiment of a plan against the accepted baseline and
 * against its history, and from both whether the change may be kept.
 *
 * KEEP: the primary metric is IMPROVED or EQUIVALENT in every arm, and nothing REGRESSED.
 *
 * INVESTIGATE: something REGRESSED, or the history has a confirmed step for the worse that nobody
 * accepted since, or a threshold of the plan was breached.
 *
 * NOT KNOWN: neither: no baseline, too few runs, intervals across the border, a threshold that
 * could not be judged.
 */
#ifndef VIEW_TRACK_VIEW_H
#define VIEW_TRACK_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store_proof.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/arm_metrics.h"
#include "view/comparability.h"
#include "view/history.h"
#include "view/run_diff.h"
#include "view/selection.h"

enum track_answer { TRACK_KEEP, TRACK_INVESTIGATE, TRACK_NOT_KNOWN };

const char *track_answer_name(enum track_answer answer); /* "KEEP" "INVESTIGATE" "NOT KNOWN" */

struct track_arm {
	const char *label;	     /* of the head's arm */
	uint32_t head_arm, base_arm; /* places in the selections */
	bool has_base;		     /* the baseline has such an arm, and it may be compared */
	bool is_outside;	     /* only another arm was accepted: it informs */
	const char *why_none;	     /* sentence when not; "" when there is no baseline at all */
	struct run_diff diff;	     /* when has_base */
	struct arm_metrics metrics;  /* of the head */
	struct comparability compared;
};

enum track_reason_kind {
	TRACK_REGRESSED,   /* metric */
	TRACK_DECLINED,	   /* series, change */
	TRACK_BREACHED,	   /* a threshold of the plan */
	TRACK_UNSETTLED,   /* metric: the primary one is INCONCLUSIVE */
	TRACK_UNJUDGED,	   /* a threshold of the plan could not be judged */
	TRACK_NO_VERDICT,  /* the primary one has none: text */
	TRACK_NO_BASELINE, /* text */
	TRACK_KEPT,	   /* metric: the primary one, IMPROVED or EQUIVALENT */
};

/* A step to the answer; what does not go with the kind is NULL. */
struct track_reason {
	enum track_reason_kind kind;
	const struct track_arm *arm;
	const struct run_diff_metric *metric;
	const struct history_series *series;
	const struct history_change *change;
	const char *text; /* a sentence; "" = the kind says all */
};

struct track_view {
	const struct selection *head;
	bool has_baseline;		 /* one was accepted */
	bool is_comparable;		 /* and at least one arm could be compared with it */
	struct stored_baseline baseline; /* when has_baseline */
	const char *no_base; /* sentence when it is not comparable or not there, else "" */
	struct track_arm *arms;
	uint32_t arm_count;
	struct history history;
	struct track_reason *reasons; /* of the answer; the gravest first */
	uint32_t reason_count;
	enum track_answer answer;
};

struct track_view_options {
	struct run_diff_options diff;
	/*
	 * thresholds of the plan, which the caller has judged: one was breached, or could not be
	 * judged
	 */
	bool is_breached, is_unjudged;
};

/*
 * The newest row of the plan's baselines; -ENOENT (without a sentence) when nothing was accepted.
 */
int track_view_find_baseline(struct store *store, struct arena *arena, const char *plan,
			     struct stored_baseline *ret_baseline, struct err *err);

/*
 * `base` is the selection of the accepted experiment; NULL when there is none, or it could not be
 * opened: then `no_base` says why. `baseline` NULL = nothing was accepted.
 */
int track_view_read(struct track_view *ret_view, struct arena *arena, const struct selection *head,
		    const struct stored_baseline *baseline, const struct selection *base,
		    const char *no_base, const struct track_view_options *options, struct err *err);

/* Whether any metric of any arm REGRESSED. */
bool track_view_has_regressed(const struct track_view *view);

/* Of the primary metric over all arms, the worst; VERDICT_NONE when one has none. */
enum verdict track_view_get_verdict(const struct track_view *view);

/* Who accepted what: a row of `sonde track --log`. */
struct track_log_row {
	struct stored_baseline baseline;
	bool is_present; /* the baseline of its plan now */
	bool is_removed; /* the experiment is no longer in the store */
};

struct track_log {
	struct track_log_row *rows; /* newest first */
	uint32_t count;
};

/* `plan` NULL = of all plans. */
int track_view_read_log(struct track_log *ret_log, struct arena *arena, struct store *store,
			const char *plan, struct err *err);

#endif
