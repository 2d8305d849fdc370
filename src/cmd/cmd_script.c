#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "export/perf_script.h"
#include "util/alloc.h"
#include "view/sample_list.h"

enum { CHUNK_BYTES = 1 << 20 };

struct script_args {
	struct cmd_common common;
	const char *fields; /* -F */
	const char *input;  /* -i */
};

/* Written as it is made: a long profile's text is larger than the profile by far. */
static int print_samples(const struct sample_list *list, const struct perf_script_options *options)
{
	struct strbuf text;
	int status = CMD_OK;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (size_t i = 0; i < list->data.samples.count && status == CMD_OK; i++) {
		perf_script_add_sample(&text, &list->data, &list->data.samples.items[i], options);
		if (text.length < CHUNK_BYTES && i + 1 < list->data.samples.count)
			continue;
		status = cmd_write_output("", strbuf_text(&text), text.length);
		strbuf_clear(&text);
	}
	strbuf_release(&text);
	return status;
}

static int show_script(const struct selection *selection, const struct perf_script_options *options)
{
	scoped(sample_list_cleanup) struct sample_list list = {0};
	struct err err = {0};

	if (look_check_measured(selection, &err) < 0 || look_check_one_arm(selection, &err) < 0 ||
	    sample_list_read(&list, selection, UINT32_MAX, &err) < 0)
		return cmd_fail(&err);
	return print_samples(&list, options);
}

/* Of perf's -F only what changes something here. */
static int parse_fields(const char *text, struct perf_script_options *options, struct err *err)
{
	if (text == NULL)
		return 0;
	if (strcmp(text, "+pid") != 0)
		return err_set(
			err, -EOPNOTSUPP,
			"-F %s: the fields are perf script's default ones; +pid adds the process",
			text);
	options->has_pid = true;
	return 0;
}

static const char help[] =
	"The samples of a profile one by one, in the order of their times, as `perf\n"
	"script` prints them: for stackcollapse-perf.pl, speedscope, the Firefox Profiler\n"
	"and whatever else reads that. The runs of an arm are merged.";

static int run_script(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct script_args args = {0};
	struct option_spec specs[] = {{.letter = 'F',
				       .name = "fields",
				       .kind = OPTION_TEXT,
				       .value = "+pid",
				       .target = &args.fields,
				       .help = "also the process of each thread: PID/TID"},
				      {.letter = 'i',
				       .name = "input",
				       .kind = OPTION_TEXT,
				       .value = "RUN",
				       .target = &args.input,
				       .help = "as in perf: the same as naming it as an argument"},
				      LOOK_STORE_OPTIONS(args.common),
				      {0}};
	struct perf_script_options options = {0};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 0, args.input != NULL ? 0 : 1, "at most one RUN is", &err) <
		    0 ||
	    parse_fields(args.fields, &options, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common,
		      args.input != NULL ? args.input
		      : rest.count > 0	 ? rest.arguments[0]
					 : CMD_LAST,
		      &err) < 0)
		return cmd_fail(&err);
	return show_script(&selection, &options);
}

const struct cmd cmd_script = {
	.name = "script",
	.group = "look",
	.summary = "the samples one by one, as text (perf script)",
	.usage = "Usage: sonde script [options] [RUN]",
	.run = run_script,
};
