#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/session.h"
#include "cmd/stat_args.h"
#include "cmd/stat_live.h"
#include "cmd/stat_result.h"
#include "cmd/stat_watch.h"
#include "cmd/window.h"
#include "lab/interrupt.h"
#include "util/alloc.h"
#include "util/clock.h"

/* What a command's threads used is seen until the last look before their end. */
static uint64_t get_interval_ns(const struct stat_args *args, bool is_command)
{
	const uint64_t short_ns = 200 * NS_PER_MS;

	return args->interval_ns > 0 ? args->interval_ns : is_command ? short_ns : NS_PER_S;
}

static int make_plan(struct plan *plan, const struct stat_args *args, const char *const *command,
		     struct err *err)
{
	scoped_free char *interval =
		alloc_printf("%" PRIu64 "us", get_interval_ns(args, command != NULL) / 1000);
	struct lens_args lenses = args->lenses;
	int r;

	r = window_init_plan(plan, command, args->target, args->is_system_wide, err);
	if (r == 0)
		r = plan_set(plan, "profile", "false", err);
	if (r == 0)
		r = plan_set(plan, "monitor/interval", interval, err);
	if (args->like == NULL || args->events.count > 0)
		lenses.counters = args->event_list;
	if (r == 0)
		r = lens_args_apply(&lenses, plan, err);
	return r == 0 ? plan_update(plan, err) : r;
}

/*
 * Where it is printed: at once, or collected for a file and, where JSON takes its place, for none.
 */
struct stat_output {
	const char *path; /* NULL = nowhere */
	char *text;
	size_t length;
	bool is_collected;
};

static int open_output(struct stat_output *output, const struct stat_args *args,
		       struct stat_watch *watch, FILE *file)
{
	const char *json = args->common.json;

	output->path = args->output;
	if (watch->is_json && json[0] != '\0')
		output->path = json;
	output->is_collected = output->path != NULL || (json != NULL && !watch->is_json);
	watch->file = output->is_collected ? open_memstream(&output->text, &output->length) : file;
	return watch->file != NULL ? CMD_OK : CMD_NOT_MEASURED;
}

static int close_output(struct stat_output *output, const struct stat_watch *watch)
{
	scoped_free char *collected = NULL;

	if (!output->is_collected)
		return CMD_OK;
	if (fclose(watch->file) != 0)
		return CMD_NOT_MEASURED;
	collected = output->text;
	return output->path != NULL ? cmd_write_output(output->path, collected, output->length)
				    : CMD_OK;
}

static int show_result(struct session *session, const struct stat_args *args,
		       const struct stat_watch *watch)
{
	struct stat_result_options options = {.file = watch->file,
					      .json = watch->is_json ? NULL : args->common.json,
					      .has_figures = args->like == NULL && !args->is_csv,
					      .has_syscalls = args->lenses.syscalls != NULL,
					      .is_machine = args->is_system_wide};

	return stat_result_show(session, &options);
}

/* Notes and errors are for the screen behind the picture. */
static int record_live(struct session *session, struct lab_options *options,
		       const struct lab_record *record, const char *name, int *ret_child_status)
{
	struct stat_live *live = NULL;
	struct err err = {0};
	int r = stat_live_open(&live, options, name, &err);

	if (r == 0)
		r = session_record_unseen(session, options, record, ret_child_status, &err);
	stat_live_close(live);
	for (size_t i = 0; i < session->outcome.notes.count; i++)
		fprintf(stderr, "sonde: %s\n", session->outcome.notes.items[i]);
	return r < 0 ? cmd_fail(&err) : CMD_OK;
}

static int watch_session(struct session *session, struct stat_args *args,
			 const struct lab_record *record, struct stat_watch *watch,
			 const char *command_line)
{
	scoped(plan_cleanup) struct plan plan = {0};
	struct lab_options options = {
		.plan = &plan,
		.kind = "stat",
		.command_line = command_line,
		.first_pair = 1,
		.first_number = 1,
		.profile.is_system_wide = args->is_system_wide,
		.watch = {.has_all_tasks = args->is_system_wide,
			  .observe = stat_watch_observe,
			  .context = watch,
			  .is_required = args->events.count > 0 || args->lenses.syscalls != NULL,
			  .has_default_counters = args->events.count == 0}};
	struct err err = {0};
	int own = record->command != NULL ? CMD_RECORD_FAILED : 0;
	int child_status = 0, status;

	stat_watch_get_tables(watch, &options.watch.tables);
	if (make_plan(&plan, args, record->command, &err) < 0)
		status = cmd_fail(&err);
	else
		status = session_open_store(session, args->common.store, ".", false);
	if (status == CMD_OK && args->is_live)
		status = record_live(session, &options, record, plan.name, &child_status);
	else if (status == CMD_OK)
		status = session_record(session, &options, record, &child_status);
	if (status == CMD_OK)
		status = show_result(session, args, watch);
	if (status != CMD_OK)
		return own != 0 ? own : status;
	if (record->command != NULL)
		return window_pass_status(child_status);
	/*
	 * Ctrl-C is the normal end of a window without a duration, and cuts one that has it short.
	 */
	return (args->duration_ns > 0 || args->count > 0) && interrupt_get_count() > 0
		       ? CMD_INTERRUPTED
		       : CMD_OK;
}

/* Where nothing else is printed before the end: a line that is redrawn, and then cleared. */
static bool has_progress(const struct stat_args *args, const struct lab_record *record,
			 const struct stat_watch *watch)
{
	return !args->is_quiet && record->command == NULL && record->window == NULL &&
	       !args->is_live && !watch->has_intervals && !watch->has_tables && !watch->is_csv &&
	       cmd_is_terminal(STDERR_FILENO);
}

static int run_session(struct stat_args *args, const struct lab_record *record,
		       struct stat_watch *watch, const char *command_line)
{
	struct session session = {.is_quiet = !has_progress(args, record, watch)};
	struct stat_output output = {0};
	int status = open_output(&output, args, watch, record->command != NULL ? stderr : stdout);
	int written;

	if (status != CMD_OK)
		return status;
	status = session_begin(&session);
	if (status == CMD_OK)
		status = watch_session(&session, args, record, watch, command_line);
	session_end(&session);
	written = close_output(&output, watch);
	return written != CMD_OK ? written : status;
}

static int print_roots(const struct stat_args *args, struct stat_watch *watch)
{
	struct stat_output output = {0};
	struct err err = {0};
	int status = open_output(&output, args, watch, stdout);
	int written;

	if (status != CMD_OK)
		return status;
	if (stat_watch_print_roots(watch, args->roots.items, (uint32_t)args->roots.count, &err) < 0)
		status = cmd_fail(&err);
	written = close_output(&output, watch);
	return status != CMD_OK ? status : written;
}

static int make_watch(const struct stat_args *args, struct stat_watch *watch, struct err *err)
{
	watch->has_intervals = args->interval_ns > 0;
	watch->has_counts = args->events.count > 0;
	watch->is_machine = args->is_system_wide;
	watch->is_csv = args->is_csv;
	watch->is_json = args->common.json != NULL && args->like != NULL;
	watch->count_max = args->count;
	/* as pidstat -p PID: also while it does nothing */
	watch->tables.has_idle = args->target != NULL;
	return args->like != NULL ? stat_watch_set_like(watch, args->like, err) : 0;
}

static const char help[] =
	"Counts and watches a command, a running service or the machine: events as\n"
	"`perf stat`, system calls as `strace -c`, tables as pidstat, mpstat and iostat,\n"
	"all on one clock and stored as a run. With an INTERVAL (seconds) a line or a\n"
	"table is printed each time, COUNT of them.";

static int run_stat(const struct cmd *cmd, int argc, const char **argv)
{
	struct stat_args args = {0};
	struct stat_watch watch = {0};
	struct option_spec specs[] = {STAT_OPTIONS(args)};
	scoped_free char *command_line = cmd_format_command_line("stat", argc, argv);
	struct lab_record record = {0};
	struct options_rest rest;
	struct err err = {0};
	int r = stat_args_parse(&args, specs, argc, argv, &rest, &err);
	int status;

	if (r == 0 && !args.common.is_help)
		r = stat_args_check(&args, &rest, &record, &err);
	if (r == 0 && !args.common.is_help)
		r = make_watch(&args, &watch, &err);
	if (r < 0)
		status = cmd_usage_error(cmd, &err);
	else if (args.common.is_help)
		status = cmd_print_help(cmd, help, specs);
	else if (args.roots.count > 0)
		status = print_roots(&args, &watch);
	else
		status = run_session(&args, &record, &watch, command_line);
	stat_watch_release(&watch);
	stat_args_release(&args);
	return status;
}

const struct cmd cmd_stat = {
	.name = "stat",
	.group = "measure",
	.summary = "count events and system calls, watch processes, CPUs and disks (perf stat, "
		   "pidstat, mpstat, iostat, strace -c)",
	.usage = "Usage: sonde stat [options] [--] COMMAND …\n"
		 "       sonde stat [options] -p TARGET [INTERVAL [COUNT]] [-- COMMAND …]\n"
		 "       sonde stat [options] -a [INTERVAL [COUNT]] [-- COMMAND …]",
	.run = run_stat,
};
