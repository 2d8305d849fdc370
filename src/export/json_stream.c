#include "export/json_stream.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "export/json_text.h"

static void begin_item(struct json_stream *stream, const char *key)
{
	if (stream->has_item)
		strbuf_add_char(stream->text, ',');
	stream->has_item = true;
	if (key != NULL)
		strbuf_addf(stream->text, "\"%s\":", key);
}

static void open_bracket(struct json_stream *stream, const char *key, char bracket)
{
	begin_item(stream, key);
	strbuf_add_char(stream->text, bracket);
	stream->has_item = false;
}

static void close_bracket(struct json_stream *stream, char bracket)
{
	strbuf_add_char(stream->text, bracket);
	stream->has_item = true;
}

void json_stream_begin_object(struct json_stream *stream, const char *key)
{
	open_bracket(stream, key, '{');
}

void json_stream_end_object(struct json_stream *stream)
{
	close_bracket(stream, '}');
}

void json_stream_begin_array(struct json_stream *stream, const char *key)
{
	open_bracket(stream, key, '[');
}

void json_stream_end_array(struct json_stream *stream)
{
	close_bracket(stream, ']');
}

void json_stream_add_integer(struct json_stream *stream, const char *key, int64_t value)
{
	begin_item(stream, key);
	strbuf_addf(stream->text, "%" PRId64, value);
}

void json_stream_add_null(struct json_stream *stream, const char *key)
{
	begin_item(stream, key);
	strbuf_add_text(stream->text, "null");
}

void json_stream_add_bool(struct json_stream *stream, const char *key, bool value)
{
	begin_item(stream, key);
	strbuf_add_text(stream->text, value ? "true" : "false");
}

void json_stream_add_ms(struct json_stream *stream, const char *key, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	begin_item(stream, key);
	strbuf_addf(stream->text, "%s%" PRIu64 ".%06u", ns < 0 ? "-" : "", size / 1000000,
		    (unsigned)(size % 1000000));
}

void json_stream_add_double(struct json_stream *stream, const char *key, double value)
{
	begin_item(stream, key);
	strbuf_addf(stream->text, "%.17g", value);
}

void json_stream_add_text(struct json_stream *stream, const char *key, const char *value)
{
	json_t *text = json_text_make(value);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT);

	begin_item(stream, key);
	strbuf_add_text(stream->text, quoted != NULL ? quoted : "\"\"");
	free(quoted);
	json_decref(text);
}
