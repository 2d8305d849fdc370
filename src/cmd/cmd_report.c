#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "export/json.h"
#include "report/profile_report.h"
#include "util/alloc.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

struct report_args {
	struct cmd_common common;
	uint32_t count;
	bool is_tree;
};

#define REPORT_OPTIONS(a)                                                                          \
	{.name = "tree",                                                                           \
	 .kind = OPTION_FLAG,                                                                      \
	 .target = &(a).is_tree,                                                                   \
	 .help = "the call tree: callers above callees"},                                          \
		{.letter = 'n',                                                                    \
		 .name = "lines",                                                                  \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).count,                                                             \
		 .help = "the N hottest functions (those with at least 0.5 %)"},                   \
		{.letter = 'i',                                                                    \
		 .name = "input",                                                                  \
		 .kind = OPTION_LATER,                                                             \
		 .help = "name the RUN as an argument; the interactive report comes with a later " \
			 "version"},                                                               \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int format_arm(struct strbuf *text, struct arena *arena, const struct selection *selection,
		      uint32_t arm, const struct report_args *args, struct err *err)
{
	struct profile_report_options options = {.layout = look_get_layout(),
						 .function_count = args->count};
	struct hot_functions view;
	struct call_tree tree;
	int r = hot_functions_read(&view, arena, selection, arm, err);

	if (r == 0 && args->is_tree)
		r = call_tree_read(&tree, arena, selection, arm, err);
	if (r < 0)
		return r;
	if (selection->arm_count > 1) {
		strbuf_add_text(text, arm > 0 ? "\n" : "");
		text_add_styled(text, &options.layout, TEXT_BOLD,
				selection_arm_label(selection, arm));
		strbuf_add_char(text, '\n');
	}
	if (args->is_tree) {
		profile_report_add_quality(text, &view.summary);
		strbuf_add_char(text, '\n');
		profile_report_format_tree(text, &tree, &options);
	} else {
		profile_report_format(text, &view, &options);
	}
	return 0;
}

/* One document whatever the number of arms: scripts want one. */
static int format_json(struct strbuf *text, struct arena *arena, const struct selection *selection,
		       struct err *err)
{
	struct hot_functions view;
	int r = hot_functions_read(&view, arena, selection, UINT32_MAX, err);

	if (r < 0)
		return r;
	if (selection->arm_count > 1)
		fprintf(stderr,
			"sonde: %u arms together; `sonde report %s/%s --json` has one alone\n",
			selection->arm_count, selection->word, selection->arms[0].name);
	json_write_report(text, &view, selection);
	return 0;
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
		r = format_json(&text, &arena, selection, &err);
	for (uint32_t arm = 0; args->common.json == NULL && arm < selection->arm_count && r == 0;
	     arm++)
		r = format_arm(&text, &arena, selection, arm, args, &err);
	if (r < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static const char help[] =
	"The profile of a run: how good it is, and the functions by CPU time. The runs\n"
	"of an arm are merged; several arms come one after the other, and as JSON\n"
	"together.";

static int run_report(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct report_args args = {0};
	struct option_spec specs[] = {REPORT_OPTIONS(args)};
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
	return show_report(&selection, &args);
}

const struct cmd cmd_report = {
	.name = "report",
	.group = "look",
	.summary = "hot functions and the call tree (perf report)",
	.usage = "Usage: sonde report [options] [RUN]",
	.run = run_report,
};
