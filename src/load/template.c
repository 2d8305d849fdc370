#include "load/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/url.h"

/* Whether a byte may well be part of a column's name, and not what separates two. */
static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || (c & 0x80) != 0;
}

/*
 * A feed that was read with another separator than it has is one column, whose name is the whole
 * first line. The byte at which `wanted` stands in there by itself, or NUL.
 */
static char find_separator(const struct feed *feed, const char *wanted, size_t length)
{
	const char *line = feed_get_column_name(feed, 0), *end = line + strlen(line), *at = line;

	if (feed_get_column_count(feed) != 1 || length == 0)
		return '\0';
	while ((at = memmem(at, (size_t)(end - at), wanted, length)) != NULL) {
		char before = at > line ? at[-1] : '\0', after = at[length];

		at += length;
		if (before == '\0')
			before = after;
		else if (after == '\0')
			after = before;
		if (before == after && before != '\0' && !is_name_byte(before))
			return before;
	}
	return '\0';
}

/* "ip, user": the columns that [at, end) asks for, each once. */
static void list_wanted(struct strbuf *list, const char *at, const char *end)
{
	const char *begin = at;

	while ((at = memmem(at, (size_t)(end - at), "${", 2)) != NULL) {
		const char *close = memchr(at, '}', (size_t)(end - at));
		size_t length = close != NULL ? (size_t)(close + 1 - at) : 0;

		if (close == NULL)
			return;
		if (memmem(begin, (size_t)(at - begin), at, length) == NULL)
			strbuf_addf(list, "%s%.*s", list->length > 0 ? ", " : "", (int)length - 3,
				    at + 2);
		at = close + 1;
	}
}

static int refuse_separator(const struct feed *feed, const char *at, const char *end,
			    char separator, struct err *err)
{
	struct strbuf wanted;
	char guess[32];
	int r;

	if (separator == '\t')
		snprintf(guess, sizeof(guess), "a tab? separator: tab");
	else
		snprintf(guess, sizeof(guess), "'%c'? separator: \"%c\"", separator, separator);
	strbuf_init(&wanted, 400);
	list_wanted(&wanted, at, end);
	r = err_set(err, -EINVAL,
		    "%s has one column ('%s'); the request wants %s%s: is the separator %s",
		    feed_get_name(feed), feed_get_column_name(feed, 0), strbuf_text(&wanted),
		    wanted.is_full ? "…" : "", guess);
	strbuf_release(&wanted);
	return r;
}

/* [at, end) begins with a ${column} that the feed does not have; its name has `length` bytes. */
static int refuse_column(const struct feed *feed, const char *at, const char *end, size_t length,
			 struct err *err)
{
	char separator = find_separator(feed, at + 2, length);
	struct strbuf columns;
	int r;

	if (separator != '\0')
		return refuse_separator(feed, at, end, separator, err);
	strbuf_init(&columns, 400);
	for (uint32_t i = 0; i < feed_get_column_count(feed); i++)
		strbuf_addf(&columns, "%s%s", i > 0 ? ", " : "", feed_get_column_name(feed, i));
	r = err_set(err, -EINVAL, "%s has no column '%.*s'; it has %s%s", feed_get_name(feed),
		    (int)length, at + 2, strbuf_text(&columns), columns.is_full ? "…" : "");
	strbuf_release(&columns);
	return r;
}

int template_next_piece(const char **at, const char *end, const struct feed *feed,
			struct template_piece *ret_piece, struct err *err)
{
	const char *begin = *at, *open, *close;

	if (begin == end)
		return 0;
	open = feed != NULL ? memmem(begin, (size_t)(end - begin), "${", 2) : NULL;
	if (open == NULL || open != begin) { /* a literal up to the next column */
		*at = open != NULL ? open : end;
		*ret_piece = (struct template_piece){.literal = begin,
						     .length = (size_t)(*at - begin),
						     .column = FEED_NO_COLUMN};
		return 1;
	}
	close = memchr(begin, '}', (size_t)(end - begin));
	if (close == NULL)
		return err_set(err, -EINVAL, "'%.*s' has a ${ without its }",
			       (int)(end - begin < 40 ? end - begin : 40), begin);
	*ret_piece = (struct template_piece){
		.column = feed_find_column(feed, begin + 2, (size_t)(close - begin - 2)),
	};
	if (ret_piece->column == FEED_NO_COLUMN)
		return refuse_column(feed, begin, end, (size_t)(close - begin - 2), err);
	*at = close + 1;
	return 1;
}

void template_init(struct template *template, const struct feed *feed)
{
	*template = (struct template){.feed = feed};
	strbuf_init(&template->literals, STRBUF_MAX_DEFAULT);
}

void template_release(struct template *template)
{
	strbuf_release(&template->literals);
	vec_release(&template->parts);
}

/* The longest that a column's value becomes; -EINVAL when one cannot stand there. */
static int measure_column(const struct feed *feed, uint32_t column, enum template_place place,
			  size_t *ret_longest, struct err *err)
{
	size_t longest = 0;

	for (uint32_t row = 0; row < feed_get_row_count(feed); row++) {
		size_t length;
		const char *cell = feed_get_cell(feed, row, column, &length);

		if (place == TEMPLATE_IN_HEADER &&
		    (memchr(cell, '\r', length) != NULL || memchr(cell, '\n', length) != NULL))
			return err_set(err, -EINVAL,
				       "%s: row %u of column '%s' holds a line end and cannot "
				       "stand in a header",
				       feed_get_name(feed), row + 1,
				       feed_get_column_name(feed, column));
		if (length > longest)
			longest = length;
	}
	*ret_longest = place == TEMPLATE_IN_PATH ? 3 * longest : longest;
	return 0;
}

int template_add(struct template *template, const char *text, size_t length,
		 enum template_place place, struct err *err)
{
	const char *at = text, *end = text + length;
	struct template_piece piece = {0};
	int r;

	while ((r = template_next_piece(&at, end, template->feed, &piece, err)) > 0) {
		struct template_part part = {.column = piece.column, .place = place};
		size_t longest = piece.length;

		if (piece.column == FEED_NO_COLUMN) {
			part.offset = template->literals.length;
			part.length = piece.length;
			strbuf_add(&template->literals, piece.literal, piece.length);
		} else {
			r = measure_column(template->feed, piece.column, place, &longest, err);
			if (r < 0)
				return r;
		}
		vec_push(&template->parts, part);
		template->max_bytes += longest;
	}
	return r;
}

bool template_has_columns(const struct template *template)
{
	for (size_t i = 0; i < template->parts.count; i++) {
		if (template->parts.items[i].column != FEED_NO_COLUMN)
			return true;
	}
	return false;
}

size_t template_render(const struct template *template, uint32_t row, char *out)
{
	char *at = out;

	for (size_t i = 0; i < template->parts.count; i++) {
		const struct template_part *part = &template->parts.items[i];
		size_t length = part->length;
		const char *bytes;

		if (part->column == FEED_NO_COLUMN)
			bytes = template->literals.data + part->offset;
		else
			bytes = feed_get_cell(template->feed, row, part->column, &length);
		if (part->column != FEED_NO_COLUMN && part->place == TEMPLATE_IN_PATH) {
			at += url_encode(at, bytes, length);
			continue;
		}
		memcpy(at, bytes, length);
		at += length;
	}
	return (size_t)(at - out);
}
