#include "load/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/template.h"
#include "util/alloc.h"
#include "util/vec.h"

enum { FEED_MAX_BYTES = 1 << 30 };

/* Cells lie in `bytes` one behind the other, unquoted: cell i ends where cell i + 1 begins. */
struct feed {
	char *name;
	char *bytes;
	size_t used;
	VEC(uint32_t) ends; /* of every cell, the header's included */
	uint32_t column_count;
	uint32_t row_count;
	char **column_names;
};

struct reader {
	const char *at, *end;
	uint32_t line; /* of `at`, from 1 */
	char separator;
	const char *name; /* of the file */
};

static char guess_separator(const char *text, const char *end)
{
	static const char candidates[] = "\t;,";
	size_t counts[3] = {0}, best = 2;
	bool is_quoted = false;

	for (; text < end && (is_quoted || (*text != '\n' && *text != '\r')); text++) {
		const char *found = *text != '\0' ? strchr(candidates, *text) : NULL;

		if (*text == '"')
			is_quoted = !is_quoted;
		else if (found != NULL && !is_quoted)
			counts[found - candidates]++;
	}
	for (size_t i = 3; i-- > 0;) {
		if (counts[i] > counts[best])
			best = i;
	}
	return candidates[best];
}

static bool is_line_end(const struct reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n' ||
	       (*reader->at == '\r' && (reader->at + 1 == reader->end || reader->at[1] == '\n'));
}

static void skip_line_end(struct reader *reader)
{
	if (reader->at < reader->end && *reader->at == '\r')
		reader->at++;
	if (reader->at < reader->end && *reader->at == '\n')
		reader->at++;
	reader->line++;
}

static int read_quoted(struct reader *reader, struct feed *feed, struct err *err)
{
	uint32_t opened = reader->line;
	bool is_closed = false;

	for (reader->at++; reader->at < reader->end && !is_closed; reader->at++) {
		if (*reader->at == '"') {
			is_closed = reader->at + 1 == reader->end || reader->at[1] != '"';
			if (is_closed)
				continue;
			reader->at++;
		}
		if (*reader->at == '\n')
			reader->line++;
		feed->bytes[feed->used++] = *reader->at;
	}
	if (!is_closed)
		return err_set(err, -EINVAL, "%s:%u: the quote that opens here is never closed",
			       reader->name, opened);
	if (!is_line_end(reader) && *reader->at != reader->separator)
		return err_set(
			err, -EINVAL,
			"%s:%u: text after a closing quote; a quote inside a cell is doubled",
			reader->name, reader->line);
	return 0;
}

/* Reads a line's cells; ret_count of them. The line end is taken, too. */
static int read_line(struct reader *reader, struct feed *feed, uint32_t *ret_count, struct err *err)
{
	uint32_t count = 0;

	for (;;) {
		if (!is_line_end(reader) && *reader->at == '"') {
			int r = read_quoted(reader, feed, err);

			if (r < 0)
				return r;
		} else {
			while (!is_line_end(reader) && *reader->at != reader->separator)
				feed->bytes[feed->used++] = *reader->at++;
		}
		vec_push(&feed->ends, (uint32_t)feed->used);
		count++;
		if (is_line_end(reader))
			break;
		reader->at++;
	}
	skip_line_end(reader);
	*ret_count = count;
	return 0;
}

static void skip_empty_lines(struct reader *reader)
{
	while (reader->at < reader->end && is_line_end(reader))
		skip_line_end(reader);
}

static const char *get_cell(const struct feed *feed, size_t index, size_t *ret_length)
{
	uint32_t begin = index > 0 ? feed->ends.items[index - 1] : 0;

	*ret_length = feed->ends.items[index] - begin;
	return feed->bytes + begin;
}

static int read_header(struct reader *reader, struct feed *feed, struct err *err)
{
	uint32_t line, count = 0;
	int r;

	skip_empty_lines(reader);
	line = reader->line;
	if (reader->at == reader->end)
		return err_set(err, -EINVAL,
			       "%s: the file is empty; its first line names the columns",
			       reader->name);
	r = read_line(reader, feed, &count, err);
	if (r < 0)
		return r;
	feed->column_names = alloc_array(count, sizeof(feed->column_names[0]));
	for (uint32_t i = 0; i < count; i++) {
		size_t length;
		const char *name = get_cell(feed, i, &length);

		if (length == 0 || memchr(name, '\0', length) != NULL)
			return err_set(err, -EINVAL, "%s:%u: column %u has no name", reader->name,
				       line, i + 1);
		if (feed_find_column(feed, name, length) != FEED_NO_COLUMN)
			return err_set(err, -EINVAL, "%s:%u: two columns are called '%.*s'",
				       reader->name, line, (int)length, name);
		feed->column_names[i] = alloc_strndup(name, length);
		feed->column_count++;
	}
	return 0;
}

static int read_rows(struct reader *reader, struct feed *feed, struct err *err)
{
	for (skip_empty_lines(reader); reader->at < reader->end; skip_empty_lines(reader)) {
		uint32_t line = reader->line, count = 0;
		int r = read_line(reader, feed, &count, err);

		if (r < 0)
			return r;
		if (count != feed->column_count)
			return err_set(err, -EINVAL,
				       "%s:%u: %u columns where the first line names %u",
				       reader->name, line, count, feed->column_count);
		feed->row_count++;
	}
	if (feed->row_count == 0)
		return err_set(err, -EINVAL, "%s:%u: no line of data after the columns' names",
			       reader->name, reader->line);
	return 0;
}

int feed_new(struct feed **ret_feed, const char *name, const char *text, size_t length,
	     char separator, struct err *err)
{
	scoped(feed_cleanup) struct feed *feed = NULL;
	struct reader reader = {.at = text, .end = text + length, .line = 1, .name = name};
	int r;

	if (length > FEED_MAX_BYTES)
		return err_set(err, -EFBIG,
			       "%s: %zu bytes are more than a data file may have (1 GiB)", name,
			       length);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		reader.at += 3;
	feed = alloc_new(struct feed);
	feed->name = alloc_strdup(name);
	feed->bytes = alloc_array(length + 1, 1);
	reader.separator = separator != '\0' ? separator : guess_separator(reader.at, reader.end);
	r = read_header(&reader, feed, err);
	if (r == 0)
		r = read_rows(&reader, feed, err);
	if (r < 0)
		return r;
	*ret_feed = feed;
	feed = NULL;
	return 0;
}

void feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	for (uint32_t i = 0; i < feed->column_count; i++)
		free(feed->column_names[i]);
	free(feed->column_names);
	vec_release(&feed->ends);
	free(feed->bytes);
	free(feed->name);
	free(feed);
}

const char *feed_get_name(const struct feed *feed)
{
	return feed->name;
}

uint32_t feed_get_row_count(const struct feed *feed)
{
	return feed->row_count;
}

uint32_t feed_get_column_count(const struct feed *feed)
{
	return feed->column_count;
}

const char *feed_get_column_name(const struct feed *feed, uint32_t column)
{
	return feed->column_names[column];
}

uint32_t feed_find_column(const struct feed *feed, const char *name, size_t length)
{
	for (uint32_t i = 0; i < feed->column_count; i++) {
		if (strlen(feed->column_names[i]) == length &&
		    memcmp(feed->column_names[i], name, length) == 0)
			return i;
	}
	return FEED_NO_COLUMN;
}

const char *feed_get_cell(const struct feed *feed, uint32_t row, uint32_t column,
			  size_t *ret_length)
{
	return get_cell(feed, ((size_t)row + 1) * feed->column_count + column, ret_length);
}

int feed_check_template(const struct feed *feed, const char *text, struct err *err)
{
	struct template_piece piece;
	const char *at = text, *end = text + strlen(text);
	int r, has_column = 0;

	while ((r = template_next_piece(&at, end, feed, &piece, err)) > 0) {
		if (piece.column != FEED_NO_COLUMN)
			has_column = 1;
	}
	return r < 0 ? r : has_column;
}
