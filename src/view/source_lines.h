/*
 * Shares of source lines: a stretch of one file, with its text where it was kept.
 */
#ifndef VIEW_SOURCE_LINES_H
#define VIEW_SOURCE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/profile_filter.h"
#include "view/selection.h"

struct source_line {
	uint32_t line;
	const char *text;   /* without its newline; NULL = not kept */
	double self, total; /* samples; a line counts once per stack for its total */
};

/* A function that has samples in the stretch. */
struct source_function {
	const char *name, *module; /* as hot_functions.h has them */
};

struct source_lines {
	const char *file; /* as the debug information has it */
	uint32_t first, last;
	struct source_line *lines; /* those with samples or text, ascending */
	uint32_t line_count;
	double self, total; /* of the whole stretch: once per stack */
	struct source_function *functions;
	uint32_t function_count;
};

/* Where a word like "parse.c:40" or "src/parse.c:40-60" points to. */
struct source_range {
	const char *file;     /* the arena's */
	uint32_t first, last; /* from 1 */
};

/* -EINVAL in a sentence for another form. */
int source_lines_parse(struct source_range *ret_range, struct arena *arena, const char *word,
		       struct err *err);

/* Whether `path` is the file that was asked for: the same, or it ends in "/" and that. */
bool source_lines_is_file(const char *path, const char *wanted);

/*
 * -ENOENT in a sentence when no line of that file was seen, -ENOTUNIQ when several files are called
 * so.
 */
int source_lines_read(struct source_lines *ret_view, struct arena *arena,
		      const struct selection *selection, uint32_t arm,
		      const struct source_range *range, const struct profile_filter *filter,
		      struct err *err);

#endif
