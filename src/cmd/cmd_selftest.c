#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/home.h"
#include "cmd/selftest_record.h"
#include "cmd/selftest_text.h"
#include "cmd/session.h"
#include "export/json_text.h"
#include "lab/selftest.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char help[] =
	"Proves the ruler on this machine.\n"
	"load: runs the load generator against a built-in server whose answers are exactly\n"
	"known, because it stamps what it really does: constant and two-point delays,\n"
	"queues, freezes. Prints the error of each quantile and stores it. Takes a minute; a\n"
	"busy machine makes it worse, and that is said.\n"
	"record: profiles a built-in program of known shares and known call paths, which\n"
	"measures its own truth, and holds what was sampled against it.";

struct selftest_args {
	struct cmd_common common;
	struct selftest_options options;
	uint64_t seed;
	double frequency_hz;
	bool is_quiet, is_record;
};

static const uint64_t RECORD_NS = 6ull * NS_PER_S, RECORD_QUICK_NS = 2ull * NS_PER_S;

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

static int run_load(struct session *session, struct selftest_args *args)
{
	struct store_selftest selftest;
	struct err err = {0};
	int status;

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

static struct selftest_record_options get_record_options(const struct selftest_args *args)
{
	return (struct selftest_record_options){
		.frequency_hz = args->frequency_hz > 0 ? args->frequency_hz : 997,
		.cpu_ns = args->options.duration_ns > 0 ? args->options.duration_ns
			  : args->options.is_quick	? RECORD_QUICK_NS
							: RECORD_NS,
		.seed = args->seed > 0 ? args->seed : clock_wall_ns(),
		.json = args->common.json,
	};
}

static int run_session(struct session *session, struct selftest_args *args)
{
	struct selftest_record_options record = get_record_options(args);
	int status = session_open_store(session, args->common.store, ".", false);

	if (status != CMD_OK)
		return status;
	return args->is_record ? selftest_record_run(session, &record) : run_load(session, args);
}

static int check_arguments(struct selftest_args *args, const struct options_rest *rest,
			   struct err *err)
{
	const char *what = rest->count > 0 ? rest->arguments[0] : "";
	struct selftest_record_options record;

	args->is_record = strcmp(what, "record") == 0;
	if (rest->count == 0)
		return err_set(
			err, -EINVAL,
			"what to test is missing: sonde selftest load, or sonde selftest record");
	if (rest->count > 1 || (strcmp(what, "load") != 0 && !args->is_record))
		return err_set(
			err, -EINVAL,
			"there is no self-test of '%s'; there is: sonde selftest load, sonde "
			"selftest record",
			rest->arguments[rest->count > 1 ? 1 : 0]);
	if (args->is_record && args->options.scenario != NULL)
		return err_set(err, -EINVAL, "--scenario is of selftest load");
	if (!args->is_record && args->frequency_hz > 0)
		return err_set(err, -EINVAL, "-F is of selftest record; of load it is -R");
	record = get_record_options(args);
	return args->is_record ? selftest_record_check(&record, err)
			       : selftest_check(&args->options, err);
}

static int run_selftest(const struct cmd *cmd, int argc, const char **argv)
{
	struct selftest_args args = {.options = {.rate_hz = 1000}};
	struct option_spec specs[] = {
		{.letter = 'R',
		 .name = "rate",
		 .kind = OPTION_RATE,
		 .value = "RATE",
		 .target = &args.options.rate_hz,
		 .help = "load: requests per second (1000)"},
		{.letter = 'F',
		 .name = "freq",
		 .kind = OPTION_RATE,
		 .value = "HZ",
		 .target = &args.frequency_hz,
		 .help = "record: samples per second of CPU time (997)"},
		{.letter = 'd',
		 .name = "duration",
		 .kind = OPTION_DURATION,
		 .value = "TIME",
		 .target = &args.options.duration_ns,
		 .help = "of each scenario (5s to 15s, as each needs); record: CPU "
			 "time (6s)"},
		{.name = "quick",
		 .kind = OPTION_FLAG,
		 .target = &args.options.is_quick,
		 .help = "two or three seconds a scenario; record: 2s"},
		{.name = "scenario",
		 .kind = OPTION_TEXT,
		 .value = "NAME",
		 .target = &args.options.scenario,
		 .help = "load: one only; the man page describes each"},
		{.name = "seed",
		 .kind = OPTION_NUMBER,
		 .value = "N",
		 .target = &args.seed,
		 .help = "of all that is drawn (from the clock)"},
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

	if (argc > 0 && strcmp(argv[0], "workload") == 0) /* what `record` records */
		return selftest_record_work((uint32_t)argc - 1, argv + 1);
	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_arguments(&args, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	session.is_quiet = args.is_quiet;
	status = session_begin(&session);
	if (status == CMD_OK)
		status = run_session(&session, &args);
	session_end(&session);
	return status;
}

const struct cmd cmd_selftest = {
	.name = "selftest",
	.group = "machine",
	.summary = "prove load generator and profiler against known truths, on this machine",
	.usage = "Usage: sonde selftest load [options]\n"
		 "       sonde selftest record [options]",
	.run = run_selftest,
};
