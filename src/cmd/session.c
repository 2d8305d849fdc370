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

/* The measured value of a threshold; NAN when it was not earned. */
static double measured_value(const struct threshold *threshold, const struct load_view *view)
{
	const struct load_view_name *name = &view->total;
	double q = threshold_get_quantile(threshold->metric),
	       seconds = (double)view->duration_ns / 1e9;

	for (uint32_t i = 0; threshold->scope[0] != '\0' && i < view->name_count; i++)
		if (strcmp(view->names[i].name, threshold->scope) == 0)
			name = &view->names[i];
	if (q > 0)
		return quantile_is_earned(name->response->count, q)
			       ? (double)quantile_of_histogram(name->response, q)
			       : (double)NAN;
	if (threshold->metric == THRESHOLD_FAILURES)
		return (double)load_counts_failures(&name->counts);
	if (threshold->metric == THRESHOLD_SUCCESS)
		return name->counts.offered > 0 ? 1 - (double)load_counts_failures(&name->counts) /
								  (double)name->counts.offered
						: (double)NAN;
	if (threshold->metric == THRESHOLD_RATE)
		return seconds > 0 ? (double)name->counts.completed / seconds : (double)NAN;
	if (name->response->count == 0)
		return (double)NAN;
	return threshold->metric == THRESHOLD_MEAN ? quantile_mean_ns(name->response)
						   : (double)name->response->max_ns;
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

/* One arm against the plan's thresholds. */
static int judge_arm(const struct plan *plan, const char *arm, const struct load_view *view)
{
	int status = CMD_OK;

	for (uint32_t i = 0; i < plan->threshold_count; i++) {
		struct threshold threshold;
		char text[FMT_BYTES];
		double value;

		if (threshold_parse(&threshold, plan->thresholds[i], NULL) < 0)
			continue;
		value = measured_value(&threshold, view);
		if (isnan(value)) {
			fprintf(stderr,
				"sonde: threshold \"%s\" cannot be judged for %s: too few "
				"answers\n",
				plan->thresholds[i], arm);
			status = status == CMD_OK ? CMD_NO_ANSWER : status;
		} else if (!threshold_is_met(&threshold, value)) {
			format_measured(&threshold, value, text);
			fprintf(stderr, "sonde: threshold \"%s\" breached by %s: %s\n",
				plan->thresholds[i], arm, text);
			status = CMD_BAD_ANSWER;
		}
	}
	return status;
}

int session_judge(const struct session *session, const struct plan *plan,
		  const struct selection *selection)
{
	int status = CMD_OK;

	for (uint32_t arm = 0; plan->threshold_count > 0 && arm < selection->arm_count; arm++) {
		struct load_view view = {0};
		struct err err = {0};
		struct arena arena;
		int judged;

		arena_init(&arena);
		if (load_view_read(&view, &arena, selection, arm, &err) == 0)
			judged = judge_arm(plan, selection_arm_label(selection, arm), &view);
		else
			judged = cmd_fail(&err);
		status = judged == CMD_BAD_ANSWER || status == CMD_OK ? judged : status;
		load_view_release(&view);
		arena_release(&arena);
	}
	if (status != CMD_OK)
		return status;
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
