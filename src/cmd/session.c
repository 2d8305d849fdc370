#include "cmd/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/home.h"
#include "cmd/progress.h"
#include "lab/interrupt.h"
#include "lab/threshold.h"
#include "stats/quantile.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "view/load_view.h"

int session_begin(struct session *session)
{
	struct err err = {0};

	interrupt_install();
	if (keeper_start(&session->keeper, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}

int session_open_store(struct session *session, const char *override, const char *directory,
		       bool has_plan)
{
	struct err err = {0};
	bool is_new = false;

	session->store_path = store_find_path(override, directory, has_plan);
	if (store_open(&session->store, session->store_path, &is_new, &err) < 0)
		return cmd_fail(&err);
	if (is_new)
		fprintf(stderr, "sonde: made the store %s\n", session->store_path);
	return CMD_OK;
}

static void fill_options(struct session *session, struct lab_options *options,
			 struct progress *progress)
{
	progress_init(progress, session->is_quiet);
	options->store = session->store;
	options->keeper = session->keeper;
	options->version = home_version();
	options->progress = progress_show;
	options->context = progress;
}

int session_run(struct session *session, struct lab_options *options)
{
	struct progress progress;
	struct err err = {0};
	int r;

	fill_options(session, options, &progress);
	r = lab_run(options, &session->outcome, &err);
	progress_end(&progress);
	return r < 0 ? cmd_fail(&err) : CMD_OK;
}

int session_record(struct session *session, struct lab_options *options,
		   const struct lab_record *record, int *ret_child_status)
{
	struct progress progress;
	struct err err = {0};
	int r;

	fill_options(session, options, &progress);
	r = lab_record(options, record, &session->outcome, ret_child_status, &err);
	progress_end(&progress);
	return r < 0 ? cmd_fail(&err) : CMD_OK;
}

static void show_nothing(void *context, const struct lab_progress *now, const char *text)
{
	(void)context;
	(void)now;
	(void)text;
}

int session_record_unseen(struct session *session, struct lab_options *options,
			  const struct lab_record *record, int *ret_child_status, struct err *err)
{
	struct progress progress;

	fill_options(session, options, &progress);
	options->progress = show_nothing;
	return lab_record(options, record, &session->outcome, ret_child_status, err);
}

const char *session_get_store_option(const struct session *session, struct arena *arena)
{
	scoped_free char *found = store_find_path(NULL, ".", false);
	scoped_free char *real_found = realpath(found, NULL);
	scoped_free char *real_used = realpath(session->store_path, NULL);
	const char *words[] = {"--store", session->store_path};
	scoped_free char *line = NULL;

	if (real_found != NULL && real_used != NULL && strcmp(real_found, real_used) == 0)
		return "";
	line = cmd_format_command_line("", 2, words);
	return arena_strdup(arena, line + strlen("sonde "));
}

/* The measured value of a threshold; NAN when it was not earned. */
static double measured_value(const struct threshold *threshold, const struct load_view *view,
			     bool *is_lower_bound)
{
	const struct load_view_name *name = &view->total;

	for (uint32_t i = 0; threshold->scope[0] != '\0' && i < view->name_count; i++)
		if (strcmp(view->names[i].name, threshold->scope) == 0)
			name = &view->names[i];
	return threshold_measure(threshold, &name->counts, name->response, name->censored,
				 (double)view->duration_ns / 1e9, is_lower_bound);
}

static void format_measured(const struct threshold *threshold, double value,
			    char text[static FMT_BYTES])
{
	if (threshold->metric == THRESHOLD_FAILURES || threshold->metric == THRESHOLD_RATE)
		fmt_count(text, value);
	else if (threshold->metric == THRESHOLD_SUCCESS)
		fmt_percent(text, value);
	else
		fmt_duration(text, value);
}

/* With a lower bound only what lies below it is known: whether it is less than something is not. */
static bool is_decided(const struct threshold *threshold, double value, bool is_lower_bound)
{
	bool is_met = threshold_is_met(threshold, value);
	bool wants_more =
		threshold->operator== THRESHOLD_MORE || threshold->operator== THRESHOLD_AT_LEAST;

	return !isnan(value) && (!is_lower_bound || is_met == wants_more);
}

/* `may_be_open`: what cannot be judged is nothing to speak of. */
static int judge_threshold(const char *text, const char *arm, const struct load_view *view,
			   bool may_be_open)
{
	struct threshold threshold;
	char measured[FMT_BYTES];
	bool is_lower_bound = false;
	double value;

	if (threshold_parse(&threshold, text, NULL) < 0)
		return CMD_OK;
	value = measured_value(&threshold, view, &is_lower_bound);
	if (may_be_open && !is_decided(&threshold, value, is_lower_bound))
		return CMD_OK;
	if (!is_decided(&threshold, value, is_lower_bound)) {
		fprintf(stderr, "sonde: threshold \"%s\" cannot be judged for %s: %s\n", text, arm,
			is_lower_bound ? "too many requests were never answered"
				       : "too few answers");
		return CMD_NO_ANSWER;
	}
	if (threshold_is_met(&threshold, value))
		return CMD_OK;
	format_measured(&threshold, value, measured);
	fprintf(stderr, "sonde: threshold \"%s\" breached by %s: %s%s\n", text, arm,
		is_lower_bound ? "at least " : "", measured);
	return CMD_BAD_ANSWER;
}

/* The plan's arm that a label is of: "proxy", or with `--load all` "proxy:heavy". */
static uint32_t find_arm(const struct plan *plan, const char *label)
{
	uint32_t best = 0;
	size_t best_length = 0;

	for (uint32_t i = 0; i < plan->arm_count; i++) {
		size_t length = strlen(plan->arms[i].name);

		if (length > best_length && strncmp(plan->arms[i].name, label, length) == 0 &&
		    (label[length] == '\0' || label[length] == ':')) {
			best = i;
			best_length = length;
		}
	}
	return best;
}

/* One arm against the plan's thresholds, which may hold its variables. */
static int judge_arm(const struct plan *plan, uint32_t arm, const char *label,
		     const struct load_view *view)
{
	scoped(plan_cleanup) struct plan expanded = {0};
	int status = CMD_OK;
	struct err err = {0};

	if (plan_expand(plan, arm, &expanded, &err) < 0)
		return cmd_fail(&err);
	for (uint32_t i = 0; i < expanded.threshold_count; i++) {
		int judged = hypothesis_is_meant(expanded.thresholds[i])
				     ? CMD_OK /* cmd/hypothesis_list.h */
				     : judge_threshold(expanded.thresholds[i], label, view, false);

		status = cmd_join_answers(status, judged);
	}
	/* the watch ends a load early; a load that was too short for it is judged all the same */
	for (uint32_t i = 0; i < expanded.load.abort_count; i++)
		status = cmd_join_answers(
			status, judge_threshold(expanded.load.abort_on[i], label, view, true));
	return status;
}

int session_judge_side(const struct plan *plan, uint32_t plan_arm,
		       const struct selection *selection, uint32_t arm)
{
	struct load_view view = {0};
	struct err err = {0};
	struct arena arena;
	int status;

	if (plan->threshold_count == 0 && plan->load.abort_count == 0)
		return CMD_OK;
	arena_init(&arena);
	if (load_view_read(&view, &arena, selection, arm, &err) == 0)
		status = judge_arm(plan, plan_arm, selection_arm_label(selection, arm), &view);
	else
		status = cmd_fail(&err);
	load_view_release(&view);
	arena_release(&arena);
	return status;
}

int session_judge_arm(const struct plan *plan, const struct selection *selection, uint32_t arm)
{
	return session_judge_side(plan, find_arm(plan, selection_arm_label(selection, arm)),
				  selection, arm);
}

int session_judge(const struct session *session, const struct plan *plan,
		  const struct selection *selection)
{
	int status = CMD_OK;

	for (uint32_t arm = 0; arm < selection->arm_count; arm++)
		status = cmd_join_answers(status, session_judge_arm(plan, selection, arm));
	if (status != CMD_OK)
		return status;
	if (session->outcome.was_aborted)
		return CMD_BAD_ANSWER;
	if (session->outcome.validity == VALIDITY_REFUSED ||
	    (session->is_strict && session->outcome.validity == VALIDITY_SUSPECT))
		return CMD_NO_ANSWER;
	return CMD_OK;
}

void session_end(struct session *session)
{
	lab_outcome_release(&session->outcome);
	store_close(session->store);
	free(session->store_path);
	keeper_free(session->keeper);
}
