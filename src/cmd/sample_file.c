#include "cmd/sample_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "export/firefox.h"
#include "export/gzip.h"
#include "export/perf_script.h"
#include "export/pprof.h"
#include "report/profile_report.h"
#include "util/alloc.h"
#include "view/hot_functions.h"
#include "view/sample_list.h"

/* The quality line, which goes with the samples wherever the format has room for it. */
static int format_quality(struct strbuf *text, const struct selection *selection, uint32_t arm,
			  struct err *err)
{
	struct hot_functions view;
	struct arena arena;
	int r;

	arena_init(&arena);
	r = hot_functions_read(&view, &arena, selection, arm, NULL, err);
	if (r == 0)
		profile_report_add_quality(text, &view.summary);
	arena_release(&arena);
	return r;
}

static void add_firefox(struct strbuf *bytes, bool is_packed, const struct sample_list *list,
			const char *name, const char *quality)
{
	struct strbuf json;

	if (!is_packed) {
		firefox_write(bytes, list, name, quality);
		return;
	}
	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	firefox_write(&json, list, name, quality);
	gzip_write(bytes, strbuf_text(&json), json.length);
	bytes->is_full = bytes->is_full || json.is_full;
	strbuf_release(&json);
}

int sample_file_make(struct strbuf *bytes, enum sample_file_format format, bool is_packed,
		     const struct selection *selection, uint32_t arm, struct err *err)
{
	scoped(sample_list_cleanup) struct sample_list list = {0};
	struct strbuf quality;
	int r = sample_list_read(&list, selection, arm, err);

	strbuf_init(&quality, 1 << 20);
	if (r == 0)
		r = format_quality(&quality, selection, arm, err);
	if (r == 0) {
		switch (format) {
		case SAMPLE_FILE_PPROF:
			pprof_write(bytes, &list, strbuf_text(&quality));
			break;
		case SAMPLE_FILE_FIREFOX:
			add_firefox(bytes, is_packed, &list, selection_arm_label(selection, arm),
				    strbuf_text(&quality));
			break;
		case SAMPLE_FILE_PERF_SCRIPT:
			perf_script_write(bytes, &list.data, NULL);
			break;
		}
	}
	strbuf_release(&quality);
	if (r == 0 && bytes->is_full)
		return err_set(
			err, -EFBIG,
			"%s has too many samples for one file of this format; `sonde script` "
			"writes them one by one",
			selection->word);
	return r;
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), wanted = strlen(suffix);

	return length >= wanted && strcmp(text + length - wanted, suffix) == 0;
}

/* The arm's name stands before the whole suffix: x.proxy.json.gz. Caller frees. */
static char *name_arm_file(const char *path, const struct selection *selection, uint32_t arm)
{
	bool is_packed = ends_with(path, ".gz");
	scoped_free char *plain = alloc_strndup(path, strlen(path) - (is_packed ? 3 : 0));
	scoped_free char *name = look_name_arm_file(plain, selection, arm);

	return alloc_printf("%s%s", name, is_packed ? ".gz" : "");
}

static int write_arm(const char *path, enum sample_file_format format, bool is_packed,
		     const struct selection *selection, uint32_t arm)
{
	bool is_stdout = strcmp(path, "-") == 0;
	scoped_free char *name =
		is_stdout ? alloc_strdup(path) : name_arm_file(path, selection, arm);
	struct err err = {0};
	struct strbuf bytes;
	int status;

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	if (sample_file_make(&bytes, format, is_packed, selection, arm, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_file(name, strbuf_text(&bytes), bytes.length);
	strbuf_release(&bytes);
	return status;
}

int sample_file_write_arms(const char *path, enum sample_file_format format,
			   const struct selection *selection)
{
	bool is_packed = format == SAMPLE_FILE_PPROF ||
			 (format == SAMPLE_FILE_FIREFOX && !ends_with(path, ".json"));
	bool is_stdout = strcmp(path, "-") == 0;
	struct err err = {0};
	int status = CMD_OK;

	if (look_check_measured(selection, &err) < 0 ||
	    (is_stdout && look_check_one_arm(selection, &err) < 0))
		return cmd_fail(&err);
	if (is_stdout && is_packed && isatty(STDOUT_FILENO)) {
		err_set(&err, -EINVAL,
			"this format is binary and does not go to a terminal: -o FILE");
		return cmd_fail(&err);
	}
	for (uint32_t arm = 0; arm < selection->arm_count && status == CMD_OK; arm++)
		status = write_arm(path, format, is_packed, selection, arm);
	return status;
}
