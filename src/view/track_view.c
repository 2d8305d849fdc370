#include "view/track_view.h"

#include <errno.h>
#include <string.h>

#include "util/vec.h"

struct reasons {
	VEC_FIELDS(struct track_reason);
};

const char *track_answer_name(enum track_answer answer)
{
	switch (answer) {
	case TRACK_KEEP:
		return "KEEP";
	case TRACK_INVESTIGATE:
		return "INVESTIGATE";
	case TRACK_NOT_KNOWN:
		break;
	}
	return "NOT KNOWN";
}

int track_view_find_baseline(struct store *store, struct arena *arena, const char *plan,
			     struct stored_baseline *ret_baseline, struct err *err)
{
	struct stored_baseline *list;
	uint32_t count;
	int r = store_list_baselines(store, arena, plan, &list, &count, err);

	if (r < 0)
		return r;
	if (count == 0)
		return -ENOENT;
	*ret_baseline = list[0];
	return 0;
}

/*
 * Which arm of the baseline an arm is held against: its namesake. Where one arm alone was accepted
 * and the head has no namesake of it, that arm is the baseline of all.
 */
static bool find_base_arm(const struct track_view *view, const struct selection *base,
			  const char *name, uint32_t *ret_arm)
{
	bool has_namesake = false;

	for (uint32_t i = 0; i < view->head->arm_count && base->arm_count == 1; i++)
		has_namesake =
			has_namesake || strcmp(view->head->arms[i].name, base->arms[0].name) == 0;
	for (uint32_t i = 0; i < base->arm_count; i++) {
		if (strcmp(base->arms[i].name, name) != 0 && (base->arm_count > 1 || has_namesake))
			continue;
		*ret_arm = i;
		return true;
	}
	return false;
}

static int compare_arm(struct track_arm *arm, struct arena *arena, const struct track_view *view,
		       const struct selection *base, const struct run_diff_options *options,
		       struct err *err)
{
	int r;

	if (!find_base_arm(view, base, view->head->arms[arm->head_arm].name, &arm->base_arm)) {
		arm->is_outside = view->baseline.arm[0] != '\0';
		arm->why_none = arm->is_outside
					? arena_printf(arena, "only the arm '%s' was accepted",
						       view->baseline.arm)
					: arena_printf(arena, "the baseline %s has no arm '%s'",
						       base->experiment.id, arm->label);
		return 0;
	}
	r = comparability_read(&arm->compared, arena, base, arm->base_arm, view->head,
			       arm->head_arm, err);
	if (r < 0)
		return r;
	arm->why_none = comparability_explain_refusal(arena, &arm->compared);
	if (arm->why_none[0] != '\0')
		return 0;
	arm->has_base = true;
	return run_diff_read(&arm->diff, arena, base, arm->base_arm, view->head, arm->head_arm,
			     options, err);
}

static int read_arms(struct track_view *view, struct arena *arena, const struct selection *base,
		     const struct run_diff_options *options, struct err *err)
{
	int r = 0;

	view->arms = arena_alloc(arena, view->head->arm_count + 1, sizeof(*view->arms));
	for (uint32_t i = 0; i < view->head->arm_count && r == 0; i++) {
		struct track_arm *arm = &view->arms[view->arm_count++];

		arm->label = selection_arm_label(view->head, i);
		arm->head_arm = i;
		arm->why_none = "";
		r = arm_metrics_read(&arm->metrics, arena, view->head, i, ARM_RUNS_COMPARABLE, err);
		if (r == 0 && base != NULL)
			r = compare_arm(arm, arena, view, base, options, err);
		view->is_comparable = view->is_comparable || arm->has_base;
	}
	return r;
}

/* ---- the answer ---- */

/* Of those that decide, or of the others. */
static void add_regressed(struct reasons *reasons, const struct track_view *view, bool is_primary)
{
	for (uint32_t a = 0; a < view->arm_count; a++) {
		const struct track_arm *arm = &view->arms[a];

		for (uint32_t i = 0; arm->has_base && i < arm->diff.metric_count; i++)
			if (arm->diff.metrics[i].verdict == VERDICT_REGRESSED &&
			    arm->diff.metrics[i].is_primary == is_primary)
				vec_push(reasons,
					 (struct track_reason){.kind = TRACK_REGRESSED,
							       .arm = arm,
							       .metric = &arm->diff.metrics[i],
							       .text = ""});
	}
}

static void add_declined(struct reasons *reasons, const struct track_view *view)
{
	int64_t baseline = history_find_baseline(&view->history);

	for (uint32_t i = 0; i < view->history.series_count; i++) {
		const struct history_series *series = &view->history.series[i];
		const struct history_change *change = history_find_decline(series, baseline);

		if (change != NULL)
			vec_push(reasons, (struct track_reason){.kind = TRACK_DECLINED,
								.series = series,
								.change = change,
								.text = ""});
	}
}

static const char *why_no_verdict(const struct track_arm *arm,
				  const struct run_diff_metric *primary, struct arena *arena)
{
	if (!arm->has_base)
		return arm->why_none;
	if (primary == NULL || primary->n_base == 0 || primary->n_head == 0)
		return arena_printf(arena,
				    "%s, the metric that decides, was not measured on both "
				    "sides",
				    arm->diff.primary);
	return arm->diff.why_none[0] != '\0'
		       ? arm->diff.why_none
		       : arena_printf(arena, "%u and %u runs are too few for a verdict",
				      primary->n_base, primary->n_head);
}

static void add_primary(struct reasons *reasons, const struct track_arm *arm, struct arena *arena)
{
	const struct run_diff_metric *primary =
		arm->has_base ? run_diff_find(&arm->diff, arm->diff.primary, "") : NULL;
	struct track_reason reason = {.arm = arm, .metric = primary, .text = ""};

	switch (primary != NULL ? primary->verdict : VERDICT_NONE) {
	case VERDICT_REGRESSED: /* stands among those that did */
		return;
	case VERDICT_IMPROVED:
	case VERDICT_EQUIVALENT:
		reason.kind = TRACK_KEPT;
		break;
	case VERDICT_INCONCLUSIVE:
		reason.kind = TRACK_UNSETTLED;
		break;
	case VERDICT_NONE:
		reason.kind = TRACK_NO_VERDICT;
		reason.text = why_no_verdict(arm, primary, arena);
		break;
	}
	vec_push(reasons, reason);
}

static enum track_answer answer_of(enum track_reason_kind kind)
{
	switch (kind) {
	case TRACK_REGRESSED:
	case TRACK_DECLINED:
	case TRACK_BREACHED:
		return TRACK_INVESTIGATE;
	case TRACK_UNSETTLED:
	case TRACK_UNJUDGED:
	case TRACK_NO_VERDICT:
	case TRACK_NO_BASELINE:
		return TRACK_NOT_KNOWN;
	case TRACK_KEPT:
		break;
	}
	return TRACK_KEEP;
}

static bool has_answer(const struct reasons *reasons, enum track_answer answer)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (answer_of(reasons->items[i].kind) == answer)
			return true;
	return false;
}

/* One reason to investigate outweighs all that is not known, and that all that is good. */
static void answer(struct track_view *view, struct arena *arena,
		   const struct track_view_options *options)
{
	struct reasons reasons = {0};

	add_regressed(&reasons, view, true);
	add_regressed(&reasons, view, false);
	add_declined(&reasons, view);
	if (options->is_breached)
		vec_push(&reasons, (struct track_reason){.kind = TRACK_BREACHED, .text = ""});
	if (options->is_unjudged)
		vec_push(&reasons, (struct track_reason){.kind = TRACK_UNJUDGED, .text = ""});
	if (!view->is_comparable)
		vec_push(&reasons,
			 (struct track_reason){.kind = TRACK_NO_BASELINE, .text = view->no_base});
	for (uint32_t i = 0; view->is_comparable && i < view->arm_count; i++)
		if (!view->arms[i].is_outside)
			add_primary(&reasons, &view->arms[i], arena);
	view->answer = has_answer(&reasons, TRACK_INVESTIGATE) ? TRACK_INVESTIGATE
		       : has_answer(&reasons, TRACK_NOT_KNOWN) ? TRACK_NOT_KNOWN
							       : TRACK_KEEP;
	view->reasons = arena_alloc(arena, reasons.count + 1, sizeof(*view->reasons));
	for (size_t i = 0; i < reasons.count; i++)
		if (answer_of(reasons.items[i].kind) == view->answer)
			view->reasons[view->reason_count++] = reasons.items[i];
	vec_release(&reasons);
}

static const char *explain_no_base(const struct track_view *view, struct arena *arena,
				   const char *no_base)
{
	if (!view->has_baseline)
		return arena_printf(arena, "nothing was accepted as the baseline of '%s' yet",
				    view->head->experiment.name);
	if (no_base[0] != '\0')
		return no_base;
	return view->arm_count > 0 ? arena_printf(arena, "the baseline %s cannot be compared: %s",
						  view->baseline.experiment, view->arms[0].why_none)
				   : "the experiment has no runs";
}

int track_view_read(struct track_view *ret_view, struct arena *arena, const struct selection *head,
		    const struct stored_baseline *baseline, const struct selection *base,
		    const char *no_base, const struct track_view_options *options, struct err *err)
{
	struct history_options history = {.baseline = baseline != NULL ? baseline->experiment : "",
					  .delta = options->diff.delta};
	int r;

	*ret_view =
		(struct track_view){.head = head, .has_baseline = baseline != NULL, .no_base = ""};
	if (baseline != NULL)
		ret_view->baseline = *baseline;
	r = read_arms(ret_view, arena, base, &options->diff, err);
	if (r == 0)
		r = history_read(&ret_view->history, arena, head, &history, err);
	if (r < 0)
		return r;
	if (!ret_view->is_comparable)
		ret_view->no_base = explain_no_base(ret_view, arena, no_base);
	answer(ret_view, arena, options);
	return 0;
}

bool track_view_has_regressed(const struct track_view *view)
{
	for (uint32_t i = 0; i < view->reason_count; i++)
		if (view->reasons[i].kind == TRACK_REGRESSED)
			return true;
	return false;
}

enum verdict track_view_get_verdict(const struct track_view *view)
{
	enum verdict worst = VERDICT_IMPROVED;

	if (!view->is_comparable)
		return VERDICT_NONE;
	for (uint32_t i = 0; i < view->arm_count; i++) {
		enum verdict own =
			view->arms[i].has_base ? view->arms[i].diff.verdict : VERDICT_NONE;

		if (view->arms[i].is_outside)
			continue;
		worst = verdict_find_worse(worst, own);
	}
	return worst;
}

/* ---- who accepted what ---- */

/* Newest first: the first of its plan is the one that counts. */
static bool is_newest_of_plan(const struct stored_baseline *list, uint32_t i)
{
	for (uint32_t j = 0; j < i; j++)
		if (strcmp(list[j].plan, list[i].plan) == 0)
			return false;
	return true;
}

static bool is_stored(const struct stored_experiment *list, uint32_t count, const char *id)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(list[i].id, id) == 0)
			return true;
	return false;
}

int track_view_read_log(struct track_log *ret_log, struct arena *arena, struct store *store,
			const char *plan, struct err *err)
{
	struct stored_experiment *experiments;
	struct stored_baseline *list;
	uint32_t count, experiment_count;
	int r = store_list_baselines(store, arena, plan, &list, &count, err);

	if (r == 0)
		r = store_list_experiments(store, arena, &experiments, &experiment_count, err);
	if (r < 0)
		return r;
	*ret_log = (struct track_log){.rows = arena_alloc(arena, count + 1, sizeof(*ret_log->rows)),
				      .count = count};
	for (uint32_t i = 0; i < count; i++)
		ret_log->rows[i] = (struct track_log_row){
			.baseline = list[i],
			.is_present = is_newest_of_plan(list, i),
			.is_removed =
				!is_stored(experiments, experiment_count, list[i].experiment)};
	return 0;
}
