#include "cmd/series_file.h"

#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "export/openmetrics.h"
#include "export/series_csv.h"
#include "util/alloc.h"

static int format_arm(struct strbuf *text, enum series_file_format format,
		      const struct selection *selection, uint32_t arm, struct err *err)
{
	struct series_runs runs = {0};
	struct arm_metrics metrics;
	struct arena arena;
	int r;

	arena_init(&arena);
	r = series_runs_read(&runs, &arena, selection, arm, err);
	if (r == 0)
		r = arm_metrics_read(&metrics, &arena, selection, arm, ARM_RUNS_ALL, err);
	if (r == 0 && format == SERIES_FILE_OPENMETRICS)
		openmetrics_write(text, &runs, &metrics);
	else if (r == 0)
		series_csv_write(text, &runs);
	if (r == 0 && text->is_full)
		r = err_set(err, -EFBIG,
			    "the series of %s are more than %d MB of text: export one run at a "
			    "time, like %s#1",
			    selection->arms[arm].name, STRBUF_MAX_DEFAULT >> 20, selection->word);
	series_runs_release(&runs);
	arena_release(&arena);
	return r;
}

static int write_arm(const char *path, enum series_file_format format,
		     const struct selection *selection, uint32_t arm)
{
	scoped_free char *name = strcmp(path, "-") == 0 ? alloc_strdup(path)
							: look_name_arm_file(path, selection, arm);
	struct strbuf text;
	struct err err = {0};
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (format_arm(&text, format, selection, arm, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_file(name, strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

int series_file_write_arms(const char *path, enum series_file_format format,
			   const struct selection *selection)
{
	struct err err = {0};
	int status = CMD_OK;

	if (look_check_measured(selection, &err) < 0 ||
	    (strcmp(path, "-") == 0 && look_check_one_arm(selection, &err) < 0))
		return cmd_fail(&err);
	for (uint32_t arm = 0; arm < selection->arm_count && status == CMD_OK; arm++)
		status = write_arm(path, format, selection, arm);
	return status;
}
