#include "cmd/gate_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/look.h"
#include "export/github.h"
#include "export/json_gate.h"
#include "export/junit.h"
#include "report/gate_text.h"
#include "util/fd.h"

typedef void (*write_fn)(struct strbuf *text, const struct gate_result *gate);

static int write_file(const char *path, write_fn write_text, const struct gate_result *gate)
{
	struct strbuf text;
	int status;

	if (path == NULL)
		return CMD_OK;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	write_text(&text, gate);
	status = cmd_write_output(path, strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

/* Other steps' words stand in that file, too. */
static int append(const char *path, const struct strbuf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct err err = {0};
	int r = fd < 0 ? -errno : fd_write_all(fd, text->data, text->length);

	fd_close(fd);
	if (r == 0)
		return CMD_OK;
	err_set(&err, r, "cannot write the step's summary to %s: %s", path, strerror(-r));
	return cmd_fail(&err);
}

/* Annotations are lines of standard output that the runner reads; they go with any form of it. */
static int write_github(const struct gate_result *gate, bool is_stdout_free)
{
	const char *summary = getenv("GITHUB_STEP_SUMMARY");
	struct strbuf text;
	int status = CMD_OK;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	github_write_annotations(&text, gate);
	if (is_stdout_free)
		status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_clear(&text);
	if (summary != NULL && summary[0] != '\0' && status == CMD_OK) {
		github_write_summary(&text, gate);
		status = append(summary, &text);
	}
	strbuf_release(&text);
	return status;
}

static int print_text(const struct gate_result *gate, bool is_all)
{
	const struct gate_text_options options = {.layout = look_get_layout(), .is_all = is_all};
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	gate_text_format(&text, gate, &options);
	status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

int gate_output_write(const struct gate_result *gate, const struct gate_args *args)
{
	const char *json = args->prove.common.json, *summary = getenv("GITHUB_STEP_SUMMARY");
	bool is_json_printed = json != NULL && (json[0] == '\0' || strcmp(json, "-") == 0);
	int status = CMD_OK;

	if (!is_json_printed)
		status = print_text(gate, args->prove.is_all);
	if (status == CMD_OK)
		status = write_file(json, json_gate_write, gate);
	if (status == CMD_OK)
		status = write_file(args->junit, junit_write, gate);
	if (status == CMD_OK)
		status = write_file(args->markdown, github_write_comment, gate);
	if (status == CMD_OK && (args->is_github || (summary != NULL && summary[0] != '\0')))
		status = write_github(gate, !is_json_printed);
	return status;
}
