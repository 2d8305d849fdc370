#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "load/feed_format.h"

struct reader {
	const char *at, *end;
	uint32_t line; /* of `at`, from 1 */
	char separator;
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
			       feed->name, opened);
	if (!is_line_end(reader) && *reader->at != reader->separator)
		return err_set(
			err, -EINVAL,
			"%s:%u: text after a closing quote; a quote inside a cell is doubled",
			feed->name, reader->line);
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

/* The first line's cells become the columns, and are no row. */
static int read_header(struct reader *reader, struct feed *feed, struct err *err)
{
	uint32_t line, count = 0, begin = 0;
	int r;

	skip_empty_lines(reader);
	line = reader->line;
	if (reader->at == reader->end)
		return err_set(err, -EINVAL,
			       "%s: the file is empty; its first line names the columns",
			       feed->name);
	r = read_line(reader, feed, &count, err);
	for (uint32_t i = 0; i < count && r == 0; i++) {
		r = feed_add_column(feed, feed->bytes + begin, feed->ends.items[i] - begin, line,
				    err);
		begin = feed->ends.items[i];
	}
	feed->used = 0;
	vec_clear(&feed->ends);
	return r;
}

static int read_rows(struct reader *reader, struct feed *feed, struct err *err)
{
	for (skip_empty_lines(reader); reader->at < reader->end; skip_empty_lines(reader)) {
		uint32_t line = reader->line, count = 0;
		int r = read_line(reader, feed, &count, err);

		if (r < 0)
			return r;
		if (count != feed->column_names.count)
			return err_set(err, -EINVAL,
				       "%s:%u: %u column%s where the first line names %zu",
				       feed->name, line, count, count == 1 ? "" : "s",
				       feed->column_names.count);
		feed->row_count++;
	}
	return 0;
}

int feed_csv_read(struct feed *feed, const char *text, size_t length, char separator,
		  uint32_t *ret_line, struct err *err)
{
	struct reader reader = {.at = text, .end = text + length, .line = 1};
	int r;

	reader.separator = separator != '\0' ? separator : guess_separator(text, reader.end);
	r = read_header(&reader, feed, err);
	if (r == 0)
		r = read_rows(&reader, feed, err);
	*ret_line = reader.line;
	return r;
}
