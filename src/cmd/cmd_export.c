#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/load_file.h"
#include "cmd/look.h"
#include "cmd/profile_file.h"
#include "cmd/sample_file.h"
#include "store/store_write.h"
#include "util/alloc.h"

struct export_args {
	struct cmd_common common;
	const char *path; /* -o; NULL = each format's own */
};

struct export_format {
	const char *name;
	const char *suffix; /* that chooses it when the name is left out; NULL = none */
	int (*write)(const struct selection *selection, const char *path);
};

static int export_folded(const struct selection *selection, const char *path)
{
	return profile_file_write_arms(path != NULL ? path : "-", PROFILE_FILE_FOLDED, selection);
}

static int export_speedscope(const struct selection *selection, const char *path)
{
	return profile_file_write_arms(path != NULL ? path : "-", PROFILE_FILE_SPEEDSCOPE,
				       selection);
}

static int export_svg(const struct selection *selection, const char *path)
{
	return profile_file_write_arms(path != NULL ? path : "-", PROFILE_FILE_SVG, selection);
}

/* Binary formats go to a file unless told otherwise. */
static int export_binary(const struct selection *selection, const char *path, const char *suffix,
			 enum sample_file_format format)
{
	scoped_free char *own_path =
		path != NULL ? alloc_strdup(path)
			     : alloc_printf("%s%s", selection->experiment.id, suffix);

	return sample_file_write_arms(own_path, format, selection);
}

static int export_pprof(const struct selection *selection, const char *path)
{
	return export_binary(selection, path, ".pb.gz", SAMPLE_FILE_PPROF);
}

static int export_firefox(const struct selection *selection, const char *path)
{
	return export_binary(selection, path, ".json.gz", SAMPLE_FILE_FIREFOX);
}

static int export_perf_script(const struct selection *selection, const char *path)
{
	return sample_file_write_arms(path != NULL ? path : "-", SAMPLE_FILE_PERF_SCRIPT,
				      selection);
}

static int export_locust(const struct selection *selection, const char *path)
{
	return load_file_write_locust_arms(path != NULL ? path : selection->experiment.id,
					   selection, false);
}

static int export_hlog(const struct selection *selection, const char *path)
{
	return load_file_write_arms(path != NULL ? path : "-", LOAD_FILE_HLOG, selection);
}

static int export_hgrm(const struct selection *selection, const char *path)
{
	return load_file_write_arms(path != NULL ? path : "-", LOAD_FILE_HGRM, selection);
}

static int export_seconds(const struct selection *selection, const char *path)
{
	return load_file_write_arms(path != NULL ? path : "-", LOAD_FILE_SECONDS, selection);
}

static int export_wrk(const struct selection *selection, const char *path)
{
	return load_file_write_arms(path != NULL ? path : "-", LOAD_FILE_WRK, selection);
}

static int export_wrk2(const struct selection *selection, const char *path)
{
	return load_file_write_arms(path != NULL ? path : "-", LOAD_FILE_WRK2, selection);
}

static int export_json(const struct selection *selection, const char *path)
{
	struct strbuf json;
	struct err err = {0};
	int status;

	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	if (look_format_json(&json, selection, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(path != NULL ? path : "-", strbuf_text(&json),
					  json.length);
	if (status == CMD_OK && path != NULL && strcmp(path, "-") != 0)
		printf("wrote %s\n", path);
	strbuf_release(&json);
	return status;
}

/*
 * The database is written beside `path` and moved there, so that an earlier file stays until the
 * new one is whole.
 */
static int export_sonde(const struct selection *selection, const char *path)
{
	scoped_free char *own_path = path != NULL
					     ? alloc_strdup(path)
					     : alloc_printf("%s.sonde", selection->experiment.id);
	scoped_free char *temporary = alloc_printf("%s.tmp.%d", own_path, (int)getpid());
	scoped_free char *old = alloc_printf("%s.old", own_path);
	struct stat existing;
	struct err err = {0};
	int r;

	if (strcmp(own_path, "-") == 0) {
		err_set(&err, -EINVAL,
			"a .sonde file is a database and cannot go to standard output: -o "
			"FILE.sonde");
		return cmd_fail(&err);
	}
	if (stat(own_path, &existing) == 0 && !S_ISREG(existing.st_mode)) {
		err_set(&err, -EISDIR, "cannot write %s: it is no file", own_path);
		return cmd_fail(&err);
	}
	r = store_export_experiment(selection->store, selection->experiment.id, temporary, &err);
	if (r < 0) {
		err_prefix(&err, r, "cannot write %s: ", own_path);
		return cmd_fail(&err);
	}
	if ((access(own_path, F_OK) == 0 && rename(own_path, old) < 0) ||
	    rename(temporary, own_path) < 0) {
		err_set(&err, -errno, "cannot write %s: %s", own_path, strerror(errno));
		unlink(temporary);
		return cmd_fail(&err);
	}
	printf("wrote %s\n", own_path);
	return CMD_OK;
}

static const struct export_format formats[] = {
	{"folded", ".folded", export_folded},
	{"speedscope", ".speedscope.json", export_speedscope},
	{"svg", ".svg", export_svg},
	{"pprof", ".pb.gz", export_pprof},
	{"firefox", ".json.gz", export_firefox},
	{"perf-script", NULL, export_perf_script},
	{"locust", NULL, export_locust},
	{"hlog", ".hlog", export_hlog},
	{"hgrm", ".hgrm", export_hgrm},
	{"seconds", NULL, export_seconds},
	{"wrk", NULL, export_wrk},
	{"wrk2", NULL, export_wrk2},
	{"json", ".json", export_json},
	{"sonde", ".sonde", export_sonde},
};

enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

static const struct export_format *find_by_suffix(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		size_t suffix = formats[i].suffix != NULL ? strlen(formats[i].suffix) : length + 1;

		if (length > suffix && strcmp(path + length - suffix, formats[i].suffix) == 0)
			return &formats[i]; /* .speedscope.json stands before .json */
	}
	return NULL;
}

static const struct export_format *find_by_name(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

#define FORMAT_NAMES                                                                               \
	"folded, speedscope, svg, pprof, firefox, perf-script, locust, hlog, hgrm, seconds, wrk, " \
	"wrk2, json, sonde"

static int find_format(const char *name, const char *path, const struct export_format **ret_format,
		       struct err *err)
{
	static const char *const later[] = {"openmetrics", "html", "txt"};

	*ret_format = name != NULL   ? find_by_name(name)
		      : path != NULL ? find_by_suffix(path)
				     : NULL;
	if (*ret_format != NULL)
		return 0;
	for (size_t i = 0; name != NULL && i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(later[i], name) == 0)
			return err_set(
				err, -EOPNOTSUPP,
				"the format %s is not supported yet; there are " FORMAT_NAMES,
				name);
	if (name != NULL)
		return err_set(err, -EINVAL, "there is no format '%s'; there are " FORMAT_NAMES,
			       name);
	if (path != NULL)
		return err_set(
			err, -EINVAL,
			"the suffix of %s does not say which format; name one: " FORMAT_NAMES,
			path);
	return err_set(err, -EINVAL, "which format? sonde export RUN FORMAT, one of " FORMAT_NAMES);
}

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
	const struct export_format *format = NULL;
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 1, 2, "a RUN and a FORMAT are", &err) < 0 ||
	    find_format(rest.count > 1 ? rest.arguments[1] : NULL, args.path, &format, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (look_open(&selection, &args.common, rest.arguments[0], &err) < 0)
		return cmd_fail(&err);
	return format->write(&selection, args.path);
}

const struct cmd cmd_export = {
	.name = "export",
	.group = "keep",
	.summary = "a run in formats of other tools, or as one file",
	.usage = "Usage: sonde export [options] RUN FORMAT\n"
		 "       sonde export [options] RUN -o FILE",
	.run = run_export,
};
