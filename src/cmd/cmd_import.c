#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/home.h"
#include "cmd/import_file.h"
#include "cmd/look.h"
#include "import/import_store.h"
#include "util/alloc.h"
#include "util/disk_cache.h"
#include "util/fmt.h"

struct import_args {
	struct cmd_common common;
	const char *root;
	uint64_t debuginfod_ns;
	bool is_without_lines;
	struct store *store;
	const char *command_line;
	uint32_t load_count; /* of the files so far */
};

static void print_load(const struct import *import, const char *id)
{
	const struct foreign_load *load = &import->load;
	double rate = foreign_load_find(load, "rate_rps");
	char requests[FMT_BYTES], text[FMT_BYTES];

	printf("%s  %s, %s: %s requests answered", id, import->name,
	       import_format_name(import->format),
	       fmt_count(requests, foreign_load_find(load, "requests")));
	if (isfinite(rate))
		printf(", %s/s", fmt_count(text, rate));
	if (load->duration_ns > 0)
		printf(", %s", fmt_duration(text, (double)load->duration_ns));
	printf("\n");
}

static void print_profile(const struct import *import, const char *id)
{
	const struct profile_data *data = &import->data;
	char samples[FMT_BYTES], duration[FMT_BYTES];

	printf("%s  %s, %s: %s samples of %s, %zu threads", id, import->name,
	       import_format_name(import->format), fmt_count(samples, (double)data->samples.count),
	       profile_data_get_event(data), data->threads.count);
	if (data->events.count > 1)
		printf(" (and %zu other event%s)", data->events.count - 1,
		       data->events.count > 2 ? "s" : "");
	if (import->end_ns > import->begin_ns)
		printf(", %s", fmt_duration(duration, (double)(import->end_ns - import->begin_ns)));
	printf("\n");
}

static int open_store(struct import_args *args)
{
	scoped_free char *path = look_find_store(&args->common);
	struct err err = {0};
	bool is_new = false;

	if (args->store != NULL)
		return CMD_OK;
	if (store_open(&args->store, path, &is_new, &err) < 0)
		return cmd_fail(&err);
	if (is_new)
		fprintf(stderr, "sonde: made the store %s\n", path);
	return CMD_OK;
}

static int import_one(struct import_args *args, const char *path)
{
	scoped(import_cleanup) struct import import = {0};
	scoped_free char *cache = disk_cache_find_dir();
	const struct import_options options = {
		.root = args->root,
		.cache_dir = cache,
		.debuginfod_ns = args->debuginfod_ns,
		.is_without_lines = args->is_without_lines,
	};
	char id[EXPERIMENT_ID_BYTES];
	struct err err = {0};
	int status;

	if (import_read(&import, path, &options, &err) < 0)
		return cmd_fail(&err);
	import_file_print_warnings(&import);
	status = open_store(args); /* none is made for what cannot be read */
	if (status != CMD_OK)
		return status;
	if (import_store(&import, args->store, args->command_line, home_version(), id, &err) < 0)
		return cmd_fail(&err);
	if (import.load.tool != NULL)
		print_load(&import, id);
	else
		print_profile(&import, id);
	args->load_count += import.load.tool != NULL;
	return CMD_OK;
}

static int import_all(struct import_args *args, const struct options_rest *rest)
{
	int status = CMD_OK;

	for (uint32_t i = 0; i < rest->count && status == CMD_OK; i++)
		status = import_one(args, rest->arguments[i]);
	store_close(args->store);
	if (status == CMD_OK)
		printf("see %s%s%s\n", args->load_count > 0 ? "`sonde compare`, `sonde show`" : "",
		       args->load_count > 0 && args->load_count < rest->count ? ", " : "",
		       args->load_count < rest->count ? "`sonde report`, `sonde flame`" : "");
	return status;
}

static const char help[] =
	"Takes what other tools made into the store, each as an experiment of one run:\n"
	"  perf.data     of any `perf record`, also -z, --threads and -o -: sonde unwinds\n"
	"                its stacks and names its functions\n"
	"  perf script's text, with what of -F comm, pid, tid, cpu, time, event, ip, sym,\n"
	"                dso and srcline it has\n"
	"  folded stacks `a;b;c 12`\n"
	"  Locust's CSV  X_stats.csv; X_stats_history.csv beside it is read, too\n"
	"  wrk, wrk2 and hey: what they print\n"
	"What a FILE is, its content tells; - is standard input. The commands that look\n"
	"take such files as they are, too: `sonde flame perf.data`, `sonde compare\n"
	"before_stats.csv after_stats.csv`.";

static int run_import(const struct cmd *cmd, int argc, const char **argv)
{
	scoped_free char *command_line = cmd_format_command_line("import", argc, argv);
	struct import_args args = {.command_line = command_line};
	struct option_spec specs[] = {
		{.name = "root",
		 .kind = OPTION_TEXT,
		 .value = "DIR",
		 .target = &args.root,
		 .help = "the programs that were profiled are below DIR (/)"},
		{.name = "debuginfod",
		 .kind = OPTION_DURATION,
		 .value = "TIME",
		 .target = &args.debuginfod_ns,
		 .help = "ask the servers of DEBUGINFOD_URLS for symbols, for so long at most"},
		{.name = "no-inline",
		 .kind = OPTION_FLAG,
		 .target = &args.is_without_lines,
		 .help = "names of functions only: neither inlined ones nor lines"},
		LOOK_STORE_OPTIONS(args.common),
		{0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 1, UINT32_MAX, "at least one FILE is", &err) < 0)
		return cmd_usage_error(cmd, &err);
	return import_all(&args, &rest);
}

const struct cmd cmd_import = {
	.name = "import",
	.group = "keep",
	.summary = "take what other tools made into the store (perf, Locust, wrk)",
	.usage = "Usage: sonde import [options] FILE …",
	.run = run_import,
};
