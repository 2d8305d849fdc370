#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/again.h"
#include "cmd/arm_choice.h"
#include "cmd/cmd_list.h"
#include "cmd/lens_args.h"
#include "cmd/plan_args.h"
#include "cmd/result.h"
#include "cmd/session.h"
#include "lab/target.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/parse.h"

struct run_args {
	struct cmd_common common;
	struct plan_args plan;
	struct lens_args lenses;
	struct option_list vars;
	struct option_list only;
	const char *save;
	const char *path; /* of the plan; NULL = made from options */
	const char *load; /* of the plan's loads; NULL = the plain one */
	uint32_t more;
	uint64_t seed;
	bool is_check, is_dry, is_quick, is_all, is_strict, is_quiet;
};

#define RUN_OPTIONS(a)                                                                             \
	PLAN_ARGS_OPTION(0, "url", OPTION_TEXT, "URL", (a).plan.url,                               \
			 "what to load, when there is no plan"),                                   \
		PLAN_ARGS_OPTION(0, "ready", OPTION_TEXT, "URL", (a).plan.ready,                   \
				 "answers 200 when the service is up (else: its port is open)"),   \
		PLAN_ARGS_OPTION('p', "target", OPTION_TEXT, "TARGET", (a).plan.target,            \
				 "a service that is already up: PID, name or :PORT; never "        \
				 "stopped"),                                                       \
		PLAN_ARGS_OPTION(0, "load", OPTION_TEXT, "NAME", (a).load,                         \
				 "one of the plan's named loads, or all of them in turn"),         \
		PLAN_ARGS_OPTION(0, "var", OPTION_LIST, "K=V", (a).vars,                           \
				 "set a variable of the plan; may be repeated"),                   \
		PLAN_ARGS_OPTION(                                                                  \
			0, "only", OPTION_LIST, "K=V", (a).only,                                   \
			"only these of the matrix (K=V,K=V: both), or arm=NAME; may be repeated"), \
		PLAN_ARGS_OPTION(0, "more", OPTION_COUNT, "N", (a).more,                           \
				 "add N pairs to the last experiment (or to the one named)"),      \
		PLAN_ARGS_OPTION(0, "quick", OPTION_FLAG, NULL, (a).is_quick,                      \
				 "a look: one run an arm, half a second of warm-up, two seconds "  \
				 "measured"),                                                      \
		PLAN_ARGS_OPTION(0, "check", OPTION_FLAG, NULL, (a).is_check,                      \
				 "only check the plan"),                                           \
		PLAN_ARGS_OPTION(0, "dry-run", OPTION_FLAG, NULL, (a).is_dry,                      \
				 "print what would be done"),                                      \
		PLAN_ARGS_OPTION(0, "save", OPTION_TEXT, "FILE", (a).save,                         \
				 "write the plan that is used"),                                   \
		PLAN_ARGS_OPTION(0, "seed", OPTION_NUMBER, "N", (a).seed,                          \
				 "of the run order and the request mix"),                          \
		PLAN_ARGS_OPTION(0, "all", OPTION_FLAG, NULL, (a).is_all, "show all metrics"),     \
		LENS_ARGS_SYSCALLS((a).lenses), LENS_ARGS_COUNTERS((a).lenses),                    \
		PLAN_ARGS_OPTION(0, "strict", OPTION_FLAG, NULL, (a).is_strict,                    \
				 "exit with 3 when the load is SUSPECT"),                          \
		PLAN_ARGS_OPTION('q', "quiet", OPTION_FLAG, NULL, (a).is_quiet, "no progress"),    \
		CMD_COMMON_OPTIONS((a).common), PLAN_ARGS_AMOUNT_OPTIONS((a).plan),                \
		PLAN_ARGS_CONNECTION_OPTIONS((a).plan), PLAN_ARGS_REQUEST_OPTIONS((a).plan),       \
	{                                                                                          \
		0                                                                                  \
	}

/* A load that ends with what it sends. */
static bool has_amount(const struct plan *plan)
{
	return plan->load.is_once || plan->load.iterations > 0;
}

/* What was typed beside it stays. */
static int make_quick(struct plan *plan, const struct plan_args *args, struct err *err)
{
	struct plan_edit edit = {.plan = plan, .err = err, .is_over_loads = args->is_over_loads};

	plan_edit_set(&edit, "repeat", "1");
	if (args->warmup == NULL && !has_amount(plan))
		plan_edit_set(&edit, "load/warmup", "500ms");
	if (args->duration_ns == PLAN_EDIT_UNSET && !has_amount(plan))
		plan_edit_set(&edit, "load/duration", "2s");
	return edit.result < 0 ? edit.result : plan_update(plan, err);
}

static bool has_all_loads(const struct run_args *args)
{
	return args->load != NULL && strcmp(args->load, "all") == 0;
}

/* The plan's file, with the load that was chosen. */
static int read_plan(struct plan *plan, const struct run_args *args, const struct plan_pair *vars,
		     struct err *err)
{
	const char *path = args->path != NULL ? args->path : ".";
	struct plan whole;
	int r;

	if (args->load == NULL || has_all_loads(args)) {
		r = plan_read(plan, path, vars, (uint32_t)args->vars.count, err);
		if (r == 0 && has_all_loads(args) && plan->load_count == 0)
			r = err_set(err, -EINVAL, "%s has no 'loads' for --load all to run",
				    plan->path);
		return r;
	}
	r = plan_read(&whole, path, vars, (uint32_t)args->vars.count, err);
	if (r == 0)
		r = plan_choose_load(&whole, args->load, plan, err);
	plan_release(&whole);
	return r;
}

/* From the file, or from the options; then the options over it. */
static int make_plan(struct plan *plan, struct run_args *args, struct err *err)
{
	struct plan_pair *vars = NULL;
	struct arena arena;
	int r;

	arena_init(&arena);
	r = plan_args_read_vars(&args->vars, &arena, &vars, err);
	if (r == 0 && args->plan.url != NULL) {
		r = args->path == NULL
			    ? plan_args_make(plan, &args->plan, err)
			    : err_set(err, -EINVAL, "--url and the plan %s exclude each other",
				      args->path);
	} else if (r == 0) {
		r = read_plan(plan, args, vars, err);
		args->plan.is_over_loads = has_all_loads(args);
		if (r == 0)
			r = plan_args_override(plan, &args->plan, err);
	}
	if (r == 0 && args->only.count > 0)
		r = arm_choice_apply(plan, &args->only, err);
	if (r == 0 && args->is_quick)
		r = make_quick(plan, &args->plan, err);
	if (r == 0 && (args->lenses.syscalls != NULL || args->lenses.counters != NULL)) {
		r = lens_args_apply(&args->lenses, plan, err);
		r = r == 0 ? plan_update(plan, err) : r;
	}
	if (r == 0 && !plan->has_load)
		r = err_set(err, -EINVAL,
			    "%s has no load: section; `sonde record` profiles without load",
			    plan->path != NULL ? plan->path : "the plan");
	arena_release(&arena);
	return r;
}

static int save_plan(const struct plan *plan, const char *path)
{
	scoped_free char *text = plan_write(plan);

	return cmd_write_output(path, text, strlen(text));
}

static int print_check(const struct plan *plan)
{
	printf("%s: good (%u arm(s)", plan->path != NULL ? plan->path : "plan", plan->arm_count);
	if (plan->arm_count < plan->combination_count)
		printf(" of %u", plan->combination_count);
	printf(", %u service(s), %u request(s))\n", plan->service_count, plan->load.request_count);
	return CMD_OK;
}

static int print_dry_run(const struct plan *plan)
{
	struct err err = {0};
	scoped_free char *text = lab_describe(plan, &err);

	if (text == NULL)
		return cmd_fail(&err);
	fputs(text, stdout);
	return CMD_OK;
}

static int run_plan(struct session *session, const struct plan *plan, const struct run_args *args,
		    struct lab_options *options)
{
	struct err err = {0};
	int status;

	if (target_check_arms(plan, &err) < 0)
		return cmd_fail(&err);
	options->plan = plan;
	options->kind = "run";
	options->seed = args->seed;
	status = session_run(session, options);
	return result_show(
		session, plan, status,
		&(struct result_options){.json = args->common.json, .is_all = args->is_all});
}

static int run_fresh(struct session *session, struct run_args *args, const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.command_line = command_line,
				      .first_pair = 1,
				      .first_number = 1,
				      .has_all_loads = has_all_loads(args)};
	struct err err = {0};
	int status;

	if (make_plan(&plan, args, &err) < 0 || lab_check(&plan, &err) < 0)
		return cmd_fail(&err);
	if (args->is_check)
		return print_check(&plan);
	if (args->save != NULL && (status = save_plan(&plan, args->save)) != CMD_OK)
		return status;
	if (args->is_dry)
		return print_dry_run(&plan);
	status = session_open_store(session, args->common.store,
				    plan.directory != NULL ? plan.directory : ".",
				    plan.path != NULL);
	return status != CMD_OK ? status : run_plan(session, &plan, args, &options);
}

/* --load all: then the arms of the runs are no arms of the plan, but have its loads' names. */
static bool had_all_loads(const struct selection *selection, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->arm_count && selection->arm_count > 0; i++)
		if (strcmp(selection->arms[0].name, plan->arms[i].name) == 0)
			return false;
	return plan->load_count > 0 && selection->arm_count > 0;
}

/* The stored plan again, with pairs and numbers behind the existing ones. */
static int run_more(struct session *session, struct run_args *args, const char *command_line)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.command_line = command_line};
	scoped_free char *repeat = alloc_printf("%u", args->more);
	struct err err = {0};
	scoped_free char *store = store_find_path(args->common.store, ".", false);
	const char *word = args->path != NULL ? args->path : CMD_LAST;
	int status;

	if (strstr(word, ".sonde") != NULL) {
		err_set(&err, -EINVAL, "%s is a file to read from; only a store can be added to",
			word);
		return cmd_fail(&err);
	}
	if (selection_open(&selection, store, word, &err) < 0)
		return cmd_fail(&err);
	if (strcmp(selection.experiment.kind, "run") != 0 || selection.experiment.plan[0] == '\0') {
		err_set(&err, -EINVAL,
			"%s was made by `sonde %s`: --more adds pairs to a `sonde run`",
			selection.experiment.id, selection.experiment.kind);
		return cmd_fail(&err);
	}
	options.experiment = selection.experiment.id;
	if (again_read_plan(&plan, &selection.experiment, &err) < 0 ||
	    plan_set(&plan, "repeat", repeat, &err) < 0 || plan_update(&plan, &err) < 0 ||
	    again_go_behind(selection.store, &options, &err) < 0)
		return cmd_fail(&err);
	options.has_all_loads = had_all_loads(&selection, &plan);
	status = session_open_store(session, args->common.store, ".", false);
	return status != CMD_OK ? status : run_plan(session, &plan, args, &options);
}

/* Options that say what is run; `--more` runs what was run before. */
static bool has_plan_option(const struct run_args *args)
{
	const struct plan_args *plan = &args->plan;

	return plan->url != NULL || plan->command != NULL || plan->target != NULL ||
	       plan_args_has_load(plan) || args->load != NULL || args->vars.count > 0 ||
	       args->only.count > 0 || args->lenses.syscalls != NULL ||
	       args->lenses.counters != NULL || args->save != NULL || args->is_quick ||
	       args->is_check || args->is_dry;
}

/* An option that would have no effect is a mistake, and not silence. */
static int check_effects(const struct run_args *args, struct err *err)
{
	if (args->more > 0 && has_plan_option(args))
		return err_set(err, -EINVAL,
			       "--more repeats the experiment as it was: no other options of the "
			       "plan or the load go with it");
	if (args->plan.url == NULL && (plan_args_has_request(&args->plan) || args->plan.ready))
		return err_set(err, -EINVAL,
			       "options of what is sent (-H, --body, --data, --script …) and "
			       "--ready go with --url; in a plan they stand with its requests and "
			       "services");
	if (args->plan.url != NULL && args->load != NULL)
		return err_set(err, -EINVAL, "--load chooses a load of a plan; --url has none");
	if (args->plan.url != NULL && args->vars.count > 0)
		return err_set(err, -EINVAL, "--var sets variables of a plan; --url has none");
	if (args->plan.url != NULL && args->only.count > 0)
		return err_set(err, -EINVAL, "--only chooses arms of a plan; --url has none");
	return 0;
}

static int check_args(const struct run_args *args, const struct options_rest *rest, struct err *err)
{
	if (rest->count > 1)
		return err_set(
			err, -EINVAL,
			"one plan at a time, not %u ('%s'); a command to start goes behind --",
			rest->count, rest->arguments[1]);
	if (args->plan.command != NULL && args->plan.command[0] == NULL)
		return err_set(err, -EINVAL, "there is no command behind --");
	if (args->plan.command != NULL && args->plan.url == NULL)
		return err_set(err, -EINVAL,
			       "a command needs --url URL to load; `sonde record -- CMD` profiles "
			       "without load");
	if (args->plan.command != NULL && args->plan.target != NULL)
		return err_set(err, -EINVAL, "-p and a command exclude each other");
	if (args->plan.target != NULL && args->plan.url == NULL)
		return err_set(
			err, -EINVAL,
			"-p needs --url URL to load; `sonde record -p` profiles without load");
	return check_effects(args, err);
}

static int run_with_args(const struct cmd *cmd, struct run_args *args, struct options_rest *rest,
			 const char *command_line)
{
	struct session session = {.is_strict = args->is_strict, .is_quiet = args->is_quiet};
	struct err err = {0};
	int status;

	args->path = rest->count > 0 ? rest->arguments[0] : NULL;
	args->plan.command = rest->command;
	if (plan_args_take_curl(&args->plan, &err) < 0 || check_args(args, rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	for (uint32_t i = 0; i < args->plan.note_count; i++)
		fprintf(stderr, "sonde: --curl: %s\n", args->plan.notes[i]);
	status = session_begin(&session);
	if (status == CMD_OK)
		status = args->more > 0 ? run_more(&session, args, command_line)
					: run_fresh(&session, args, command_line);
	session_end(&session);
	return status;
}

static int run_run(const struct cmd *cmd, int argc, const char **argv)
{
	struct run_args args = {.plan = PLAN_ARGS_INIT};
	struct option_spec specs[] = {RUN_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("run", argc, argv);
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		status = cmd_usage_error(cmd, &err);
	else if (args.common.is_help)
		status = cmd_print_help(
			cmd,
			"Starts the plan's services, waits until they answer, loads, profiles and "
			"watches them,\n"
			"stores everything, and compares the arms. PLAN is a file or a folder with "
			"a sonde.yaml\n"
			"(the current one when left out).",
			specs);
	else
		status = run_with_args(cmd, &args, &rest, command_line);
	vec_release(&args.vars);
	vec_release(&args.only);
	plan_args_release(&args.plan);
	return status;
}

const struct cmd cmd_run = {
	.name = "run",
	.group = "measure",
	.summary = "the whole lab: services, load, profile, monitors, comparison of arms",
	.usage = "Usage: sonde run [options] [PLAN]\n"
		 "       sonde run [options] --url URL [--ready URL] [--data FILE] -- COMMAND …\n"
		 "       sonde run [options] --url URL -p TARGET",
	.run = run_run,
};
