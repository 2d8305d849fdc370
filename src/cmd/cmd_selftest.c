#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/home.h"
#include "cmd/selftest_text.h"
#include "cmd/session.h"
#include "export/json_text.h"
#include "lab/selftest.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char help[] =
	"Proves the ruler: runs the load generator on this machine against a built-in\n"
	"server whose answers are exactly known, because it stamps what it really does:\n"
	"constant and two-point delays, queues, freezes. Prints the error of each quantile\n"
	"and stores it. Takes a minute; a busy machine makes it worse, and that is said.";

struct selftest_args {
	struct cmd_common common;
	struct selftest_options options;
	uint64_t seed;
	bool is_quiet;
};

/* ---- JSON ---- */

static json_t *make_quantile(const struct store_selftest_quantile *quantile)
{
	json_int_t truth = (json_int_t)quantile->truth_ns,
		   measured = (json_int_t)quantile->measured_ns;

	if (!quantile->is_earned)
		return json_pack("{s:f, s:n, s:n, s:n, s:n, s:b, s:n, s:b}", "q", quantile->q,
				 "truth_ns", "measured_ns", "error_ns", "error_ratio", "is_bound",
				 0, "law_ns", "within", 1);
	return json_pack(
		"{s:f, s:I, s:I, s:o, s:o, s:b, s:o, s:b}", "q", quantile->q, "truth_ns", truth,
		"measured_ns", measured, "error_ns",
		quantile->is_bound ? json_null() : json_integer(measured - truth), "error_ratio",
		quantile->is_bound || truth == 0
			? json_null()
			: json_real((double)(measured - truth) / (double)truth),
		"is_bound", quantile->is_bound, "law_ns",
		quantile->law_ns > 0 ? json_integer((json_int_t)quantile->law_ns) : json_null(),
		"within", quantile->is_within);
}

static json_t *make_scenario(const struct store_selftest_scenario *scenario)
{
	json_t *quantiles = json_array();

	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++)
		json_array_append_new(quantiles, make_quantile(&scenario->quantiles[i]));
	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:{s:I, s:I}, s:{s:I, s:I}, s:f, s:f, s:o}",
		"name", scenario->name, "duration_ns", (json_int_t)scenario->duration_ns, "offered",
		(json_int_t)scenario->offered, "answered", (json_int_t)scenario->answered, "served",
		(json_int_t)scenario->served, "late_truth_ratio",
		scenario->has_late ? json_real(scenario->late_truth_ratio) : json_null(),
		"late_ratio", scenario->has_late ? json_real(scenario->late_ratio) : json_null(),
		"ping", "p50_ns", (json_int_t)scenario->ping_p50_ns, "p99_ns",
		(json_int_t)scenario->ping_p99_ns, "send_lag", "p50_ns",
		(json_int_t)scenario->lag_p50_ns, "p99_ns", (json_int_t)scenario->lag_p99_ns,
		"client_wait_ratio", scenario->client_wait_ratio, "server_wait_ratio",
		scenario->server_wait_ratio, "quantiles", quantiles);
}

static void format_json(const struct store_selftest *selftest, struct strbuf *text)
{
	json_t *scenarios = json_array();

	for (uint32_t i = 0; i < selftest->scenario_count; i++)
		json_array_append_new(scenarios, make_scenario(&selftest->scenarios[i]));
	json_text_write(
		text,
		json_pack("{s:s, s:s, s:I, s:s, s:s, s:f, s:b, s:I, s:o, s:f, s:f, s:o}", "schema",
			  "sonde.selftest/1", "kind", selftest->kind, "created_wall_ns",
			  (json_int_t)selftest->wall_ns, "boot_id", selftest->boot_id, "version",
			  selftest->version, "rate_rps", selftest->rate_hz, "within",
			  selftest->is_within, "p50_error_ns", (json_int_t)selftest->p50_error_ns,
			  "p99_error_ratio",
			  selftest->has_p99 ? json_real(selftest->p99_error_ratio) : json_null(),
			  "other_cpus", selftest->other_cpus, "steal_ratio", selftest->steal_ratio,
			  "scenarios", scenarios),
		true);
}

/* ---- the command ---- */

static int show(const struct store_selftest *selftest, const struct cmd_common *common)
{
	struct text_layout layout = {.columns = cmd_get_width(STDOUT_FILENO),
				     .has_color = cmd_has_color(STDOUT_FILENO)};
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (common->json != NULL)
		format_json(selftest, &text);
	else
		selftest_text_format(selftest, &layout, &text);
	status = cmd_write_output(common->json != NULL ? common->json : "", strbuf_text(&text),
				  text.length);
	strbuf_release(&text);
	if (status != CMD_OK)
		return status;
	return selftest->is_within ? CMD_OK : CMD_BAD_ANSWER;
}

static void show_progress(void *context, const char *scenario, uint32_t number, uint32_t count)
{
	const struct selftest_args *args = context;

	if (!args->is_quiet)
		fprintf(stderr, "selftest %u/%u · %s\n", number, count, scenario);
}

static int run_session(struct session *session, struct selftest_args *args)
{
	struct store_selftest selftest;
	struct err err = {0};
	int status = session_open_store(session, args->common.store, ".", false);

	if (status != CMD_OK)
		return status;
	args->options.version = home_version();
	args->options.seed = args->seed > 0 ? args->seed : clock_wall_ns();
	args->options.progress = show_progress;
	args->options.context = args;
	if (selftest_run_load(&args->options, &selftest, &err) < 0)
		return cmd_fail(&err);
	status = show(&selftest, &args->common);
	/* shown before it is stored: a full disk costs the record, not the answer */
	return store_add_selftest(session->store, &selftest, &err) < 0 ? cmd_fail(&err) : status;
}

static int check_arguments(const struct options_rest *rest, struct err *err)
{
	if (rest->count == 0)
		return err_set(err, -EINVAL, "what to test is missing: sonde selftest load");
	if (rest->count > 1 || strcmp(rest->arguments[0], "load") != 0)
		return err_set(err, -EINVAL,
			       "there is no self-test of '%s'; there is: sonde selftest load",
			       rest->arguments[rest->count > 1 ? 1 : 0]);
	return 0;
}

static int run_selftest(const struct cmd *cmd, int argc, const char **argv)
{
	struct selftest_args args = {.options = {.rate_hz = 1000}};
	struct option_spec specs[] = {{.letter = 'R',
				       .name = "rate",
				       .kind = OPTION_RATE,
				       .value = "RATE",
				       .target = &args.options.rate_hz,
				       .help = "requests per second (1000)"},
				      {.letter = 'd',
				       .name = "duration",
				       .kind = OPTION_DURATION,
				       .value = "TIME",
				       .target = &args.options.duration_ns,
				       .help = "of each scenario (5s to 15s, as each needs)"},
				      {.name = "quick",
				       .kind = OPTION_FLAG,
				       .target = &args.options.is_quick,
				       .help = "two or three seconds a scenario"},
				      {.name = "scenario",
				       .kind = OPTION_TEXT,
				       .value = "NAME",
				       .target = &args.options.scenario,
				       .help = "one only; the man page describes each"},
				      {.name = "seed",
				       .kind = OPTION_NUMBER,
				       .value = "N",
				       .target = &args.seed,
				       .help = "of services and arrivals (from the clock)"},
				      {.letter = 'q',
				       .name = "quiet",
				       .kind = OPTION_FLAG,
				       .target = &args.is_quiet,
				       .help = "no progress"},
				      CMD_COMMON_OPTIONS(args.common),
				      {0}};
	struct session session = {0};
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_arguments(&rest, &err) < 0 || selftest_check(&args.options, &err) < 0)
		return cmd_usage_error(cmd, &err);
	status = session_begin(&session);
	if (status == CMD_OK)
		status = run_session(&session, &args);
	session_end(&session);
	return status;
}

const struct cmd cmd_selftest = {
	.name = "selftest",
	.group = "machine",
	.summary = "prove the load generator against known truths, on this machine",
	.usage = "Usage: sonde selftest load [options]",
	.run = run_selftest,
};
