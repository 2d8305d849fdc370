/*
 * The inside of a feed, for the readers of its formats (feed_csv.c, feed_json.c): they name the
 * columns, then append the cells of one row after the other.
 */
#ifndef LOAD_FEED_FORMAT_H
#define LOAD_FEED_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "load/feed.h"
#include "util/err.h"
#include "util/vec.h"

enum { FEED_COLUMNS_MAX = 4096 };

/* Cells lie in `bytes` one behind the other: cell i ends where cell i + 1 begins. */
struct feed {
	char *name;
	char *bytes; /* as many as the file has */
	size_t used;
	VEC(uint32_t) ends; /* of every cell */
	VEC(char *) column_names;
	uint32_t row_count;
};

/* Names the next column; `line` is for the sentence. -EINVAL for a name that cannot be one. */
int feed_add_column(struct feed *feed, const char *name, size_t length, uint32_t line,
		    struct err *err);

/*
 * Both read a whole text into an empty feed that has room for it. -EINVAL with name:line. They
 * leave it to feed_new() to refuse a feed without rows. ret_line: of the end.
 */
int feed_csv_read(struct feed *feed, const char *text, size_t length, char separator,
		  uint32_t *ret_line, struct err *err);
int feed_json_read(struct feed *feed, const char *text, size_t length, uint32_t *ret_line,
		   struct err *err);

#endif
