#include "cmd/export_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/load_file.h"
#include "cmd/look.h"
#include "cmd/profile_file.h"
#include "cmd/sample_file.h"
#include "cmd/series_file.h"
#include "store/store_write.h"
#include "util/alloc.h"

struct export_file_format {
	const char *name;
	const char *suffix; /* that chooses it when the name is left out; NULL = none */
	bool has_profile;
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

static int export_openmetrics(const struct selection *selection, const char *path)
{
	return series_file_write_arms(path != NULL ? path : "-", SERIES_FILE_OPENMETRICS,
				      selection);
}

static int export_series_csv(const struct selection *selection, const char *path)
{
	return series_file_write_arms(path != NULL ? path : "-", SERIES_FILE_CSV, selection);
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
		status = cmd_write_file(path != NULL ? path : "-", strbuf_text(&json), json.length);
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

static const struct export_file_format formats[] = {
	{"folded", ".folded", true, export_folded},
	{"speedscope", ".speedscope.json", true, export_speedscope},
	{"svg", ".svg", true, export_svg},
	{"pprof", ".pb.gz", true, export_pprof},
	{"firefox", ".json.gz", true, export_firefox},
	{"perf-script", NULL, true, export_perf_script},
	{"locust", NULL, false, export_locust},
	{"hlog", ".hlog", false, export_hlog},
	{"hgrm", ".hgrm", false, export_hgrm},
	{"seconds", NULL, false, export_seconds},
	{"wrk", NULL, false, export_wrk},
	{"wrk2", NULL, false, export_wrk2},
	{"openmetrics", NULL, false, export_openmetrics},
	{"series-csv", NULL, false, export_series_csv},
	{"json", ".json", false, export_json},
	{"sonde", ".sonde", true, export_sonde},
};

enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

static const struct export_file_format *find_by_suffix(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		size_t suffix = formats[i].suffix != NULL ? strlen(formats[i].suffix) : length + 1;

		if (length > suffix && strcmp(path + length - suffix, formats[i].suffix) == 0)
			return &formats[i]; /* .speedscope.json stands before .json */
	}
	return NULL;
}

static const struct export_file_format *find_by_name(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

#define FORMAT_NAMES                                                                               \
	"folded, speedscope, svg, pprof, firefox, perf-script, locust, hlog, hgrm, seconds, wrk, " \
	"wrk2, openmetrics, series-csv, json, sonde"

int export_file_find(const char *name, const char *path,
		     const struct export_file_format **ret_format, struct err *err)
{
	static const char *const later[] = {"html", "txt"};
	const struct export_file_format *found = name != NULL	? find_by_name(name)
						 : path != NULL ? find_by_suffix(path)
								: NULL;

	if (found != NULL) {
		*ret_format = found;
		return 0;
	}
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

/* "perf.data", "night/perf.data.1", "x.data" */
static bool is_perf_data(const char *path)
{
	static const char perf_data[] = "perf.data", suffix[] = ".data";
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t length = strlen(name);

	return strncmp(name, perf_data, sizeof(perf_data) - 1) == 0 ||
	       (length >= sizeof(suffix) - 1 &&
		strcmp(name + length - (sizeof(suffix) - 1), suffix) == 0);
}

int export_file_find_profile(const char *path, const struct export_file_format **ret_format,
			     struct err *err)
{
	const struct export_file_format *found = find_by_suffix(path);

	if (found != NULL && found->has_profile) {
		*ret_format = found;
		return 0;
	}
	if (is_perf_data(path))
		return err_set(
			err, -EOPNOTSUPP,
			"%s: sonde writes .sonde files, which open anywhere (-o FILE.sonde); "
			"perf's own format is not written",
			path);
	return err_set(err, -EINVAL,
		       "%s: the suffix chooses the format: .svg, .folded, .speedscope.json, "
		       ".pb.gz (pprof), .json.gz (the Firefox Profiler) or .sonde",
		       path);
}

int export_file_write(const struct export_file_format *format, const struct selection *selection,
		      const char *path)
{
	return format->write(selection, path);
}
