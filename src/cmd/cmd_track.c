#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/again.h"
#include "cmd/cmd_list.h"
#include "cmd/hypothesis_list.h"
#include "cmd/look.h"
#include "cmd/session.h"
#include "cmd/track_args.h"
#include "cmd/tracked.h"
#include "export/json_track.h"
#include "lab/target.h"
#include "report/track_answer.h"
#include "report/track_form.h"
#include "util/alloc.h"

/* ---- running ---- */

static int read_plan(struct plan *plan, const struct track_args *args, struct err *err)
{
	int r = plan_args_read_plan(plan, args->word, &args->vars, args->load, &args->plan, err);

	if (r == 0 && !plan->has_load)
		r = err_set(err, -EINVAL, "%s has no load: section: there is nothing to track",
			    plan->path);
	if (r == 0)
		r = again_set_repeat(plan, args->repeat, err);
	if (r == 0)
		r = lab_check(plan, err);
	return r;
}

static int run_plan(struct session *session, const struct track_args *args,
		    const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.plan = &plan,
				      .kind = "run",
				      .command_line = command_line,
				      .seed = args->seed,
				      .first_pair = 1,
				      .first_number = 1};
	struct err err = {0};
	int status;

	if (read_plan(&plan, args, &err) < 0)
		return cmd_fail(&err);
	status = session_open_store(session, args->common.store, plan.directory, true);
	if (status != CMD_OK)
		return status;
	if (target_check_arms(&plan, &err) < 0)
		return cmd_fail(&err);
	return session_run(session, &options);
}

/* ---- judging ---- */

/*
 * By the plan that the experiment keeps; what is breached, or cannot be judged, is said on stderr.
 */
static int judge_thresholds(const struct session *session, const struct selection *head)
{
	const struct stored_experiment *experiment = &head->experiment;
	scoped(plan_cleanup) struct plan plan = {0};
	struct err err = {0};

	if (experiment->plan[0] == '\0')
		return CMD_OK;
	if (again_read_plan(&plan, experiment, &err) < 0) {
		fprintf(stderr, "sonde: the plan's thresholds cannot be judged: %s\n",
			err_text(&err));
		return CMD_NO_ANSWER;
	}
	return cmd_join_answers(session_judge(session, &plan, head),
				hypothesis_list_judge(&plan, head));
}

static int get_status(const struct track_view *view)
{
	switch (view->answer) {
	case TRACK_KEEP:
		return CMD_OK;
	case TRACK_INVESTIGATE:
		return CMD_BAD_ANSWER;
	case TRACK_NOT_KNOWN:
		break;
	}
	return view->is_comparable ? CMD_NO_ANSWER : CMD_NO_BASELINE;
}

/* What is worth typing next; commands that are printed must work as typed. */
static void add_next(struct strbuf *text, const struct tracked *tracked, const char *option)
{
	const struct track_view *view = &tracked->view;
	const char *id = tracked->head.experiment.id;

	if (view->answer == TRACK_INVESTIGATE && view->is_comparable) {
		strbuf_addf(text, "next: %s compare %s %s%s\n", program_invocation_name,
			    tracked->base.word, id, option);
		strbuf_addf(text, "      %s flame %s %s%s\n", program_invocation_name,
			    tracked->base.word, id, option);
	} else if (tracked->head.experiment.state == RUN_DONE && !tracked->is_baseline &&
		   (view->answer == TRACK_KEEP ||
		    (view->answer == TRACK_NOT_KNOWN && !view->is_comparable))) {
		strbuf_addf(text,
			    "next: %s accept %s%s --note \"…\" makes these runs the baseline\n",
			    program_invocation_name, id, option);
	}
}

static int print_view(const struct track_args *args, struct tracked *tracked, const char *option)
{
	struct track_text_options options = {.layout = look_get_layout(),
					     .is_all = args->is_all,
					     .metrics = args->metrics[0] != NULL ? args->metrics
										 : NULL};
	struct strbuf text, sentence;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_init(&sentence, STRBUF_MAX_DEFAULT);
	track_answer_add_sentence(&sentence, &tracked->view);
	if (args->common.json != NULL) {
		json_track_write(&text, &tracked->view, strbuf_text(&sentence));
	} else if (args->is_kv) {
		track_form_add_kv(&text, &tracked->view, &options);
	} else if (args->is_markdown) {
		track_form_add_markdown(&text, &tracked->view, &options);
	} else {
		track_text_format(&text, &tracked->view, &options);
		add_next(&text, tracked, option);
	}
	if (args->is_kv) /* the reasons have no line there */
		fprintf(stderr, "sonde: %s\n", strbuf_text(&sentence));
	status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
				  strbuf_text(&text), text.length);
	strbuf_release(&sentence);
	strbuf_release(&text);
	return status;
}

/* `status`: of the running; what was measured before an interrupt is shown all the same. */
static int judge(const struct session *session, const struct track_args *args, const char *word,
		 int status)
{
	scoped(tracked_cleanup) struct tracked tracked = {0};
	struct track_view_options options = {.diff = {.delta = args->delta}};
	struct err err = {0};
	int printed, judged;

	if (tracked_open(&tracked, session->store_path, word, &err) < 0 ||
	    look_check_measured(&tracked.head, &err) < 0)
		return status != CMD_OK ? status : cmd_fail(&err);
	judged = judge_thresholds(session, &tracked.head);
	options.is_breached = judged == CMD_BAD_ANSWER;
	options.is_unjudged = judged != CMD_OK && !options.is_breached;
	if (tracked_read(&tracked, &options, &err) < 0)
		return status != CMD_OK ? status : cmd_fail(&err);
	printed = print_view(args, &tracked, session_get_store_option(session, &tracked.arena));
	if (status != CMD_OK || printed != CMD_OK)
		return status != CMD_OK ? status : printed;
	return get_status(&tracked.view);
}

/* ---- who accepted what ---- */

static int show_log(const struct track_args *args)
{
	scoped_free char *path = look_find_store(&args->common);
	scoped(store_cleanup) struct store *store = NULL;
	struct text_layout layout = look_get_layout();
	struct track_log log = {0};
	struct strbuf text;
	struct arena arena;
	struct err err = {0};
	int status;

	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (store_open_readonly(&store, path, &err) < 0 ||
	    track_view_read_log(&log, &arena, store, args->word, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		if (args->common.json != NULL)
			json_track_write_log(&text, &log);
		else if (log.count > 0)
			track_form_add_log(&text, &log, &layout);
		else
			strbuf_addf(&text,
				    "nothing was accepted%s%s in %s yet; `sonde accept @last "
				    "--note \"…\"` does\n",
				    args->word != NULL ? " of " : "",
				    args->word != NULL ? args->word : "", path);
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	}
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

/* ---- the command ---- */

/* A RUN: told so, or what is no file. */
static bool is_run(const struct track_args *args)
{
	return args->has_no_run ||
	       (args->word != NULL && (args->word[0] == '@' || access(args->word, F_OK) < 0));
}

static int run_and_judge(const struct track_args *args, const char *command_line)
{
	struct session session = {.is_quiet = args->is_quiet};
	int status = session_begin(&session);

	if (status == CMD_OK)
		status = run_plan(&session, args, command_line);
	if (session.outcome.experiment[0] != '\0')
		status = judge(&session, args, session.outcome.experiment, status);
	session_end(&session);
	return status;
}

static int judge_stored(const struct track_args *args)
{
	struct session session = {.store_path = look_find_store(&args->common)};
	int status = judge(&session, args, args->word != NULL ? args->word : CMD_LAST, CMD_OK);

	session_end(&session);
	return status;
}

static const char help[] =
	"Runs the plan, compares it with the accepted baseline and with its history, and\n"
	"ends with KEEP, INVESTIGATE or NOT KNOWN. PLAN is a file or a folder with a\n"
	"sonde.yaml (the current one when left out); a RUN, and --no-run, judge what was\n"
	"run before. `sonde accept` makes a run the baseline.";

static int run_with_args(const struct cmd *cmd, struct track_args *args,
			 const struct options_rest *rest, const char *command_line)
{
	struct err err = {0};

	if (args->common.is_help) {
		struct option_spec specs[] = {TRACK_ARGS_OPTIONS(*args)};

		return cmd_print_help(cmd, help, specs);
	}
	if (track_args_check(args, rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args->is_log)
		return show_log(args);
	if (!is_run(args))
		return run_and_judge(args, command_line);
	if (!track_args_has_run(args))
		return judge_stored(args);
	err_set(&err, -EINVAL,
		"%s is a run, and nothing is run: no --repeat, --seed, --var, --load or amount of "
		"load with it",
		args->word);
	return cmd_usage_error(cmd, &err);
}

static int run_track(const struct cmd *cmd, int argc, const char **argv)
{
	struct track_args args = TRACK_ARGS_INIT;
	struct option_spec specs[] = {TRACK_ARGS_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("track", argc, argv);
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		status = cmd_usage_error(cmd, &err);
	else
		status = run_with_args(cmd, &args, &rest, command_line);
	track_args_release(&args);
	return status;
}

const struct cmd cmd_track = {
	.name = "track",
	.group = "decide",
	.summary = "run the plan, compare with the accepted baseline and the history",
	.usage = "Usage: sonde track [options] [PLAN]\n"
		 "       sonde track [options] RUN\n"
		 "       sonde track --log [options] [NAME]",
	.run = run_track,
};
