#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
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
	struct option_list vars;
	const char *save;
	const char *path; /* of the plan; NULL = made from options */
	uint32_t more;
	uint64_t seed;
	bool is_check, is_dry, is_quick, is_all, is_strict, is_quiet;
};

#define LATER(option, why)                                                                         \
	{                                                                                          \
		.name = (option), .kind = OPTION_LATER, .help = (why)                              \
	}

#define RUN_OPTIONS(a)                                                                             \
	{.name = "url",                                                                            \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "URL",                                                                           \
	 .target = &(a).plan.url,                                                                  \
	 .help = "what to load, when there is no plan"},                                           \
		{.name = "ready",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "URL",                                                                   \
		 .target = &(a).plan.ready,                                                        \
		 .help = "answers 200 when the service is up (else: its port is open)"},           \
		{.letter = 'p',                                                                    \
		 .name = "target",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "TARGET",                                                                \
		 .target = &(a).plan.target,                                                       \
		 .help = "a service that is already up: PID, name or :PORT; never stopped"},       \
		PLAN_ARGS_DATA_OPTIONS((a).plan),                                                  \
		{.letter = 'c',                                                                    \
		 .name = "connections",                                                            \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).plan.connections,                                                  \
		 .help = "connections (10, or the plan's)"},                                       \
		{.letter = 'd',                                                                    \
		 .name = "duration",                                                               \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.duration_ns,                                                  \
		 .help = "measured time of each run (10s, or the plan's)"},                        \
		{.letter = 'R',                                                                    \
		 .name = "rate",                                                                   \
		 .kind = OPTION_RATE,                                                              \
		 .value = "RATE",                                                                  \
		 .target = &(a).plan.rate_hz,                                                      \
		 .help = "open loop: requests per second in all"},                                 \
		{.letter = 't',                                                                    \
		 .name = "threads",                                                                \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).plan.threads,                                                      \
		 .help = "threads of the load generator"},                                         \
		{.name = "warmup",                                                                 \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.warmup_ns,                                                    \
		 .help = "load before the measured window"},                                       \
		{.name = "timeout",                                                                \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.timeout_ns,                                                   \
		 .help = "for each answer (30s)"},                                                 \
		{.letter = 'H',                                                                    \
		 .name = "header",                                                                 \
		 .kind = OPTION_LIST,                                                              \
		 .value = "'N: V'",                                                                \
		 .target = &(a).plan.headers,                                                      \
		 .help = "a header line; may be repeated"},                                        \
		PLAN_ARGS_BODY_OPTIONS((a).plan),                                                  \
		{.name = "var",                                                                    \
		 .kind = OPTION_LIST,                                                              \
		 .value = "K=V",                                                                   \
		 .target = &(a).vars,                                                              \
		 .help = "set a variable of the plan; may be repeated"},                           \
		{.name = "more",                                                                   \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).more,                                                              \
		 .help = "add N pairs to the last experiment (or to the one named)"},              \
		{.name = "quick",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quick,                                                          \
		 .help = "a look: one run an arm, half a second of warm-up, two seconds "          \
			 "measured"},                                                              \
		{.name = "check",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_check,                                                          \
		 .help = "only check the plan"},                                                   \
		{.name = "dry-run",                                                                \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_dry,                                                            \
		 .help = "print what would be done"},                                              \
		{.name = "save",                                                                   \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE",                                                                  \
		 .target = &(a).save,                                                              \
		 .help = "write the plan that is used"},                                           \
		{.name = "seed",                                                                   \
		 .kind = OPTION_NUMBER,                                                            \
		 .value = "N",                                                                     \
		 .target = &(a).seed,                                                              \
		 .help = "of the run order and the request mix"},                                  \
		{.name = "all",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_all,                                                            \
		 .help = "show all metrics"},                                                      \
		{.name = "strict",                                                                 \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_strict,                                                         \
		 .help = "exit with 3 when the load is SUSPECT"},                                  \
		{.letter = 'q',                                                                    \
		 .name = "quiet",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quiet,                                                          \
		 .help = "no progress"},                                                           \
		LATER("load", "named loads come with a later version"),                            \
		LATER("users", "users come with a later version; -c N connections"),               \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int read_vars(const struct option_list *list, struct plan_pair **ret_pairs, struct err *err)
{
	struct plan_pair *pairs = alloc_array(list->count, sizeof(*pairs));

	*ret_pairs = pairs;
	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->items[i], '=');

		if (equals == NULL || equals == list->items[i])
			return err_set(err, -EINVAL, "--var %s must be like name=value",
				       list->items[i]);
		pairs[i].name = alloc_strndup(list->items[i], (size_t)(equals - list->items[i]));
		pairs[i].value = equals + 1;
	}
	return 0;
}

static void free_vars(struct plan_pair *pairs, size_t count)
{
	union {
		const char *given;
		char *owned;
	} name;

	for (size_t i = 0; i < count && pairs != NULL; i++) {
		name.given = pairs[i].name;
		free(name.owned);
	}
	free(pairs);
}

/* What was typed beside it stays. */
static int make_quick(struct plan *plan, const struct plan_args *args, struct err *err)
{
	int r = plan_set(plan, "repeat", "1", err);

	if (r == 0 && args->warmup_ns == PLAN_ARGS_UNSET && !plan->load.is_once)
		r = plan_set(plan, "load/warmup", "500ms", err);
	if (r == 0 && args->duration_ns == PLAN_ARGS_UNSET && !plan->load.is_once)
		r = plan_set(plan, "load/duration", "2s", err);
	return r < 0 ? r : plan_update(plan, err);
}

/* From the file, or from the options; then the options over it. */
static int make_plan(struct plan *plan, struct run_args *args, struct err *err)
{
	struct plan_pair *vars = NULL;
	int r = read_vars(&args->vars, &vars, err);

	if (r == 0 && args->plan.url != NULL) {
		r = args->path == NULL
			    ? plan_args_make(plan, &args->plan, err)
			    : err_set(err, -EINVAL, "--url and the plan %s exclude each other",
				      args->path);
	} else if (r == 0) {
		r = plan_read(plan, args->path != NULL ? args->path : ".", vars,
			      (uint32_t)args->vars.count, err);
		if (r == 0)
			r = plan_args_override(plan, &args->plan, err);
	}
	if (r == 0 && args->is_quick)
		r = make_quick(plan, &args->plan, err);
	if (r == 0 && !plan->has_load)
		r = err_set(err, -EINVAL,
			    "%s has no load: section; `sonde record` profiles without load",
			    plan->path != NULL ? plan->path : "the plan");
	free_vars(vars, args->vars.count);
	return r;
}

/* Each arm's ports must be free before anything starts. */
static int check_ports(const struct plan *plan, struct err *err)
{
	struct procfs fs;
	int r = proc_file_init(&fs, "");

	for (uint32_t arm = 0; arm < plan->arm_count && r == 0; arm++) {
		struct plan expanded = {0};

		r = plan_expand(plan, arm, &expanded, err);
		if (r == 0)
			r = target_check_plan(&fs, &expanded, err);
		plan_release(&expanded);
	}
	return r;
}

static int save_plan(const struct plan *plan, const char *path)
{
	scoped_free char *text = plan_write(plan);

	return cmd_write_output(path, text, strlen(text));
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

	if (check_ports(plan, &err) < 0)
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
	struct lab_options options = {
		.command_line = command_line, .first_pair = 1, .first_number = 1};
	struct err err = {0};
	int status;

	if (make_plan(&plan, args, &err) < 0 || lab_check(&plan, &err) < 0)
		return cmd_fail(&err);
	if (args->is_check) {
		printf("%s: good (%u arm(s), %u service(s), %u request(s))\n",
		       plan.path != NULL ? plan.path : "plan", plan.arm_count, plan.service_count,
		       plan.load.request_count);
		return CMD_OK;
	}
	if (args->save != NULL && (status = save_plan(&plan, args->save)) != CMD_OK)
		return status;
	if (args->is_dry)
		return print_dry_run(&plan);
	status = session_open_store(session, args->common.store,
				    plan.directory != NULL ? plan.directory : ".",
				    plan.path != NULL);
	return status != CMD_OK ? status : run_plan(session, &plan, args, &options);
}

/* The folder that the experiment was run from or for, as its environment has it. Caller frees. */
static char *read_directory(const struct stored_experiment *experiment)
{
	json_t *environment = json_loads(experiment->environment, 0, NULL);
	const char *directory = json_string_value(json_object_get(environment, "directory"));
	char *copy = alloc_strdup(directory != NULL ? directory : ".");

	json_decref(environment);
	return copy;
}

/* The stored plan again, with pairs and numbers behind the existing ones. */
static int run_more(struct session *session, struct run_args *args, const char *command_line)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {
		.command_line = command_line, .first_pair = 1, .first_number = 1};
	scoped_free char *repeat = alloc_printf("%u", args->more);
	scoped_free char *directory = NULL;
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
	directory = read_directory(&selection.experiment);
	if (plan_parse(&plan,
		       selection.experiment.plan_path[0] != '\0' ? selection.experiment.plan_path
								 : "stored plan",
		       selection.experiment.plan, strlen(selection.experiment.plan), directory,
		       NULL, 0, &err) < 0 ||
	    plan_set(&plan, "repeat", repeat, &err) < 0 || plan_update(&plan, &err) < 0)
		return cmd_fail(&err);
	for (uint32_t i = 0; i < selection.run_count; i++) {
		if (selection.runs[i].record.pair >= options.first_pair)
			options.first_pair = selection.runs[i].record.pair + 1;
		if (selection.runs[i].record.number >= options.first_number)
			options.first_number = selection.runs[i].record.number + 1;
	}
	options.experiment = selection.experiment.id;
	status = session_open_store(session, args->common.store, ".", false);
	return status != CMD_OK ? status : run_plan(session, &plan, args, &options);
}

/* Options that say what is run; `--more` runs what was run before. */
static bool has_plan_option(const struct run_args *args)
{
	const struct plan_args *plan = &args->plan;

	return plan->url != NULL || plan->command != NULL || plan->target != NULL ||
	       plan_args_has_load(plan) || args->vars.count > 0 || args->save != NULL ||
	       args->is_quick || args->is_check || args->is_dry;
}

/* Of the request and the service, which a plan has its own of. */
static bool has_request_option(const struct plan_args *plan)
{
	return plan->data != NULL || plan->separator != NULL || plan->method != NULL ||
	       plan->body != NULL || plan->ready != NULL || plan->headers.count > 0;
}

/* An option that would have no effect is a mistake, and not silence. */
static int check_effects(const struct run_args *args, struct err *err)
{
	if (args->more > 0 && has_plan_option(args))
		return err_set(err, -EINVAL,
			       "--more repeats the experiment as it was: no other options of the "
			       "plan or the load go with it");
	if (args->plan.url == NULL && has_request_option(&args->plan))
		return err_set(err, -EINVAL,
			       "--data, --separator, -H, --method, --body and --ready go with "
			       "--url; in a plan they stand with its requests and services");
	if (args->plan.url != NULL && args->vars.count > 0)
		return err_set(err, -EINVAL, "--var sets variables of a plan; --url has none");
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
	if (check_args(args, rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
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
	vec_release(&args.plan.headers);
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
