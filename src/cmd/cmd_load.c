#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/plan_args.h"
#include "cmd/result.h"
#include "cmd/session.h"
#include "lab/raw_file.h"
#include "util/alloc.h"

/* What is written besides the report; NULL = not asked for. */
struct load_outputs {
	const char *format; /* sonde, wrk, wrk2 */
	const char *raw;
	struct result_files files;
};

struct load_args {
	struct cmd_common common;
	struct plan_args plan;
	struct load_outputs outputs;
	bool is_latency, is_strict, is_quiet;
};

#define LOAD_OPTIONS(a)                                                                            \
	PLAN_ARGS_AMOUNT_OPTIONS((a).plan), PLAN_ARGS_REQUEST_OPTIONS((a).plan),                   \
		PLAN_ARGS_CONNECTION_OPTIONS((a).plan), PLAN_ARGS_HEADING("What is shown"),        \
		PLAN_ARGS_OPTION(0, "latency", OPTION_FLAG, NULL, (a).is_latency,                  \
				 "as in wrk; the latencies are always shown"),                     \
		PLAN_ARGS_OPTION(0, "format", OPTION_TEXT, "NAME", (a).outputs.format,             \
				 "of the report: sonde, wrk or wrk2"),                             \
		PLAN_ARGS_OPTION(0, "csv", OPTION_TEXT, "PREFIX", (a).outputs.files.csv,           \
				 "write Locust's CSV files"),                                      \
		PLAN_ARGS_OPTION(0, "csv-full-history", OPTION_FLAG, NULL,                         \
				 (a).outputs.files.is_csv_full,                                    \
				 "with each request name's history"),                              \
		PLAN_ARGS_OPTION(0, "seconds", OPTION_TEXT, "FILE", (a).outputs.files.seconds,     \
				 "write a CSV line for each second"),                              \
		PLAN_ARGS_OPTION(0, "hlog", OPTION_TEXT, "FILE", (a).outputs.files.hlog,           \
				 "write HdrHistogram's interval log"),                             \
		PLAN_ARGS_OPTION(0, "hgrm", OPTION_TEXT, "FILE", (a).outputs.files.hgrm,           \
				 "write HdrHistogram's percentiles"),                              \
		PLAN_ARGS_OPTION(0, "raw", OPTION_TEXT, "FILE", (a).outputs.raw,                   \
				 "write each request: its times, status and name"),                \
		PLAN_ARGS_OPTION(0, "strict", OPTION_FLAG, NULL, (a).is_strict,                    \
				 "exit with 3 when the load is SUSPECT"),                          \
		PLAN_ARGS_OPTION('q', "quiet", OPTION_FLAG, NULL, (a).is_quiet, "no progress"),    \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int check_outputs(const struct load_outputs *outputs, struct err *err)
{
	const char *format = outputs->format;

	if (format != NULL && strcmp(format, "sonde") != 0 && strcmp(format, "wrk") != 0 &&
	    strcmp(format, "wrk2") != 0)
		return err_set(err, -EINVAL, "--format must be sonde, wrk or wrk2, not '%s'",
			       format);
	if (outputs->files.is_csv_full && outputs->files.csv == NULL)
		return err_set(err, -EINVAL, "--csv-full-history goes with --csv PREFIX");
	return 0;
}

/* After the experiment: each file that was asked for. `status` is what the command has so far. */
static int run_session(struct session *session, struct load_args *args, const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.plan = &plan,
				      .kind = "load",
				      .command_line = command_line,
				      .first_pair = 1,
				      .first_number = 1};
	const struct result_options shown = {.json = args->common.json,
					     .is_load = true,
					     .format = args->outputs.format,
					     .is_latency = args->is_latency};
	scoped(raw_file_cleanup) struct raw_file *raw = NULL;
	struct err err = {0};
	int status;

	if (plan_args_make(&plan, &args->plan, &err) < 0 || lab_check(&plan, &err) < 0)
		return cmd_fail(&err);
	status = session_open_store(session, args->common.store, ".", false);
	if (status != CMD_OK)
		return status;
	if (args->outputs.raw != NULL && raw_file_open(&raw, args->outputs.raw, &err) < 0)
		return cmd_fail(&err);
	options.raw = raw;
	status = session_run(session, &options);
	status = result_show(session, &plan, status, &shown);
	if (session->outcome.experiment[0] != '\0') {
		int written = result_write_files(session, &args->outputs.files);

		status = status == CMD_OK ? written : status;
	}
	return status;
}

/* wrk's 2 threads, as far as there are connections for them. */
static void set_default_threads(struct plan_args *args)
{
	uint32_t connections = args->users > 0	       ? args->users
			       : args->connections > 0 ? args->connections
						       : 10;

	if (args->threads == 0)
		args->threads = connections > 1 ? 2 : 1;
}

static int check_args(struct load_args *args, const struct options_rest *rest, struct err *err)
{
	bool has_file = args->plan.targets != NULL || args->plan.replay != NULL;
	int r;

	if (rest->count > 1)
		return err_set(err, -EINVAL, "one URL at a time, not also '%s'",
			       rest->arguments[1]);
	if (rest->count == 1)
		args->plan.url = rest->arguments[0];
	r = plan_args_take_curl(&args->plan, err);
	if (r < 0)
		return r;
	if (args->plan.url == NULL && !has_file)
		return err_set(err, -EINVAL, "a URL is missing: sonde load :8080/path");
	if (rest->command != NULL && args->plan.script == NULL)
		return err_set(err, -EINVAL,
			       "what stands behind -- are arguments of a script: -s FILE");
	args->plan.script_args = rest->command;
	return check_outputs(&args->outputs, err);
}

static int run_with_args(const struct cmd *cmd, struct load_args *args,
			 const struct options_rest *rest, const char *command_line)
{
	struct session session = {.is_strict = args->is_strict, .is_quiet = args->is_quiet};
	struct err err = {0};
	int status;

	if (check_args(args, rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	for (uint32_t i = 0; i < args->plan.note_count; i++)
		fprintf(stderr, "sonde: --curl: %s\n", args->plan.notes[i]);
	set_default_threads(&args->plan);
	status = session_begin(&session);
	if (status == CMD_OK)
		status = run_session(&session, args, command_line);
	session_end(&session);
	return status;
}

static int run_load(const struct cmd *cmd, int argc, const char **argv)
{
	struct load_args args = {.plan = PLAN_ARGS_INIT};
	struct option_spec specs[] = {LOAD_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("load", argc, argv);
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		status = cmd_usage_error(cmd, &err);
	else if (args.common.is_help)
		status = cmd_print_help(
			cmd,
			"Loads a URL and measures it: closed loop over -c connections or with -u "
			"users, or open loop at\n"
			"-R requests/s. The options are wrk's, wrk2's and Locust's. URLs may be "
			"short: :8080/x, or\n"
			"https://…, or unix:/run/x.sock:/x. The result is stored.",
			specs);
	else
		status = run_with_args(cmd, &args, &rest, command_line);
	plan_args_release(&args.plan);
	return status;
}

const struct cmd cmd_load = {
	.name = "load",
	.group = "measure",
	.summary = "the load generator alone (wrk, wrk2, h2load, hey)",
	.usage = "Usage: sonde load [options] URL\n"
		 "       sonde load [options] -s SCRIPT URL [-- ARGUMENT …]\n"
		 "       sonde load [options] --targets FILE [URL]",
	.run = run_load,
};
