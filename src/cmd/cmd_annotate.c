#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "cmd/profile_args.h"
#include "export/json.h"
#include "report/annotate_text.h"
#include "report/disassembly.h"
#include "view/code_view.h"
#include "view/function_name.h"
#include "view/hot_functions.h"
#include "view/source_lines.h"

struct annotate_args {
	struct cmd_common common;
	struct profile_args samples;
	const char *syntax, *input;
	bool is_all, is_source, is_code;
	struct profile_filter filter;
	const char *what; /* FUNCTION or FILE:LINE */
};

#define ANNOTATE_OPTIONS(a)                                                                        \
	{.name = "source",                                                                         \
	 .kind = OPTION_FLAG,                                                                      \
	 .target = &(a).is_source,                                                                 \
	 .help = "the source only"},                                                               \
		{.name = "asm",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_code,                                                           \
		 .help = "the instructions only"},                                                 \
		{.letter = 'a',                                                                    \
		 .name = "all",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_all,                                                            \
		 .help = "lines and instructions far from any sample, too"},                       \
		{.letter = 'M',                                                                    \
		 .name = "syntax",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "SYNTAX",                                                                \
		 .target = &(a).syntax,                                                            \
		 .help = "of x86 instructions: att (the default) or intel"},                       \
		{.letter = 'i',                                                                    \
		 .name = "input",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "RUN",                                                                   \
		 .target = &(a).input,                                                             \
		 .help = "as in perf: the same as naming it as an argument"},                      \
		PROFILE_ARGS_OPTIONS((a).samples), CMD_COMMON_OPTIONS((a).common),                 \
	{                                                                                          \
		0                                                                                  \
	}

/* Where the run was measured; without that, here. */
static char *find_machine(const struct selection *selection, struct arena *arena)
{
	json_t *environment = json_loads(selection->experiment.environment, 0, NULL);
	const char *machine = json_string_value(json_object_get(environment, "machine"));
	struct utsname here;
	char *found;

	if (machine == NULL && uname(&here) == 0)
		machine = here.machine;
	found = arena_strdup(arena, machine != NULL ? machine : "");
	json_decref(environment);
	return found;
}

/* Disassembles all blocks; the sentence when that cannot be done, else NULL. */
static const char *disassemble(struct code_view *view, struct arena *arena,
			       const struct selection *selection, const struct annotate_args *args)
{
	struct disassembly_options options = {.machine = find_machine(selection, arena),
					      .is_intel = args->syntax != NULL &&
							  strcmp(args->syntax, "intel") == 0};
	struct err err = {0};

	for (uint32_t i = 0; i < view->block_count; i++)
		if (disassembly_fill(&view->blocks[i], arena, &options, &err) < 0)
			return arena_strdup(arena, err_text(&err));
	return NULL;
}

static int refuse_functions(const struct source_lines *lines, const char *what, struct err *err)
{
	enum { LISTED = 8 };
	struct strbuf names;
	int r;

	if (lines->function_count == 0)
		return err_set(err, -ENOENT, "no samples at %s", what);
	strbuf_init(&names, 1 << 16);
	for (uint32_t i = 0; i < lines->function_count && i < LISTED; i++)
		strbuf_addf(&names, "%s'%s!%s'", i > 0 ? ", " : "", lines->functions[i].module,
			    lines->functions[i].name);
	r = err_set(err, -ENOTUNIQ, "%u functions have code at %s; name one: %s",
		    lines->function_count, what, strbuf_text(&names));
	strbuf_release(&names);
	return r;
}

static int find_function(struct source_function *ret_function, const struct hot_functions *view,
			 struct arena *arena, const struct selection *selection, uint32_t arm,
			 const struct annotate_args *args, struct err *err)
{
	const struct hot_function *function;
	struct source_lines lines;
	struct source_range range;
	int r;

	if (source_lines_parse(&range, arena, args->what, NULL) < 0) {
		r = function_name_find(&function, view, args->what, err);
		if (r == 0)
			*ret_function = (struct source_function){.name = function->name,
								 .module = function->module};
		return r;
	}
	r = source_lines_read(&lines, arena, selection, arm, &range, &args->filter, err);
	if (r == 0 && lines.function_count != 1)
		r = refuse_functions(&lines, args->what, err);
	if (r == 0)
		*ret_function = lines.functions[0];
	return r;
}

static void format_text(struct strbuf *text, const struct code_view *code,
			const struct hot_functions *view, const char *why_no_instructions,
			const struct annotate_args *args)
{
	struct annotate_text_options options = {.layout = look_get_layout(),
						.is_all = args->is_all,
						.has_source = !args->is_code,
						.has_code = !args->is_source,
						.why_no_instructions = why_no_instructions};

	if (!isatty(STDOUT_FILENO))
		options.layout.columns = 0;
	annotate_text_format(text, code, &view->summary, &options);
}

/* Of one arm; `arm` UINT32_MAX = all together, as JSON. */
static int format_arm(struct strbuf *text, struct arena *arena, const struct selection *selection,
		      uint32_t arm, const void *context, struct err *err)
{
	const struct annotate_args *args = context;
	struct source_function function;
	struct hot_functions view;
	struct code_view code;
	const char *why;
	int r = hot_functions_read(&view, arena, selection, arm, &args->filter, err);

	if (r == 0)
		r = find_function(&function, &view, arena, selection, arm, args, err);
	if (r == 0)
		r = code_view_read(&code, arena, selection, arm, function.name, function.module,
				   &args->filter, err);
	if (r < 0)
		return r;
	why = disassemble(&code, arena, selection, args);
	if (args->common.json != NULL) {
		json_write_annotate(text, &code, &view.summary, selection);
		return 0;
	}
	format_text(text, &code, &view, why, args);
	return 0;
}

static int show_annotation(const struct selection *selection, const struct annotate_args *args)
{
	bool is_json = args->common.json != NULL;
	struct arena arena;
	struct strbuf text;
	struct err err = {0};
	int status, r = 0;

	if (look_check_measured(selection, &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (is_json)
		r = format_arm(&text, &arena, selection, UINT32_MAX, args, &err);
	else
		r = look_format_arms(&text, &arena, selection, format_arm, args, &err);
	if (r < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(is_json ? args->common.json : "", strbuf_text(&text),
					  text.length);
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static void args_cleanup(struct annotate_args *args)
{
	profile_args_release(&args->samples);
}

static int check_args(struct annotate_args *args, const struct options_rest *rest, struct err *err)
{
	int r = look_check_arguments(rest, 1, args->input != NULL ? 1 : 2,
				     "a FUNCTION or FILE:LINE and at most one RUN are", err);

	if (r == 0 && args->is_source && args->is_code)
		r = err_set(err, -EINVAL, "--source or --asm; without both there are both");
	if (r == 0 && args->syntax != NULL && strcmp(args->syntax, "att") != 0 &&
	    strcmp(args->syntax, "intel") != 0)
		r = err_set(err, -EINVAL, "-M %s: att or intel", args->syntax);
	if (r == 0)
		r = profile_args_get_filter(&args->filter, &args->samples, err);
	if (r == 0)
		args->what = rest->arguments[0];
	return r;
}

static const char help[] =
	"One function from inside: its source with the share of each line, and its\n"
	"instructions with the share of each; inlined code is marked. FUNCTION may be a\n"
	"part of the name as long as one function has it; MODULE!NAME looks in one\n"
	"module. Source and code were stored with the run: neither needs to be here.";

static int run_annotate(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped(args_cleanup) struct annotate_args args = {0};
	struct option_spec specs[] = {ANNOTATE_OPTIONS(args)};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common,
		      args.input != NULL ? args.input
		      : rest.count > 1	 ? rest.arguments[1]
					 : CMD_LAST,
		      &err) < 0)
		return cmd_fail(&err);
	return show_annotation(&selection, &args);
}

const struct cmd cmd_annotate = {
	.name = "annotate",
	.group = "look",
	.summary = "a function's source and instructions with their shares (perf annotate)",
	.usage = "Usage: sonde annotate [options] FUNCTION [RUN]\n"
		 "       sonde annotate [options] FILE:LINE [RUN]",
	.run = run_annotate,
};
