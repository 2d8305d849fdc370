#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "load/json_reader.h"
#include "load/target_format.h"
#include "util/alloc.h"

/*
 * The object of one line. In this file -EBADMSG is the JSON reader's, whose sentence
 * target_json_parse() makes; every other error has its own.
 */
struct object {
	struct target_parser *parser;
	struct json_reader reader;
	char *scratch; /* for one string; as long as the longest line so far */
	size_t scratch_bytes;
	const char *method, *url, *body; /* NULL = not there */
	size_t url_length, body_length;
	struct err *err;
};

/* The next string, in the scratch: valid until the next one. */
static int read_string(struct object *object, struct target_span *ret_span)
{
	ret_span->text = object->scratch;
	return json_reader_take_string(&object->reader, object->scratch, &ret_span->length);
}

static int next_key(struct object *object, struct target_span *ret_key)
{
	ret_key->text = object->scratch;
	return json_reader_next_key(&object->reader, object->scratch, &ret_key->length);
}

static int read_method(struct object *object)
{
	struct target_span span = {0};
	int r = read_string(object, &span);

	if (r < 0)
		return r;
	if (span.length == 0 || target_measure_method(span) < span.length)
		return err_set(object->err, -EINVAL,
			       "%s:%u: '%.*s' is no method; it is in capitals: GET",
			       object->parser->name, object->parser->line,
			       (int)(span.length < 60 ? span.length : 60), span.text);
	object->method = target_keep(object->parser, span);
	return 0;
}

static int read_url(struct object *object)
{
	struct target_span span = {0};
	int r = read_string(object, &span);

	if (r < 0)
		return r;
	object->url = target_keep(object->parser, span);
	object->url_length = span.length;
	return 0;
}

/* The value of a base64 digit (RFC 4648 section 4), or -1. */
static int get_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int refuse_body(const struct object *object)
{
	return err_set(object->err, -EINVAL, "%s:%u: the body is not base64 (with padding)",
		       object->parser->name, object->parser->line);
}

/* Base64 with its padding; nothing decodes to no body. */
static int read_body(struct object *object)
{
	struct target_span span = {0};
	size_t padding = 0, length = 0;
	uint32_t bits = 0;
	char *body;
	int r = read_string(object, &span);

	if (r < 0 || span.length == 0)
		return r;
	if (span.length % 4 != 0)
		return refuse_body(object);
	while (padding < 2 && span.text[span.length - 1 - padding] == '=')
		padding++;
	body = arena_alloc(object->parser->arena, span.length / 4 * 3, 1);
	for (size_t i = 0; i < span.length; i++) {
		int digit = i < span.length - padding ? get_digit(span.text[i]) : 0;

		if (digit < 0)
			return refuse_body(object);
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4 == 3) {
			body[length++] = (char)(bits >> 16 & 0xff);
			body[length++] = (char)(bits >> 8 & 0xff);
			body[length++] = (char)(bits & 0xff);
		}
	}
	object->body = body;
	object->body_length = length - padding;
	return 0;
}

static int read_value(struct object *object, struct target_span name)
{
	struct target_span value = {0};
	int r = read_string(object, &value);

	return r < 0 ? r : target_add_header(object->parser, name, value, object->err);
}

/* {"Name": ["value", …], …}; a value may stand alone. */
static int read_headers(struct object *object)
{
	struct target_span key = {0};
	int r = json_reader_enter(&object->reader, '{');

	while (r == 0 && (r = next_key(object, &key)) > 0) {
		struct target_span name = {target_keep(object->parser, key), key.length};

		if (json_reader_peek(&object->reader) != JSON_READER_ARRAY) {
			r = read_value(object, name);
			continue;
		}
		r = json_reader_enter(&object->reader, '[');
		while (r == 0 && (r = json_reader_next_item(&object->reader)) > 0)
			r = read_value(object, name);
	}
	return r;
}

static int read_member(struct object *object, struct target_span key)
{
	static const struct {
		const char *name;
		int (*read)(struct object *object);
		bool is_optional; /* may be null */
	} members[] = {{"method", read_method, false},
		       {"url", read_url, false},
		       {"body", read_body, true},
		       {"header", read_headers, true}};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		size_t ignored;

		if (key.length != strlen(members[i].name) ||
		    memcmp(key.text, members[i].name, key.length) != 0)
			continue;
		if (members[i].is_optional && json_reader_peek(&object->reader) == JSON_READER_NULL)
			return json_reader_take_value(&object->reader, NULL, &ignored);
		return members[i].read(object);
	}
	return err_set(object->err, -EINVAL,
		       "%s:%u: unknown key '%.*s'; there are method, url, body and header",
		       object->parser->name, object->parser->line,
		       (int)(key.length < 60 ? key.length : 60), key.text);
}

static int read_object(struct object *object)
{
	struct target_parser *parser = object->parser;
	struct target_span key = {0};
	struct target_entry *entry;
	int r = json_reader_enter(&object->reader, '{');

	object->method = object->url = object->body = NULL;
	object->body_length = 0;
	while (r == 0 && (r = next_key(object, &key)) > 0)
		r = read_member(object, key);
	if (r == 0)
		r = json_reader_finish(&object->reader);
	if (r < 0)
		return r;
	if (object->method == NULL || object->url == NULL)
		return err_set(object->err, -EINVAL, "%s:%u: the request has no \"%s\"",
			       parser->name, parser->line,
			       object->method == NULL ? "method" : "url");
	r = target_add_entry(parser, object->method,
			     (struct target_span){object->url, object->url_length}, object->err);
	if (r < 0)
		return r;
	entry = &parser->entries.items[parser->entries.count - 1];
	entry->body = object->body;
	entry->body_length = object->body_length;
	target_close_entry(parser);
	return 0;
}

int target_json_parse(struct target_parser *parser, struct err *err)
{
	struct object object = {.parser = parser, .err = err};
	struct target_span line = {0};
	int r = 0;

	while (r == 0 && target_next_line(parser, &line)) {
		if (line.length == 0)
			continue;
		if (line.length > object.scratch_bytes) {
			object.scratch = alloc_resize(object.scratch, line.length, 1);
			object.scratch_bytes = line.length;
		}
		json_reader_init(&object.reader, line.text, line.length);
		r = read_object(&object);
		if (r == -EBADMSG)
			r = err_set(err, -EINVAL, "%s:%u:%zu: %s", parser->name, parser->line,
				    (size_t)(object.reader.at - parser->begin) + 1,
				    object.reader.problem);
	}
	free(object.scratch);
	return r;
}
