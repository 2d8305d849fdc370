#include "cmd/load_file.h"

#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "export/hdr_log.h"
#include "export/hgrm.h"
#include "export/locust_csv.h"
#include "export/seconds_csv.h"
#include "export/wrk_text.h"
#include "util/alloc.h"

void load_file_format(struct strbuf *text, enum load_file_format format,
		      const struct load_view *view)
{
	switch (format) {
	case LOAD_FILE_HLOG:
		hdr_log_write(text, view);
		break;
	case LOAD_FILE_HGRM:
		hgrm_write(text, &view->total);
		break;
	case LOAD_FILE_SECONDS:
		seconds_csv_write(text, view);
		break;
	case LOAD_FILE_WRK:
		wrk_text_write(text, view, true);
		break;
	case LOAD_FILE_WRK2:
		wrk_text_write_wrk2(text, view, true);
		break;
	}
}

/* is_named: with its name to stdout. */
static int write_text(const char *path, const struct strbuf *text, bool is_named)
{
	return is_named ? cmd_write_file(path, strbuf_text(text), text->length)
			: cmd_write_output(path, strbuf_text(text), text->length);
}

static int write_view(const char *path, enum load_file_format format, const struct load_view *view,
		      bool is_named)
{
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	load_file_format(&text, format, view);
	status = write_text(path, &text, is_named);
	strbuf_release(&text);
	return status;
}

int load_file_write(const char *path, enum load_file_format format, const struct load_view *view)
{
	return write_view(path, format, view, false);
}

static int write_csv(const char *prefix, const char *suffix, const struct strbuf *text,
		     bool is_named)
{
	scoped_free char *path = alloc_printf("%s_%s.csv", prefix, suffix);

	return write_text(path, text, is_named);
}

int load_file_write_locust(const char *prefix, const struct load_view *view, bool is_full,
			   bool is_named)
{
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	locust_csv_write_stats(&text, view);
	status = write_csv(prefix, "stats", &text, is_named);
	strbuf_clear(&text);
	locust_csv_write_history(&text, view, is_full);
	if (status == CMD_OK)
		status = write_csv(prefix, "stats_history", &text, is_named);
	strbuf_clear(&text);
	locust_csv_write_failures(&text, view);
	if (status == CMD_OK)
		status = write_csv(prefix, "failures", &text, is_named);
	strbuf_clear(&text);
	locust_csv_write_exceptions(&text, view);
	if (status == CMD_OK)
		status = write_csv(prefix, "exceptions", &text, is_named);
	strbuf_release(&text);
	return status;
}

/* Calls back with the view of each arm that measured. */
typedef int (*arm_fn)(const void *context, const struct selection *selection, uint32_t arm,
		      const struct load_view *view);

static int for_each_arm(const struct selection *selection, arm_fn callback, const void *context)
{
	struct err err = {0};
	int status = CMD_OK;

	if (look_check_measured(selection, &err) < 0)
		return cmd_fail(&err);
	for (uint32_t arm = 0; arm < selection->arm_count && status == CMD_OK; arm++) {
		struct load_view view = {0};
		struct arena arena;

		arena_init(&arena);
		if (load_view_read(&view, &arena, selection, arm, &err) < 0)
			status = cmd_fail(&err);
		else
			status = callback(context, selection, arm, &view);
		load_view_release(&view);
		arena_release(&arena);
	}
	return status;
}

struct arm_files {
	const char *path;
	enum load_file_format format;
	bool is_full;
};

static int write_arm(const void *context, const struct selection *selection, uint32_t arm,
		     const struct load_view *view)
{
	const struct arm_files *files = context;
	bool is_stdout = strcmp(files->path, "-") == 0;
	scoped_free char *name = is_stdout ? alloc_strdup(files->path)
					   : look_name_arm_file(files->path, selection, arm);

	return write_view(name, files->format, view, true);
}

int load_file_write_arms(const char *path, enum load_file_format format,
			 const struct selection *selection)
{
	struct arm_files files = {.path = path, .format = format};
	struct err err = {0};

	if (strcmp(path, "-") == 0 && look_check_one_arm(selection, &err) < 0)
		return cmd_fail(&err);
	return for_each_arm(selection, write_arm, &files);
}

static int write_arm_locust(const void *context, const struct selection *selection, uint32_t arm,
			    const struct load_view *view)
{
	const struct arm_files *files = context;
	scoped_free char *prefix =
		selection->arm_count == 1
			? alloc_strdup(files->path)
			: alloc_printf("%s.%s", files->path, selection->arms[arm].name);

	return load_file_write_locust(prefix, view, files->is_full, true);
}

int load_file_write_locust_arms(const char *prefix, const struct selection *selection, bool is_full)
{
	struct arm_files files = {.path = prefix, .is_full = is_full};
	struct err err = {0};

	if (strcmp(prefix, "-") == 0) {
		err_set(&err, -EINVAL,
			"locust is four files, PREFIX_stats.csv and so on: -o PREFIX, not standard "
			"output");
		return cmd_fail(&err);
	}
	return for_each_arm(selection, write_arm_locust, &files);
}
