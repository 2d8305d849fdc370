/*
 * Data files that fill requests: CSV (RFC 4180 quoting, any one-character separator) whose first
 * line names the columns, or JSON lines. A feed is read once, kept in memory, and shared read-only
 * by the workers; a template is compiled against its columns, so that rendering a request is
 * copying bytes.
 */
#ifndef LOAD_FEED_H
#define LOAD_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

#define FEED_NO_COLUMN UINT32_MAX

struct feed;

/*
 * Parses a whole file's text (at most 1 GiB). `name` is for sentences, and tells the format: JSON
 * lines when it ends in .json, .jsonl or .ndjson, or when the text begins with '{'; else, and
 * whenever a separator is given, CSV. Empty lines are skipped; a byte order mark is, too. At most
 * 4096 columns. What cannot be read, and a file without a row, is -EINVAL with name:line.
 *
 * CSV: `separator` 0 = guessed from the header line (tab, ';' or ','). As spreadsheets write it, a
 * quote counts only at the begin of a cell; elsewhere it is a character.
 *
 * JSON: each line is an object; the keys of the first name the columns, and each other line has the
 * same keys, in any order. Cells are strings unescaped, numbers, true and false as written, null as
 * nothing, objects and arrays as JSON without white space.
 */
int feed_new(struct feed **ret_feed, const char *name, const char *text, size_t length,
	     char separator, struct err *err);
void feed_free(struct feed *feed);
SCOPED_POINTER(feed, feed_free)

const char *feed_get_name(const struct feed *feed);
uint32_t feed_get_row_count(const struct feed *feed);
uint32_t feed_get_column_count(const struct feed *feed);
const char *feed_get_column_name(const struct feed *feed, uint32_t column);

/* FEED_NO_COLUMN when there is none of this name. */
uint32_t feed_find_column(const struct feed *feed, const char *name, size_t length);

/* A cell's bytes (not NUL-terminated); row < row count, column < column count. */
const char *feed_get_cell(const struct feed *feed, uint32_t row, uint32_t column,
			  size_t *ret_length);

/*
 * Whether `text` holds a ${column} of this feed: 1 or 0; an unknown column is -EINVAL and named
 * with the ones there are, and so is a ${ without its }.
 */
int feed_check_template(const struct feed *feed, const char *text, struct err *err);

#endif
