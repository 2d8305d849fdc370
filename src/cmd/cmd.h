/*
 * Commands: one file each, cmd_<verb>.c, that ends in one `const struct cmd`. cmd.c is the list of
 * them; main.c finds the one that was typed and runs it. Only this folder prints, and only this
 * folder chooses exit statuses.
 *
 * To add a command: docs/howto/add-a-command.md (one file, one line in cmd.c, a man page, a golden
 * test).
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/options.h"
#include "store/store.h"
#include "util/err.h"
#include "util/strbuf.h"

/* Exit statuses: the contract that scripts rely on. */
enum cmd_status {
	CMD_OK = 0, /* answered */
	/* answered, and the answer is bad: a threshold breached, REGRESSED where that was asked */
	CMD_BAD_ANSWER = 1,
	/* REFUSED, SUSPECT with --strict, INCONCLUSIVE where a verdict was asked */
	CMD_NO_ANSWER = 3,
	CMD_NO_BASELINE = 4,
	CMD_NOT_MEASURED = 5, /* the service did not start, no permission */
	CMD_USAGE = 64,
	/* record CMD, stat CMD: our own failure, where CMD's status is passed on else */
	CMD_RECORD_FAILED = 125,
	CMD_INTERRUPTED = 130,
};

struct cmd {
	const char *name;
	const char *group;   /* measure, look, decide, keep, machine */
	const char *summary; /* one line for `sonde help`; what it stands in for in brackets */
	const char *usage;   /* "sonde load [options] URL" lines */
	/* argv without "sonde NAME"; returns the exit status */
	int (*run)(const struct cmd *cmd, int argc, const char **argv);
};

/*
 * All commands that exist, in help order; NULL-terminated. And the names of those that are promised
 * and not built yet.
 */
const struct cmd *const *cmd_get_all(void);
const char *const *cmd_get_later(void);
const struct cmd *cmd_find(const char *name);

/*
 * "sonde: sentence" to stderr. Returns the status that fits the code: usage 64, interrupted 130,
 * else 5.
 */
int cmd_fail(const struct err *err);

/* Of two that were judged: a bad answer outweighs none, and that a good one. */
int cmd_join_answers(int first, int second);
int cmd_usage_error(const struct cmd *cmd, const struct err *err); /* with the hint to --help; 64 */

/* Usage, a paragraph of `text` (may be NULL) and the options, to stdout; returns CMD_OK. */
int cmd_print_help(const struct cmd *cmd, const char *text, const struct option_spec *specs);

/* Options that every looking command has. */
struct cmd_common {
	const char *store; /* --store */
	const char *json;  /* NULL = no; "" = stdout; else a file */
	bool is_help;
};
#define CMD_COMMON_OPTIONS(common)                                                                 \
	{.name = "json",                                                                           \
	 .kind = OPTION_OPTIONAL,                                                                  \
	 .value = "FILE",                                                                          \
	 .target = &(common).json,                                                                 \
	 .help = "the result as JSON, to standard output or FILE"},                                \
		{.name = "store",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "DIR",                                                                   \
		 .target = &(common).store,                                                        \
		 .help = "use the store in DIR"},                                                  \
	{                                                                                          \
		.letter = 'h', .name = "help", .kind = OPTION_FLAG, .target = &(common).is_help,   \
		.help = "this text"                                                                \
	}

/* Whether stdout/stderr may be coloured and redrawn: a terminal, and no NO_COLOR. */
bool cmd_is_terminal(int fd);
bool cmd_has_color(int fd);
uint32_t cmd_get_width(int fd); /* of the terminal; COLUMNS; else 100 */

/*
 * Writes a result to stdout ("" or "-") or to a file, keeping an existing one as NAME.old. 0 or
 * CMD_ status after a message.
 */
int cmd_write_output(const char *path, const void *bytes, size_t length);

/* The same, and says so: "wrote PATH" on standard output, unless that is where it went. */
int cmd_write_file(const char *path, const void *bytes, size_t length);

/* The command line as typed, for the record: shell-quoted. Caller frees. */
char *cmd_format_command_line(const char *name, int argc, const char **argv);

/* The default of RUN arguments. */
#define CMD_LAST "@last"

#endif
