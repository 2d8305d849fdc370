#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "cmd/profile_args.h"
#include "cmd/tree_browser.h"
#include "export/json.h"
#include "report/call_text.h"
#include "report/profile_report.h"
#include "util/alloc.h"
#include "view/call_tree.h"
#include "view/function_name.h"
#include "view/hot_functions.h"
#include "view/source_lines.h"

struct report_args {
	struct cmd_common common;
	struct profile_args samples;
	uint32_t count;
	const char *by, *callers, *callees, *lines;
	bool is_tree, is_interactive;
	/* made of the above by check_args(): */
	enum hot_group group;
	bool is_by_thread;
	struct profile_filter filter;
};

#define REPORT_OPTIONS(a)                                                                          \
	{.name = "by",                                                                             \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "WHAT",                                                                          \
	 .target = &(a).by,                                                                        \
	 .help = "what a row is: function (the default), module, file, line or thread"},           \
		{.name = "tree",                                                                   \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_tree,                                                           \
		 .help = "the call tree: callers above callees"},                                  \
		{.name = "callers",                                                                \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FUNCTION",                                                              \
		 .target = &(a).callers,                                                           \
		 .help = "who calls it, as a tree"},                                               \
		{.name = "callees",                                                                \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FUNCTION",                                                              \
		 .target = &(a).callees,                                                           \
		 .help = "what it calls, as a tree"},                                              \
		{.name = "lines",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE:FROM-TO",                                                          \
		 .target = &(a).lines,                                                             \
		 .help = "the lines of that stretch of source"},                                   \
		{.letter = 'n',                                                                    \
		 .name = "rows",                                                                   \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).count,                                                             \
		 .help = "the N hottest rows (those with at least 0.5 %)"},                        \
		{.letter = 'i',                                                                    \
		 .name = "interactive",                                                            \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_interactive,                                                    \
		 .help = "the tree with keys, on a terminal (? lists them)"},                      \
		PROFILE_ARGS_OPTIONS((a).samples), CMD_COMMON_OPTIONS((a).common),                 \
	{                                                                                          \
		0                                                                                  \
	}

/* One arm, or all arms, as they were asked for. */
struct report {
	const struct report_args *args;
	const struct selection *selection;
	uint32_t arm;
	struct arena *arena;
	struct hot_functions view;
	struct call_tree tree;
	struct source_lines lines;
	bool has_tree, has_lines;
};

static int read_around(struct report *report, struct err *err)
{
	const struct report_args *args = report->args;
	bool is_up = args->callers != NULL;
	const struct hot_function *function;
	int r = function_name_find(&function, &report->view, is_up ? args->callers : args->callees,
				   err);

	if (r < 0)
		return r;
	return call_tree_read_around(&report->tree, report->arena, report->selection, report->arm,
				     is_up ? CALL_CALLERS : CALL_CALLEES, function->name,
				     function->module, &args->filter, err);
}

static int read_lines(struct report *report, struct err *err)
{
	const struct report_args *args = report->args;
	struct source_range range;
	int r = source_lines_parse(&range, report->arena, args->lines, err);

	if (r == 0)
		r = source_lines_read(&report->lines, report->arena, report->selection, report->arm,
				      &range, &args->filter, err);
	return r;
}

static int read_report(struct report *report, struct err *err)
{
	const struct report_args *args = report->args;
	int r = hot_functions_read_by(&report->view, report->arena, report->selection, report->arm,
				      args->group, &args->filter, err);

	report->has_tree = args->is_tree || args->callers != NULL || args->callees != NULL;
	report->has_lines = args->lines != NULL;
	if (r == 0 && args->is_tree)
		r = call_tree_read(&report->tree, report->arena, report->selection, report->arm,
				   &args->filter, err);
	else if (r == 0 && report->has_tree)
		r = read_around(report, err);
	if (r == 0 && report->has_lines)
		r = read_lines(report, err);
	return r;
}

/* As wide as it gets into a pipe or file: whole names, a row a line. */
static struct text_layout get_layout(void)
{
	struct text_layout layout = look_get_layout();

	if (!isatty(STDOUT_FILENO))
		layout.columns = 0;
	return layout;
}

static void format_report(struct strbuf *text, const struct report *report)
{
	struct profile_report_options options = {.layout = get_layout(),
						 .group = report->args->group,
						 .function_count = report->args->count};

	if (report->has_tree) {
		profile_report_format_head(text, &report->view.summary, &options.layout);
		strbuf_add_char(text, '\n');
		call_text_format(text, &report->tree,
				 &(struct call_text_options){.layout = options.layout});
	} else if (report->has_lines) {
		profile_report_format_lines(text, &report->lines, &report->view.summary, &options);
	} else if (report->args->is_by_thread) {
		profile_report_format_threads(text, &report->view, &options);
	} else {
		profile_report_format(text, &report->view, &options);
	}
}

static int format_arm(struct strbuf *text, struct arena *arena, const struct selection *selection,
		      uint32_t arm, const void *args, struct err *err)
{
	struct report report = {.args = args, .selection = selection, .arm = arm, .arena = arena};
	int r = read_report(&report, err);

	if (r < 0)
		return r;
	format_report(text, &report);
	return 0;
}

/* One document whatever the number of arms: scripts want one. */
static int format_json(struct strbuf *text, struct arena *arena, const struct selection *selection,
		       const struct report_args *args, struct err *err)
{
	struct report report = {
		.args = args, .selection = selection, .arm = UINT32_MAX, .arena = arena};
	struct json_report_parts parts = {.group = args->group};
	int r = read_report(&report, err);

	if (r < 0)
		return r;
	if (selection->arm_count > 1)
		fprintf(stderr,
			"sonde: %u arms together; `sonde report %s/%s --json` has one alone\n",
			selection->arm_count, selection->word, selection->arms[0].name);
	parts.tree = report.has_tree ? &report.tree : NULL;
	parts.lines = report.has_lines ? &report.lines : NULL;
	json_write_report(text, &report.view, &parts, selection);
	return 0;
}

static int browse(const struct selection *selection, const struct report_args *args)
{
	struct report report = {.args = args, .selection = selection};
	struct arena arena;
	struct err err = {0};
	int status;

	if (look_check_measured(selection, &err) < 0 || look_check_one_arm(selection, &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	report.arena = &arena;
	if (read_report(&report, &err) < 0)
		status = cmd_fail(&err);
	else
		status = tree_browser_run(&report.tree, &report.view.summary);
	arena_release(&arena);
	return status;
}

static int show_report(const struct selection *selection, const struct report_args *args)
{
	struct arena arena;
	struct strbuf text;
	struct err err = {0};
	int status, r = 0;

	if (look_check_measured(selection, &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (args->common.json != NULL)
		r = format_json(&text, &arena, selection, args, &err);
	else
		r = look_format_arms(&text, &arena, selection, format_arm, args, &err);
	if (r < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static int find_group(struct report_args *args, struct err *err)
{
	static const struct {
		const char *name;
		enum hot_group group;
		bool is_by_thread;
	} groups[] = {{"function", HOT_FUNCTIONS, false},
		      {"module", HOT_MODULES, false},
		      {"file", HOT_FILES, false},
		      {"line", HOT_LINES, false},
		      {"thread", HOT_FUNCTIONS, true}};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(args->by, groups[i].name) == 0) {
			args->group = groups[i].group;
			args->is_by_thread = groups[i].is_by_thread;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "--by %s: function, module, file, line or thread", args->by);
}

static int check_args(struct report_args *args, const struct options_rest *rest, struct err *err)
{
	int kinds = (args->by != NULL) + args->is_tree + (args->callers != NULL) +
		    (args->callees != NULL) + (args->lines != NULL);
	int r = look_check_arguments(rest, 0, 1, "at most one RUN is", err);

	if (r == 0 && kinds > 1)
		r = err_set(err, -EINVAL,
			    "one of --by, --tree, --callers, --callees and --lines at a time");
	if (r == 0 && args->is_interactive && (args->by != NULL || args->lines != NULL))
		r = err_set(err, -EINVAL, "-i shows a tree; it takes neither --by nor --lines");
	/* into a pipe or file -i is what perf's scripts mean by it: read that file */
	args->is_interactive =
		args->is_interactive && args->common.json == NULL && terminal_is_there();
	if (args->is_interactive && args->callers == NULL && args->callees == NULL)
		args->is_tree = true;
	if (r == 0 && args->by != NULL)
		r = find_group(args, err);
	if (r == 0)
		r = profile_args_get_filter(&args->filter, &args->samples, err);
	return r;
}

static const char help[] =
	"The profile of a run: how good it is, what would make it better, and the\n"
	"functions by CPU time. The runs of an arm are merged; several arms come one\n"
	"after the other, and as JSON together.";

static void args_cleanup(struct report_args *args)
{
	profile_args_release(&args->samples);
}

static int run_report(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped(args_cleanup) struct report_args args = {0};
	struct option_spec specs[] = {REPORT_OPTIONS(args)};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common, rest.count > 0 ? rest.arguments[0] : CMD_LAST,
		      &err) < 0)
		return cmd_fail(&err);
	return args.is_interactive ? browse(&selection, &args) : show_report(&selection, &args);
}

const struct cmd cmd_report = {
	.name = "report",
	.group = "look",
	.summary = "hot functions and the call tree (perf report)",
	.usage = "Usage: sonde report [options] [RUN]",
	.run = run_report,
};
