/*
 * Texts with ${column} in them, compiled against a feed: literals and column numbers, so that
 * filling one in is copying bytes. Without a feed a text is one literal, and ${ means nothing.
 */
#ifndef LOAD_TEMPLATE_H
#define LOAD_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "load/feed.h"
#include "util/err.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* Where a text stands decides how a value is put into it. */
enum template_place {
	TEMPLATE_IN_PATH,   /* percent-encoded */
	TEMPLATE_IN_HEADER, /* as it is; a cell with a line end in it is refused at compile time */
	TEMPLATE_IN_BODY,   /* as it is */
};

struct template_piece {
	const char *literal; /* when column is FEED_NO_COLUMN */
	size_t length;
	uint32_t column;
};

/*
 * The next literal or ${column} of [*at, end). 1, 0 at the end, -EINVAL for an unknown column and
 * for a ${ without its }. The sentence names the columns there are; when there is only one because
 * the feed was read with another separator than it has, it names that.
 */
int template_next_piece(const char **at, const char *end, const struct feed *feed,
			struct template_piece *ret_piece, struct err *err);

struct template_part {
	size_t offset, length; /* of a literal in `literals` */
	uint32_t column;       /* FEED_NO_COLUMN = a literal */
	enum template_place place;
};

struct template
{
	const struct feed *feed; /* borrowed; NULL = literals only */
	struct strbuf literals;
	VEC(struct template_part) parts;
	size_t max_bytes; /* the longest it can become with any row */
};

void template_init(struct template *template, const struct feed *feed);
void template_release(struct template *template);

/*
 * Appends a text to the template. Errors as template_next_piece() and for cells that cannot stand
 * in this place.
 */
int template_add(struct template *template, const char *text, size_t length,
		 enum template_place place, struct err *err);

/* Whether it differs from row to row. */
bool template_has_columns(const struct template *template);

/*
 * Writes it as filled in from `row` (without a feed: any); `out` has room for max_bytes. Returns
 * the bytes written.
 */
size_t template_render(const struct template *template, uint32_t row, char *out);

#endif
