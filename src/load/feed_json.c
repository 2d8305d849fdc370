#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "load/feed_format.h"
#include "load/json_reader.h"
#include "util/alloc.h"

/* The value of a column in a line, as it is in the text. */
struct value {
	const char *text;
	size_t length;
	uint32_t line; /* where it was seen last */
};

/* The sentence for what the reader met in the line that begins at `begin`. */
static int refuse(const struct feed *feed, uint32_t line, const char *begin,
		  const struct json_reader *reader, struct err *err)
{
	if (reader->at == reader->end)
		return err_set(err, -EINVAL,
			       "%s:%u: the line ends inside of its object; each line is a whole "
			       "one: {\"column\": value, …}",
			       feed->name, line);
	return err_set(err, -EINVAL, "%s:%u:%zu: %s", feed->name, line,
		       (size_t)(reader->at - begin) + 1, reader->problem);
}

/*
 * The column of a key, which in most lines is the one that is expected. The first row's keys make
 * the columns.
 */
static int find_column(struct feed *feed, const char *key, size_t length, uint32_t line,
		       uint32_t expected, struct err *err)
{
	uint32_t column;
	int r;

	if (feed->row_count == 0) {
		r = feed_add_column(feed, key, length, line, err);
		if (r < 0)
			return r;
		return (int)feed->column_names.count - 1;
	}
	if (expected < feed->column_names.count &&
	    strlen(feed->column_names.items[expected]) == length &&
	    memcmp(feed->column_names.items[expected], key, length) == 0)
		return (int)expected;
	column = feed_find_column(feed, key, length);
	if (column == FEED_NO_COLUMN)
		return err_set(err, -EINVAL, "%s:%u: the key '%.*s' is not one of the first line",
			       feed->name, line, (int)length, key);
	return (int)column;
}

/* Finds each column's value in the line; nothing is kept of it but where it is. */
static int scan_line(struct feed *feed, struct value *values, const char *text, size_t length,
		     uint32_t line, struct err *err)
{
	/* a key needs no room of its own: nothing of this line is in the feed yet */
	char *key = feed->bytes + feed->used;
	struct json_reader reader;
	size_t key_length = 0, ignored = 0;
	uint32_t count = 0;
	int r;

	json_reader_init(&reader, text, length);
	r = json_reader_enter(&reader, '{');
	while (r == 0 && (r = json_reader_next_key(&reader, key, &key_length)) > 0) {
		int column = find_column(feed, key, key_length, line, count, err);
		struct value *value;

		if (column < 0)
			return column;
		value = &values[column];
		if (value->line == line)
			return err_set(err, -EINVAL, "%s:%u: the key '%s' is there twice",
				       feed->name, line, feed->column_names.items[column]);
		json_reader_peek(&reader);
		value->text = reader.at;
		r = json_reader_take_value(&reader, NULL, &ignored);
		value->length = (size_t)(reader.at - value->text);
		value->line = line;
		count++;
	}
	if (r == 0)
		r = json_reader_finish(&reader);
	return r < 0 ? refuse(feed, line, text, &reader, err) : 0;
}

static int read_line(struct feed *feed, struct value *values, const char *text, size_t length,
		     uint32_t line, struct err *err)
{
	int r = scan_line(feed, values, text, length, line, err);

	if (r < 0)
		return r;
	if (feed->column_names.count == 0)
		return err_set(err, -EINVAL,
			       "%s:%u: the keys of the first line name the columns, and "
			       "it has none",
			       feed->name, line);
	for (size_t i = 0; i < feed->column_names.count; i++) {
		struct json_reader reader;
		size_t bytes = 0;

		if (values[i].line != line)
			return err_set(err, -EINVAL,
				       "%s:%u: the key '%s' of the first line is missing",
				       feed->name, line, feed->column_names.items[i]);
		json_reader_init(&reader, values[i].text, values[i].length);
		json_reader_take_value(&reader, feed->bytes + feed->used, &bytes);
		feed->used += bytes;
		vec_push(&feed->ends, (uint32_t)feed->used);
	}
	feed->row_count++;
	return 0;
}

static bool is_blank(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t' || *text == '\r'))
		text++;
	return text == end;
}

int feed_json_read(struct feed *feed, const char *text, size_t length, uint32_t *ret_line,
		   struct err *err)
{
	const char *end = text + length;
	scoped_free struct value *values = alloc_array(FEED_COLUMNS_MAX, sizeof(*values));
	uint32_t line = 1;
	int r = 0;

	for (const char *next; r == 0 && text < end; text = next, line++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop != NULL ? stop : end;
		next = stop < end ? stop + 1 : end;
		if (is_blank(text, stop))
			continue;
		if (feed->row_count == 0 && *text == '[')
			r = err_set(err, -EINVAL,
				    "%s:%u: an array; a data file has one object a line: jq -c "
				    "'.[]' FILE makes it from an array",
				    feed->name, line);
		else
			r = read_line(feed, values, text, (size_t)(stop - text), line, err);
	}
	*ret_line = line;
	if (r == 0 && feed->row_count == 0)
		return err_set(err, -EINVAL,
			       "%s: the file is empty; the keys of its first line name the columns",
			       feed->name);
	return r;
}
