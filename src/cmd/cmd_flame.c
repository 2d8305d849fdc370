#include <errno.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "cmd/profile_args.h"
#include "cmd/profile_file.h"
#include "report/flame_svg.h"
#include "util/alloc.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

#define FLAME_DEFAULT_PATH "flame.svg"

static int write_difference(struct strbuf *svg, struct arena *arena, const struct selection *base,
			    const struct selection *head, const struct profile_filter *filter,
			    struct err *err)
{
	struct hot_functions base_view, head_view;
	struct flame_svg_options options = {.summary = &head_view.summary,
					    .base_summary = &base_view.summary};
	struct call_tree tree;
	int r = hot_functions_read(&base_view, arena, base, 0, filter, err);

	if (r == 0)
		r = hot_functions_read(&head_view, arena, head, 0, filter, err);
	if (r == 0)
		r = call_tree_read_difference(&tree, arena, base, 0, head, 0, filter, err);
	if (r < 0)
		return r;
	options.base_label = selection_arm_label(base, 0);
	options.head_label = selection_arm_label(head, 0);
	if (strcmp(options.base_label, options.head_label) ==
	    0) { /* two experiments with the same arm */
		options.base_label = base->word;
		options.head_label = head->word;
	}
	options.title = arena_printf(arena, "%s: %s to %s", head->experiment.name,
				     options.base_label, options.head_label);
	flame_svg_write(svg, &tree, &options);
	return 0;
}

static int show_difference(const char *path, const struct selection *base,
			   const struct selection *head, const struct profile_filter *filter)
{
	struct arena arena;
	struct strbuf svg;
	struct err err = {0};
	int status;

	if (look_check_measured(base, &err) < 0 || look_check_measured(head, &err) < 0 ||
	    look_check_one_arm(base, &err) < 0 || look_check_one_arm(head, &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	if (write_difference(&svg, &arena, base, head, filter, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_file(path, strbuf_text(&svg), svg.length);
	strbuf_release(&svg);
	arena_release(&arena);
	return status;
}

static const char help[] =
	"Writes a flame graph: width is CPU time, callers below. Several arms make a\n"
	"file each (flame.proxy.svg). With RUN2 both are in one picture, RUN2 above and\n"
	"RUN below, in one scale: red costs more per request than in RUN, blue less,\n"
	"grey is no significant change, hatched is only on its own side. A file that is\n"
	"there already is kept as FILE.old.";

struct flame_args {
	struct cmd_common common;
	struct profile_args samples;
	const char *path, *input;
};

static void args_cleanup(struct flame_args *args)
{
	profile_args_release(&args->samples);
}

static int check_args(const struct flame_args *args, const struct options_rest *rest,
		      enum profile_file_format *format, struct err *err)
{
	int r = look_check_arguments(rest, 0, args->input != NULL ? 0 : 2, "at most two RUNs are",
				     err);

	if (r == 0 && strcmp(args->path, "-") != 0)
		r = profile_file_find_format(args->path, format, err);
	if (r == 0 && rest->count == 2 && *format != PROFILE_FILE_SVG)
		r = err_set(err, -EINVAL, "a difference is drawn as .svg only, not as %s",
			    args->path);
	return r;
}

static int show_flame(const struct flame_args *args, enum profile_file_format format,
		      const struct options_rest *rest, const struct profile_filter *filter)
{
	const char *word = args->input != NULL ? args->input
			   : rest->count > 0   ? rest->arguments[0]
					       : CMD_LAST;
	scoped(selection_cleanup) struct selection base = {0};
	scoped(selection_cleanup) struct selection head = {0};
	struct err err = {0};

	if (look_open(&base, &args->common, word, &err) < 0)
		return cmd_fail(&err);
	if (rest->count < 2)
		return profile_file_write_filtered(args->path, format, &base, filter);
	if (look_open(&head, &args->common, rest->arguments[1], &err) < 0)
		return cmd_fail(&err);
	return show_difference(args->path, &base, &head, filter);
}

static int run_flame(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(args_cleanup) struct flame_args args = {.path = FLAME_DEFAULT_PATH};
	struct option_spec specs[] = {
		{.letter = 'o',
		 .name = "output",
		 .kind = OPTION_TEXT,
		 .value = "FILE",
		 .target = &args.path,
		 .help = "where to, .svg, .html, .folded or .speedscope.json; - for SVG to standard"
			 " output (" FLAME_DEFAULT_PATH ")"},
		{.letter = 'i',
		 .name = "input",
		 .kind = OPTION_TEXT,
		 .value = "RUN",
		 .target = &args.input,
		 .help = "as in perf: the same as naming it as an argument"},
		PROFILE_ARGS_OPTIONS(args.samples),
		LOOK_STORE_OPTIONS(args.common),
		{0}};
	enum profile_file_format format = PROFILE_FILE_SVG;
	struct profile_filter filter;
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &format, &err) < 0 ||
	    profile_args_get_filter(&filter, &args.samples, &err) < 0)
		return cmd_usage_error(cmd, &err);
	return show_flame(&args, format, &rest, &filter);
}

const struct cmd cmd_flame = {
	.name = "flame",
	.group = "look",
	.summary = "flame graph, or the difference of two (FlameGraph)",
	.usage = "Usage: sonde flame [options] [RUN]\n"
		 "       sonde flame [options] RUN RUN2",
	.run = run_flame,
};
