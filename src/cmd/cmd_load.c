#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/plan_args.h"
#include "cmd/result.h"
#include "cmd/session.h"
#include "util/alloc.h"
#include "util/clock.h"

struct load_args {
	struct cmd_common common;
	struct plan_args plan;
	const char *csv;
	bool is_latency, is_strict, is_quiet;
};

#define LATER(letter_, option, why)                                                                \
	{                                                                                          \
		.letter = (letter_), .name = (option), .kind = OPTION_LATER, .help = (why)         \
	}

#define LOAD_OPTIONS(a)                                                                            \
	{.letter = 't',                                                                            \
	 .name = "threads",                                                                        \
	 .kind = OPTION_COUNT,                                                                     \
	 .value = "N",                                                                             \
	 .target = &(a).plan.threads,                                                              \
	 .help = "threads (2)"},                                                                   \
		{.letter = 'c',                                                                    \
		 .name = "connections",                                                            \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).plan.connections,                                                  \
		 .help = "connections in all (10)"},                                               \
		{.letter = 'd',                                                                    \
		 .name = "duration",                                                               \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.duration_ns,                                                  \
		 .help = "measured time (10s)"},                                                   \
		{.letter = 'R',                                                                    \
		 .name = "rate",                                                                   \
		 .kind = OPTION_RATE,                                                              \
		 .value = "RATE",                                                                  \
		 .target = &(a).plan.rate_hz,                                                      \
		 .help = "open loop: requests per second in all; latency counts from the "         \
			 "intended time"},                                                         \
		{.letter = 'H',                                                                    \
		 .name = "header",                                                                 \
		 .kind = OPTION_LIST,                                                              \
		 .value = "'N: V'",                                                                \
		 .target = &(a).plan.headers,                                                      \
		 .help = "a header line; may be repeated"},                                        \
		{.name = "timeout",                                                                \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.timeout_ns,                                                   \
		 .help = "for each answer (30s)"},                                                 \
		{.name = "warmup",                                                                 \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).plan.warmup_ns,                                                    \
		 .help = "load before the measured window (none)"},                                \
		PLAN_ARGS_BODY_OPTIONS((a).plan), PLAN_ARGS_DATA_OPTIONS((a).plan),                \
		{.name = "latency",                                                                \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_latency,                                                        \
		 .help = "as in wrk; the latencies are always shown"},                             \
		{.name = "csv",                                                                    \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "PREFIX",                                                                \
		 .target = &(a).csv,                                                               \
		 .help = "write Locust's CSV files"},                                              \
		{.name = "strict",                                                                 \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_strict,                                                         \
		 .help = "exit with 3 when the load is SUSPECT"},                                  \
		{.letter = 'q',                                                                    \
		 .name = "quiet",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quiet,                                                          \
		 .help = "no progress"},                                                           \
		LATER('s', "script", "Lua scripts come with a later version"),                     \
		LATER('u', "users", "users come with a later version; -c N connections"),          \
		LATER('r', "spawn-rate",                                                           \
		      "users come with a later version; -R RATE is requests per second"),          \
		LATER('n', "iterations",                                                           \
		      "a number of requests comes with a later version; -d TIME or --once"),       \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int run_session(struct session *session, struct load_args *args, const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.plan = &plan,
				      .kind = "load",
				      .command_line = command_line,
				      .first_pair = 1,
				      .first_number = 1};
	struct err err = {0};
	int status;

	if (plan_args_make(&plan, &args->plan, &err) < 0 || lab_check(&plan, &err) < 0)
		return cmd_fail(&err);
	status = session_open_store(session, args->common.store, ".", false);
	if (status != CMD_OK)
		return status;
	status = session_run(session, &options);
	status = result_show(session, &plan, status,
			     &(struct result_options){.json = args->common.json, .is_load = true});
	if (args->csv != NULL && session->outcome.experiment[0] != '\0') {
		int written = result_write_locust_csv(session, args->csv);

		status = status == CMD_OK ? written : status;
	}
	return status;
}

static int run_load(const struct cmd *cmd, int argc, const char **argv)
{
	struct load_args args = {.plan = PLAN_ARGS_INIT};
	struct option_spec specs[] = {LOAD_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("load", argc, argv);
	struct session session = {0};
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd,
				      "Loads a URL and measures it: closed loop over -c "
				      "connections, or open loop at -R requests/s.\n"
				      "The options are wrk's and wrk2's. URLs may be short: "
				      ":8080/x. The result is stored.",
				      specs);
	if (rest.count != 1) {
		err_set(&err, -EINVAL,
			rest.count == 0 ? "a URL is missing: sonde load :8080/path"
					: "one URL at a time");
		return cmd_usage_error(cmd, &err);
	}
	args.plan.url = rest.arguments[0];
	if (args.plan.connections == 0)
		args.plan.connections = 10;
	if (args.plan.threads == 0) /* wrk's 2, as far as there are connections for them */
		args.plan.threads = args.plan.connections > 1 ? 2 : 1;
	session.is_strict = args.is_strict;
	session.is_quiet = args.is_quiet;
	status = session_begin(&session);
	if (status == CMD_OK)
		status = run_session(&session, &args, command_line);
	session_end(&session);
	vec_release(&args.plan.headers);
	return status;
}

const struct cmd cmd_load = {
	.name = "load",
	.group = "measure",
	.summary = "the load generator alone (wrk, wrk2, h2load, hey)",
	.usage = "Usage: sonde load [options] URL",
	.run = run_load,
};
