#include "cmd/cmd_list.h"
#include "cmd/export_file.h"
#include "cmd/look.h"

struct export_args {
	struct cmd_common common;
	const char *path; /* -o; NULL = each format's own */
};

static const char help[] =
	"Writes a run in a format of other tools. The runs of an arm are merged,\n"
	"several arms make a file each. A file that is there already is kept as\n"
	"FILE.old. FORMAT, and where it goes without -o:\n"
	"\n"
	"  folded      stacks, one a line (flamegraph.pl, inferno): standard output\n"
	"  speedscope  for https://www.speedscope.app: standard output\n"
	"  svg         a flame graph: standard output\n"
	"  pprof       for `go tool pprof`: ID.pb.gz\n"
	"  firefox     for https://profiler.firefox.com: ID.json.gz\n"
	"  perf-script what `perf script` prints: standard output\n"
	"  locust      Locust's four CSV files, FILE_stats.csv and so on: ID_stats.csv\n"
	"  hlog        HdrHistogram's interval log, response times: standard output\n"
	"  hgrm        HdrHistogram's percentiles of response times: standard output\n"
	"  seconds     the load second by second, as CSV: standard output\n"
	"  wrk, wrk2   what those print, with --latency: standard output\n"
	"  openmetrics monitors and metrics for Prometheus: standard output\n"
	"  series-csv  the monitors, a line a point, as CSV: standard output\n"
	"  json        what `sonde show --json` prints: standard output\n"
	"  sonde       the whole experiment in one file that opens anywhere: ID.sonde";

static int run_export(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct export_args args = {0};
	struct option_spec specs[] = {
		{.letter = 'o',
		 .name = "output",
		 .kind = OPTION_TEXT,
		 .value = "FILE",
		 .target = &args.path,
		 .help = "where to; its suffix chooses the format when FORMAT is left out"},
		LOOK_STORE_OPTIONS(args.common),
		{0}};
	const struct export_file_format *format = NULL;
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 1, 2, "a RUN and a FORMAT are", &err) < 0 ||
	    export_file_find(rest.count > 1 ? rest.arguments[1] : NULL, args.path, &format, &err) <
		    0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common, rest.arguments[0], &err) < 0)
		return cmd_fail(&err);
	return export_file_write(format, &selection, args.path);
}

const struct cmd cmd_export = {
	.name = "export",
	.group = "keep",
	.summary = "a run in formats of other tools, or as one file",
	.usage = "Usage: sonde export [options] RUN FORMAT\n"
		 "       sonde export [options] RUN -o FILE",
	.run = run_export,
};
