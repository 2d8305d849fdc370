#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/event_name.h"
#include "cmd/cmd_list.h"
#include "cmd/event_args.h"
#include "cmd/export_file.h"
#include "cmd/lens_args.h"
#include "cmd/look.h"
#include "cmd/plan_args.h"
#include "cmd/session.h"
#include "cmd/window.h"
#include "lab/interrupt.h"
#include "report/profile_report.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "util/parse.h"
#include "view/hot_functions.h"
#include "view/selection.h"

struct record_args {
	struct cmd_common common;
	struct plan_args plan; /* target only */
	struct lens_args lenses;
	struct option_list events;
	const char *stacks, *call_graph, *period, *output;
	uint64_t duration_ns, debuginfod_ns;
	double frequency_hz;
	bool has_callgraph, is_quiet, is_system_wide;
	/* made of the above by check_args(): */
	const struct export_file_format *format; /* of output; NULL = none is written */
	VEC(char *) event_texts;
	struct lab_profile profile;
};

static void record_args_cleanup(struct record_args *args)
{
	for (size_t i = 0; i < args->event_texts.count; i++)
		free(args->event_texts.items[i]);
	vec_release(&args->event_texts);
	vec_release(&args->events);
}

#define LATER(letter_, option, why)                                                                \
	{                                                                                          \
		.letter = (letter_), .name = (option), .kind = OPTION_LATER, .help = (why)         \
	}

#define RECORD_OPTIONS(a)                                                                          \
	{.letter = 'p',                                                                            \
	 .name = "pid",                                                                            \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "TARGET",                                                                        \
	 .target = &(a).plan.target,                                                               \
	 .help = "profile what is already up: PID, name or :PORT, with its children and threads"}, \
		{.letter = 'a',                                                                    \
		 .name = "all-cpus",                                                               \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_system_wide,                                                    \
		 .help = "profile the whole machine (needs rights)"},                              \
		{.letter = 'd',                                                                    \
		 .name = "duration",                                                               \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).duration_ns,                                                       \
		 .help = "end after this time (else with the command, or Ctrl-C)"},                \
		{.letter = 'F',                                                                    \
		 .name = "freq",                                                                   \
		 .kind = OPTION_RATE,                                                              \
		 .value = "HZ",                                                                    \
		 .target = &(a).frequency_hz,                                                      \
		 .help = "samples per second of CPU time (199)"},                                  \
		{.letter = 'c',                                                                    \
		 .name = "count",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "COUNT",                                                                 \
		 .target = &(a).period,                                                            \
		 .help = "instead of -F: a sample every COUNT events (of clocks: ns)"},            \
		{.letter = 'e',                                                                    \
		 .name = "event",                                                                  \
		 .kind = OPTION_LIST,                                                              \
		 .value = "EVENT",                                                                 \
		 .target = &(a).events,                                                            \
		 .help = "perf's names, with commas: cycles, page-faults, … (the best there is " \
			 "for CPU time)"},                                                         \
		{.letter = 'g',                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_callgraph,                                                     \
		 .help = "stacks, as in perf; they are always taken"},                             \
		{.name = "stacks",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "HOW",                                                                   \
		 .target = &(a).stacks,                                                            \
		 .help = "auto (short copies, joined), dwarf (whole copies), dwarf,BYTES, fp "     \
			 "(frame pointers) or none"},                                              \
		{.name = "call-graph",                                                             \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "HOW",                                                                   \
		 .target = &(a).call_graph,                                                        \
		 .help = "the same, as in perf"},                                                  \
		{.name = "debuginfod",                                                             \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).debuginfod_ns,                                                     \
		 .help = "ask the servers of DEBUGINFOD_URLS for symbols, for so long at most"},   \
		{.letter = 'o',                                                                    \
		 .name = "output",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE",                                                                  \
		 .target = &(a).output,                                                            \
		 .help = "also write the profile there: .svg, .folded, .speedscope.json, .pb.gz, " \
			 ".json.gz or .sonde"},                                                    \
		{.letter = 'q',                                                                    \
		 .name = "quiet",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quiet,                                                          \
		 .help = "no progress"},                                                           \
		LENS_ARGS_SYSCALLS((a).lenses), LENS_ARGS_COUNTERS((a).lenses),                    \
		LATER(0, "raw",                                                                    \
		      "stacks are unwound while they are recorded, and nothing raw is kept"),      \
		LATER('b', "branch-any", "branch stacks are not sampled"),                         \
		LATER('t', "tid",                                                                  \
		      "a single thread cannot be chosen; -p PID, then report --by thread"),        \
		LATER(0, "json", "record prints no JSON; `sonde report --json` does, afterwards"), \
		LOOK_STORE_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int make_plan(struct plan *plan, struct record_args *args, const char *const *command,
		     struct err *err)
{
	char frequency[64];
	int r;

	args->plan.command = NULL;
	r = window_init_plan(plan, command, args->plan.target, args->is_system_wide, err);
	snprintf(frequency, sizeof(frequency), "%.10g", args->frequency_hz);
	if (r == 0)
		r = plan_set(plan, "profile/frequency", frequency, err);
	if (r == 0 && args->stacks != NULL)
		r = plan_set(plan, "profile/stacks", args->stacks, err);
	if (r == 0)
		r = lens_args_apply(&args->lenses, plan, err);
	return r == 0 ? plan_update(plan, err) : r;
}

/* The quality line, what would improve it, and where the rest is. */
static void print_summary(const struct session *session, const struct selection *selection)
{
	struct hot_functions view;
	const char *option;
	struct arena arena;
	struct strbuf text;

	arena_init(&arena);
	strbuf_init(&text, 1 << 20);
	if (hot_functions_read(&view, &arena, selection, UINT32_MAX, NULL, NULL) == 0) {
		profile_report_add_quality(&text, &view.summary);
		strbuf_add_char(&text, '\n');
		profile_report_add_advice(&text, &view.summary);
	}
	option = session_get_store_option(session, &arena);
	fprintf(stderr, "sonde: %sstored as %s; next: sonde report%s · sonde flame%s\n",
		strbuf_text(&text), selection->experiment.id, option, option);
	strbuf_release(&text);
	arena_release(&arena);
}

/* Standard output is the command's: what the writers of files print there goes to stderr, too. */
static int write_output(const struct selection *selection, const struct record_args *args)
{
	struct err err = {0};

	if (args->format == NULL)
		return CMD_OK;
	if (fflush(stdout) != 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		err_set(&err, -errno, "cannot write %s: %s", args->output, strerror(errno));
		return cmd_fail(&err);
	}
	return export_file_write(args->format, selection, args->output);
}

static int show_result(const struct session *session, const struct record_args *args)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct err err = {0};

	if (selection_open(&selection, session->store_path, session->outcome.experiment, &err) < 0)
		return cmd_fail(&err);
	print_summary(session, &selection);
	return write_output(&selection, args);
}

static int run_session(struct session *session, struct record_args *args,
		       const struct lab_record *record, const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {.plan = &plan,
				      .kind = "record",
				      .command_line = command_line,
				      .first_pair = 1,
				      .first_number = 1,
				      .profile = args->profile};
	struct err err = {0};
	int own = record->command != NULL ? CMD_RECORD_FAILED : 0;
	int child_status = 0;
	int status;

	if (make_plan(&plan, args, record->command, &err) < 0)
		status = cmd_fail(&err);
	else
		status = session_open_store(session, args->common.store, ".", false);
	if (status == CMD_OK)
		status = session_record(session, &options, record, &child_status);
	if (status == CMD_OK)
		status = show_result(session, args);
	if (status != CMD_OK)
		return own != 0 ? own : status;
	if (record->command != NULL)
		return window_pass_status(child_status);
	/*
	 * Ctrl-C is the normal end of a window without a duration, and cuts one that has it short.
	 */
	return args->duration_ns > 0 && interrupt_get_count() > 0 ? CMD_INTERRUPTED : CMD_OK;
}

/* "dwarf,16384", "dwarf", "fp", "auto", "none", "no" */
static int check_stacks(struct record_args *args, struct err *err)
{
	static const char *const names[] = {"auto", "dwarf", "fp", "none"};
	const char *text = args->stacks != NULL ? args->stacks : args->call_graph;
	uint64_t bytes;

	if (text == NULL)
		return 0;
	if (args->call_graph != NULL && text != args->call_graph)
		return err_set(err, -EINVAL, "--stacks and --call-graph are one; give it once");
	args->stacks = strcmp(text, "no") == 0 ? "none" : text;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(args->stacks, names[i]) == 0)
			return 0;
	if (strncmp(text, "lbr", 3) == 0)
		return err_set(
			err, -EOPNOTSUPP,
			"--call-graph lbr is not supported: dwarf gives whole stacks on every "
			"processor");
	if (strncmp(text, "dwarf,", 6) != 0)
		return err_set(err, -EINVAL,
			       "--stacks %s: there are auto, dwarf, dwarf,BYTES, fp and none",
			       text);
	if (parse_u64(text + 6, &bytes) < 0 || bytes < 512 || bytes > CAPTURE_STACK_BYTES_MAX)
		return err_set(
			err, -EINVAL,
			"%s: a stack copy has 512 to %d bytes; `dwarf` alone takes as many as "
			"needed",
			text, CAPTURE_STACK_BYTES_MAX);
	args->profile.stack_bytes = (uint32_t)bytes;
	args->stacks = "dwarf";
	return 0;
}

static int check_events(struct record_args *args, struct err *err)
{
	for (size_t i = 0; i < args->events.count; i++) {
		const char *list = args->events.items[i], *name;
		size_t length;

		while (event_name_next(&list, &name, &length))
			vec_push(&args->event_texts, alloc_strndup(name, length));
	}
	if (args->event_texts.count > CAPTURE_EVENTS_MAX)
		return err_set(err, -EINVAL, "%zu events are too many; at most %d at a time",
			       args->event_texts.count, CAPTURE_EVENTS_MAX);
	if (event_args_check(&args->events, err) < 0)
		return err->code;
	args->profile.events = (const char *const *)args->event_texts.items;
	args->profile.event_count = (uint32_t)args->event_texts.count;
	if (args->period != NULL &&
	    (parse_u64(args->period, &args->profile.period) < 0 || args->profile.period == 0))
		return err_set(err, -EINVAL, "-c %s: a number of events, from 1", args->period);
	if (args->frequency_hz < 1 || args->frequency_hz > 10000)
		return err_set(err, -EINVAL, "-F %g: 1 to 10000 samples per second",
			       args->frequency_hz);
	return 0;
}

static int check_args(struct record_args *args, const struct options_rest *rest,
		      struct lab_record *record, struct err *err)
{
	const char *const *command = rest->command != NULL ? rest->command
				     : rest->count > 0	   ? rest->arguments
							   : NULL;

	if (rest->command != NULL && rest->count > 0)
		return err_set(err, -EINVAL, "'%s' stands before --; the command goes behind it",
			       rest->arguments[0]);
	if (args->is_system_wide && args->plan.target != NULL)
		return err_set(err, -EINVAL, "-a is the whole machine, -p one of its services");
	if (check_stacks(args, err) < 0 || check_events(args, err) < 0 ||
	    lens_args_check(&args->lenses, err) < 0)
		return err->code;
	if (args->output != NULL && export_file_find_profile(args->output, &args->format, err) < 0)
		return err->code;
	args->profile.is_system_wide = args->is_system_wide;
	args->profile.debuginfod_ns = args->debuginfod_ns;
	if (!args->is_system_wide && args->plan.target == NULL &&
	    (command == NULL || command[0] == NULL))
		return err_set(err, -EINVAL,
			       "what is to be profiled? sonde record ./program, or sonde record -p "
			       "TARGET -d 10s");
	record->command = args->plan.target == NULL && !args->is_system_wide ? command : NULL;
	record->window = record->command == NULL ? command : NULL;
	record->duration_ns = args->duration_ns;
	return 0;
}

static const char help[] =
	"Profiles a command, or a process that is already up with all its threads and\n"
	"children, and stores the profile. With -p and -a a command is the window: its\n"
	"life, not its profile. Ctrl-C ends it in order; all that was sampled is kept.\n"
	"\n"
	"Stacks are copied and unwound while the program runs; the copies are as long as\n"
	"each thread needs. Where perf_event is refused, what sonde starts is sampled by\n"
	"stopping it for moments instead: at most 99 Hz, user code only.";

static int run_record(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(record_args_cleanup) struct record_args args = {.frequency_hz = 199};
	struct option_spec specs[] = {RECORD_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("record", argc, argv);
	struct lab_record record = {0};
	struct session session = {0};
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_BEFORE_ARGS, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &record, &err) < 0)
		return cmd_usage_error(cmd, &err);
	/* the terminal is the command's */
	session.is_quiet = args.is_quiet || record.command != NULL;
	status = session_begin(&session);
	if (status == CMD_OK)
		status = run_session(&session, &args, &record, command_line);
	session_end(&session);
	return status;
}

const struct cmd cmd_record = {
	.name = "record",
	.group = "measure",
	.summary = "profile a command or a running service (perf record)",
	.usage = "Usage: sonde record [options] [--] COMMAND …\n"
		 "       sonde record [options] -p TARGET [-- COMMAND …]\n"
		 "       sonde record [options] -a [-- COMMAND …]",
	.run = run_record,
};
