#include "import/csv_read.h"

#include <string.h>

void csv_reader_init(struct csv_reader *reader, struct import_input *input)
{
	*reader = (struct csv_reader){.input = input, .next_line = 1};
	strbuf_init(&reader->record, CSV_RECORD_MAX);
	strbuf_init(&reader->text, 2 * CSV_RECORD_MAX);
}

void csv_reader_release(struct csv_reader *reader)
{
	strbuf_release(&reader->record);
	strbuf_release(&reader->text);
	vec_release(&reader->fields);
}

/* Whether a quote is open at the end; a doubled one opens and closes. */
static bool is_within_quotes(const char *text, size_t length, bool is_open)
{
	for (size_t i = 0; i < length; i++)
		is_open ^= text[i] == '"';
	return is_open;
}

static bool read_record(struct csv_reader *reader)
{
	bool is_open = false;
	size_t length;
	char *line;

	strbuf_clear(&reader->record);
	reader->line = reader->next_line;
	while (import_input_next_line(reader->input, &line, &length)) {
		reader->next_line++;
		if (reader->line == 1 && reader->record.length == 0 && length >= 3 &&
		    memcmp(line, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
			line += 3;
			length -= 3;
		}
		is_open = is_within_quotes(line, length, is_open);
		strbuf_add(&reader->record, line, length);
		if (!is_open)
			break;
		strbuf_add_char(&reader->record, '\n');
	}
	reader->is_open = is_open;
	return reader->next_line > reader->line;
}

static void find_separator(struct csv_reader *reader)
{
	const char *text = strbuf_text(&reader->record);
	bool is_quoted = false;

	for (; *text != '\0' && reader->separator == '\0'; text++) {
		is_quoted ^= *text == '"';
		if (!is_quoted && (*text == ',' || *text == ';' || *text == '\t'))
			reader->separator = *text;
	}
	if (reader->separator == '\0')
		reader->separator = ',';
}

/* One field from `at` on into the text; returns where the next begins, or the end. */
static size_t split_field(struct csv_reader *reader, size_t at)
{
	const char *data = reader->record.data;
	size_t length = reader->record.length;
	bool is_quoted = false;

	for (; at < length && (is_quoted || data[at] != reader->separator); at++) {
		if (data[at] == '"' && is_quoted && at + 1 < length && data[at + 1] == '"')
			strbuf_add_char(&reader->text, data[at++]);
		else if (data[at] == '"')
			is_quoted = !is_quoted;
		else
			strbuf_add_char(&reader->text, data[at] != '\0' ? data[at] : ' ');
	}
	strbuf_add_char(&reader->text, '\0');
	return at;
}

static void split(struct csv_reader *reader)
{
	size_t at = 0, count = 0, place = 0;

	strbuf_clear(&reader->text);
	vec_clear(&reader->fields);
	do {
		at = split_field(reader, at);
		count++;
	} while (at++ < reader->record.length);
	/* the text has stopped moving only now */
	for (size_t i = 0; i < count && place < reader->text.length; i++) {
		vec_push(&reader->fields, reader->text.data + place);
		place += strlen(reader->text.data + place) + 1;
	}
}

bool csv_reader_next(struct csv_reader *reader)
{
	while (read_record(reader)) {
		if (reader->record.length == 0)
			continue;
		if (reader->separator == '\0')
			find_separator(reader);
		split(reader);
		return true;
	}
	return false;
}

const char *csv_reader_get(const struct csv_reader *reader, size_t field)
{
	return field < reader->fields.count ? reader->fields.items[field] : "";
}
