#include "load/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "load/feed_format.h"
#include "load/template.h"
#include "util/alloc.h"
#include "util/vec.h"

enum { FEED_MAX_BYTES = 1 << 30 };

static bool is_json(const char *name, const char *text, const char *end)
{
	static const char *const suffixes[] = {".json", ".jsonl", ".ndjson"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (length > suffix && strcasecmp(name + length - suffix, suffixes[i]) == 0)
			return true;
	}
	while (text < end && strchr(" \t\r\n", *text) != NULL && *text != '\0')
		text++;
	return text < end && *text == '{';
}

int feed_add_column(struct feed *feed, const char *name, size_t length, uint32_t line,
		    struct err *err)
{
	size_t count = feed->column_names.count;

	if (count == FEED_COLUMNS_MAX)
		return err_set(err, -EINVAL, "%s:%u: more columns than a data file may have (%d)",
			       feed->name, line, FEED_COLUMNS_MAX);
	if (length == 0 || memchr(name, '\0', length) != NULL)
		return err_set(err, -EINVAL, "%s:%u: column %zu has no name", feed->name, line,
			       count + 1);
	if (feed_find_column(feed, name, length) != FEED_NO_COLUMN)
		return err_set(err, -EINVAL, "%s:%u: two columns are called '%.*s'", feed->name,
			       line, (int)length, name);
	vec_push(&feed->column_names, alloc_strndup(name, length));
	return 0;
}

int feed_new(struct feed **ret_feed, const char *name, const char *text, size_t length,
	     char separator, struct err *err)
{
	scoped(feed_cleanup) struct feed *feed = NULL;
	uint32_t line = 0;
	int r;

	if (length > FEED_MAX_BYTES)
		return err_set(err, -EFBIG,
			       "%s: %zu bytes are more than a data file may have (1 GiB)", name,
			       length);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		length -= 3;
	}
	feed = alloc_new(struct feed);
	feed->name = alloc_strdup(name);
	feed->bytes = alloc_array(length + 1, 1);
	if (separator == '\0' && is_json(name, text, text + length))
		r = feed_json_read(feed, text, length, &line, err);
	else
		r = feed_csv_read(feed, text, length, separator, &line, err);
	if (r < 0)
		return r;
	if (feed->row_count == 0)
		return err_set(err, -EINVAL, "%s:%u: no line of data after the columns' names",
			       name, line);
	*ret_feed = feed;
	feed = NULL;
	return 0;
}

void feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	for (size_t i = 0; i < feed->column_names.count; i++)
		free(feed->column_names.items[i]);
	vec_release(&feed->column_names);
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
	return (uint32_t)feed->column_names.count;
}

const char *feed_get_column_name(const struct feed *feed, uint32_t column)
{
	return feed->column_names.items[column];
}

uint32_t feed_find_column(const struct feed *feed, const char *name, size_t length)
{
	for (uint32_t i = 0; i < feed->column_names.count; i++) {
		if (strlen(feed->column_names.items[i]) == length &&
		    memcmp(feed->column_names.items[i], name, length) == 0)
			return i;
	}
	return FEED_NO_COLUMN;
}

const char *feed_get_cell(const struct feed *feed, uint32_t row, uint32_t column,
			  size_t *ret_length)
{
	size_t index = (size_t)row * feed->column_names.count + column;
	uint32_t begin = index > 0 ? feed->ends.items[index - 1] : 0;

	*ret_length = feed->ends.items[index] - begin;
	return feed->bytes + begin;
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
