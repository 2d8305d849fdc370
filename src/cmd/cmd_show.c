#include <glob.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/insight_block.h"
#include "cmd/look.h"
#include "cmd/show_machine.h"
#include "cmd/show_text.h"
#include "report/run_report.h"
#include "util/alloc.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

struct show_args {
	struct cmd_common common;
	bool is_all, is_threads, is_syscalls;
};

/* Where the services' output is, as long as it is there. */
static void add_logs(struct strbuf *text, const struct selection *selection)
{
	scoped_free char *pattern = alloc_printf(
		"%s/output/%s.*.log", store_get_path(selection->store), selection->experiment.id);
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		strbuf_addf(text, "\nlogs: %s\n", pattern);
		globfree(&found);
	}
}

/* The tables that were asked for alone. */
static void add_parts(struct strbuf *text, const struct run_summary_side *side,
		      const struct machine_view *machine, const struct show_args *args)
{
	struct text_layout layout = look_get_layout();

	if (args->is_threads)
		show_machine_add_threads(text, side, machine, args->is_all, &layout);
	if (args->is_syscalls)
		show_machine_add_syscalls(text, side, machine, args->is_all, &layout);
}

static bool is_of_parts(const struct show_args *args)
{
	return args->is_threads || args->is_syscalls;
}

/* The monitors and the other lenses of each side, or parts of it alone. */
static int add_machines(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
			const struct show_args *args, struct err *err)
{
	struct text_layout layout = look_get_layout();
	int r = 0;

	for (uint32_t i = 0; i < summary->side_count && r == 0; i++) {
		const struct run_summary_side *side = &summary->sides[i];
		struct machine_view machine;

		r = machine_view_read(&machine, arena, side->selection, side->arm, err);
		if (r == 0 && is_of_parts(args))
			add_parts(text, side, &machine, args);
		else if (r == 0)
			show_machine_add(text, side, &machine, args->is_all, &layout);
	}
	return r;
}

static int add_measured(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
			const struct show_args *args, struct err *err)
{
	struct run_report_options options = {.layout = look_get_layout(),
					     .is_all = args->is_all,
					     .is_load_rows = run_summary_has_loads(summary)};
	struct strbuf insight;

	strbuf_init(&insight, STRBUF_MAX_DEFAULT);
	insight_block_add(&insight, arena, summary, &options.layout);
	options.insight = strbuf_text(&insight);
	strbuf_add_char(text, '\n');
	run_report_format(text, summary, &options);
	strbuf_release(&insight);
	for (uint32_t i = 0; i < summary->side_count; i++)
		show_text_add_load(text, &summary->sides[i], &options.layout);
	return add_machines(text, arena, summary, args, err);
}

static int add_all(struct strbuf *text, struct arena *arena, struct run_summary *summary,
		   const struct selection *selection, const struct show_args *args, struct err *err)
{
	struct text_layout layout = look_get_layout();
	int r = 0;

	show_text_add_head(text, arena, selection, &layout);
	if (look_check_measured(selection, NULL) < 0)
		strbuf_add_text(text, "\nnothing was measured\n");
	else
		r = run_summary_read(summary, arena, selection, NULL, err);
	if (r < 0 || is_of_parts(args))
		return r < 0 ? r : add_machines(text, arena, summary, args, err);
	if (summary->side_count > 0)
		r = add_measured(text, arena, summary, args, err);
	show_text_add_runs(text, selection, &layout);
	add_logs(text, selection);
	return r;
}

static int format_text(struct strbuf *text, const struct selection *selection,
		       const struct show_args *args, struct err *err)
{
	struct run_summary summary = {0};
	struct arena arena;
	int r;

	arena_init(&arena);
	r = add_all(text, &arena, &summary, selection, args, err);
	run_summary_release(&summary); /* what it points to is the arena's */
	arena_release(&arena);
	return r;
}

static int show_selection(const struct selection *selection, const struct show_args *args)
{
	struct strbuf text;
	struct err err = {0};
	int status;

	if (args->common.json != NULL)
		return look_write_json(selection, args->common.json);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (format_text(&text, selection, args, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

static const char help[] =
	"Everything that is known of a run: where and how it was made, its figures\n"
	"(several arms side by side), what failed, second by second, the monitors with\n"
	"their peaks, the counters, the lenses and what they cost, each run with its\n"
	"state, and where the logs are.";

static int run_show(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct show_args args = {0};
	struct option_spec specs[] = {{.name = "all",
				       .kind = OPTION_FLAG,
				       .target = &args.is_all,
				       .help = "all metrics, request names and monitors"},
				      {.name = "threads",
				       .kind = OPTION_FLAG,
				       .target = &args.is_threads,
				       .help = "what each thread used, and nothing else"},
				      {.name = "syscalls",
				       .kind = OPTION_FLAG,
				       .target = &args.is_syscalls,
				       .help = "their system calls, and nothing else; with --all "
					       "by thread"},
				      CMD_COMMON_OPTIONS(args.common),
				      {0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 0, 1, "at most one RUN is", &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common, rest.count > 0 ? rest.arguments[0] : CMD_LAST,
		      &err) < 0)
		return cmd_fail(&err);
	return show_selection(&selection, &args);
}

const struct cmd cmd_show = {
	.name = "show",
	.group = "look",
	.summary = "the summary of an experiment, an arm or a run",
	.usage = "Usage: sonde show [options] [RUN]",
	.run = run_show,
};
