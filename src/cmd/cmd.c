#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/fd.h"
#include "util/parse.h"

static const struct cmd *const commands[] = {
	&cmd_run,      &cmd_load, &cmd_record,	 &cmd_stat,    &cmd_show,  &cmd_report, &cmd_flame,
	&cmd_annotate, &cmd_top,  &cmd_script,	 &cmd_compare, &cmd_prove, &cmd_track,	&cmd_accept,
	&cmd_gate,     &cmd_list, &cmd_tag,	 &cmd_note,    &cmd_rm,	   &cmd_export, &cmd_import,
	&cmd_doctor,   &cmd_tune, &cmd_selftest, &cmd_help,    NULL,
};

/* Part of the contract, built later: refused by name instead of "unknown command". */
static const char *const later[] = {"view", "why", NULL};

const struct cmd *const *cmd_get_all(void)
{
	return commands;
}

const char *const *cmd_get_later(void)
{
	return later;
}

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int status_of(int code)
{
	switch (-code) {
	case ECANCELED:
		return CMD_INTERRUPTED;
	case EINVAL:
	case EOPNOTSUPP:
	case ENOTUNIQ:
		return CMD_USAGE;
	default:
		return CMD_NOT_MEASURED;
	}
}

/* A sentence may quote what somebody else's store or service says: lines stay, controls do not. */
static void clean_lines(char *text)
{
	while (*text != '\0') {
		uint32_t code;
		size_t length = clean_decode(text, &code);

		if (clean_is_control(code) && code != '\n' && code != '\t')
			memset(text, '?', length);
		text += length;
	}
}

int cmd_fail(const struct err *err)
{
	scoped_free char *text = alloc_strdup(err_text(err));

	clean_lines(text);
	fprintf(stderr, "sonde: %s\n", text);
	return status_of(err->code);
}

int cmd_join_answers(int first, int second)
{
	return second == CMD_BAD_ANSWER || first == CMD_OK ? second : first;
}

int cmd_usage_error(const struct cmd *cmd, const struct err *err)
{
	fprintf(stderr, "sonde %s: %s\nTry `sonde %s --help`.\n", cmd->name, err_text(err),
		cmd->name);
	return CMD_USAGE;
}

int cmd_print_help(const struct cmd *cmd, const char *text, const struct option_spec *specs)
{
	struct strbuf help;

	strbuf_init(&help, STRBUF_MAX_DEFAULT);
	strbuf_addf(&help, "%s\n\n%s\n\n", cmd->usage, text != NULL ? text : cmd->summary);
	options_format_help(specs, &help);
	fputs(strbuf_text(&help), stdout);
	strbuf_release(&help);
	return CMD_OK;
}

bool cmd_is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && (term == NULL || strcmp(term, "dumb") != 0);
}

bool cmd_has_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	return cmd_is_terminal(fd) && (no_color == NULL || no_color[0] == '\0');
}

uint32_t cmd_get_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns != NULL && parse_u64(columns, &width) == 0 && width > 0 && width < 10000)
		return (uint32_t)width;
	return 100;
}

static bool is_stdout(const char *path)
{
	return path[0] == '\0' || strcmp(path, "-") == 0;
}

int cmd_write_output(const char *path, const void *bytes, size_t length)
{
	struct err err = {0};

	if (is_stdout(path)) {
		if (fwrite(bytes, 1, length, stdout) != length || fflush(stdout) != 0) {
			fprintf(stderr, "sonde: cannot write to standard output: %s\n",
				strerror(errno));
			return CMD_NOT_MEASURED;
		}
		return CMD_OK;
	}
	if (fd_replace_file(path, bytes, length, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}

int cmd_write_file(const char *path, const void *bytes, size_t length)
{
	int status = cmd_write_output(path, bytes, length);

	if (status == CMD_OK && !is_stdout(path))
		printf("wrote %s\n", path);
	return status;
}

char *cmd_format_command_line(const char *name, int argc, const char **argv)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	strbuf_addf(&text, "sonde %s", name);
	for (int i = 0; i < argc; i++) {
		bool is_plain =
			argv[i][0] != '\0' &&
			strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-+=:./,@%#") == strlen(argv[i]);

		strbuf_add_char(&text, ' ');
		if (is_plain) {
			strbuf_add_text(&text, argv[i]);
			continue;
		}
		strbuf_add_char(&text, '\'');
		for (const char *at = argv[i]; *at != '\0'; at++)
			strbuf_add(&text, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
		strbuf_add_char(&text, '\'');
	}
	return strbuf_take(&text);
}
