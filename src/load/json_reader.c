#include "load/json_reader.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* Where bytes go; `at` NULL = nowhere. */
struct sink {
	char *at;
};

static void put(struct sink *sink, const char *bytes, size_t length)
{
	if (sink->at == NULL)
		return;
	memcpy(sink->at, bytes, length);
	sink->at += length;
}

static int refuse(struct json_reader *reader, const char *problem)
{
	reader->problem = problem;
	return -EBADMSG;
}

static void skip_white(struct json_reader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' ||
					    *reader->at == '\n' || *reader->at == '\r'))
		reader->at++;
}

/* Takes `c` when it is what comes next. */
static bool take_char(struct json_reader *reader, char c)
{
	skip_white(reader);
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

void json_reader_init(struct json_reader *reader, const char *text, size_t length)
{
	*reader = (struct json_reader){.at = text, .end = text + length};
}

enum json_reader_kind json_reader_peek(struct json_reader *reader)
{
	skip_white(reader);
	switch (reader->at < reader->end ? *reader->at : '\0') {
	case '{':
		return JSON_READER_OBJECT;
	case '[':
		return JSON_READER_ARRAY;
	case '"':
		return JSON_READER_STRING;
	case 't':
	case 'f':
		return JSON_READER_WORD;
	case 'n':
		return JSON_READER_NULL;
	case '-':
	case '0' ... '9':
		return JSON_READER_NUMBER;
	default:
		return JSON_READER_NOTHING;
	}
}

int json_reader_enter(struct json_reader *reader, char bracket)
{
	if (!take_char(reader, bracket))
		return refuse(reader, bracket == '{' ? "expected an object, { }"
						     : "expected an array, [ ]");
	reader->is_first = true;
	return 0;
}

/* 1 before a member, 0 behind the closing bracket. */
static int next_member(struct json_reader *reader, char bracket)
{
	bool was_first = reader->is_first;

	reader->is_first = false;
	if (take_char(reader, bracket))
		return 0;
	if (!was_first && !take_char(reader, ','))
		return refuse(reader,
			      bracket == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
	return 1;
}

int json_reader_next_key(struct json_reader *reader, char *out, size_t *ret_length)
{
	int r = next_member(reader, '}');

	if (r <= 0)
		return r;
	if (json_reader_peek(reader) != JSON_READER_STRING)
		return refuse(reader, "expected a key in double quotes");
	r = json_reader_take_string(reader, out, ret_length);
	if (r < 0)
		return r;
	return take_char(reader, ':') ? 1 : refuse(reader, "expected ':' behind the key");
}

int json_reader_next_item(struct json_reader *reader)
{
	return next_member(reader, ']');
}

static int read_hex4(struct json_reader *reader, uint32_t *ret_code)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++, reader->at++) {
		char c = reader->at < reader->end ? *reader->at : '\0';

		if (c >= '0' && c <= '9')
			code = 16 * code + (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			code = 16 * code + (uint32_t)((c | 0x20) - 'a') + 10;
		else
			return refuse(reader, "expected four hexadecimal digits after \\u");
	}
	*ret_code = code;
	return 0;
}

static void put_utf8(struct sink *sink, uint32_t code)
{
	char bytes[4];
	size_t length;

	if (code < 0x80) {
		bytes[0] = (char)code;
		length = 1;
	} else if (code < 0x800) {
		bytes[0] = (char)(0xc0 | code >> 6);
		length = 2;
	} else if (code < 0x10000) {
		bytes[0] = (char)(0xe0 | code >> 12);
		length = 3;
	} else {
		bytes[0] = (char)(0xf0 | code >> 18);
		length = 4;
	}
	for (size_t i = 1; i < length; i++)
		bytes[i] = (char)(0x80 | (code >> 6 * (length - 1 - i) & 0x3f));
	put(sink, bytes, length);
}

/* Behind "\u". Above U+FFFF it is two of them, a surrogate pair (RFC 8259 section 7). */
static int read_unicode(struct json_reader *reader, struct sink *sink)
{
	uint32_t code = 0, low = 0;
	int r = read_hex4(reader, &code);

	if (r < 0)
		return r;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || reader->end - reader->at < 2 ||
		    memcmp(reader->at, "\\u", 2) != 0)
			return refuse(reader, "half of a surrogate pair");
		reader->at += 2;
		r = read_hex4(reader, &low);
		if (r < 0)
			return r;
		if (low < 0xdc00 || low >= 0xe000)
			return refuse(reader, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(sink, code);
	return 0;
}

static int read_escape(struct json_reader *reader, struct sink *sink)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *found = NULL;

	if (reader->at < reader->end && *reader->at == 'u') {
		reader->at++;
		return read_unicode(reader, sink);
	}
	if (reader->at < reader->end)
		found = memchr(names, *reader->at, sizeof(names) - 1);
	if (found == NULL)
		return refuse(reader, "an escape that JSON does not have");
	put(sink, &values[found - names], 1);
	reader->at++;
	return 0;
}

/* Behind the opening quote; the closing one is taken. */
static int read_string(struct json_reader *reader, struct sink *sink)
{
	while (reader->at < reader->end && *reader->at != '"') {
		const char *begin = reader->at;
		int r;

		while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
		       (unsigned char)*reader->at >= 0x20)
			reader->at++;
		put(sink, begin, (size_t)(reader->at - begin));
		if (reader->at == reader->end || *reader->at == '"')
			continue;
		if (*reader->at != '\\')
			return refuse(reader,
				      "a control character in a string; write it as \\n, \\t "
				      "or \\u0000");
		reader->at++;
		r = read_escape(reader, sink);
		if (r < 0)
			return r;
	}
	if (reader->at == reader->end)
		return refuse(reader, "a string without its closing quote");
	reader->at++;
	return 0;
}

int json_reader_take_string(struct json_reader *reader, char *out, size_t *ret_length)
{
	struct sink sink = {.at = out};
	int r;

	if (!take_char(reader, '"'))
		return refuse(reader, "expected a string in double quotes");
	r = read_string(reader, &sink);
	if (r == 0)
		*ret_length = (size_t)(sink.at - out);
	return r;
}

/* At least one digit. */
static bool skip_digits(struct json_reader *reader)
{
	const char *begin = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > begin;
}

static int read_number(struct json_reader *reader)
{
	static const char problem[] = "a number that JSON does not have";

	if (*reader->at == '-')
		reader->at++;
	if (reader->at < reader->end && *reader->at == '0')
		reader->at++; /* no digit follows a leading 0 */
	else if (!skip_digits(reader))
		return refuse(reader, problem);
	if (reader->at < reader->end && *reader->at == '.') {
		reader->at++;
		if (!skip_digits(reader))
			return refuse(reader, problem);
	}
	if (reader->at < reader->end && (*reader->at | 0x20) == 'e') {
		reader->at++;
		if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-'))
			reader->at++;
		if (!skip_digits(reader))
			return refuse(reader, problem);
	}
	return 0;
}

static int read_word(struct json_reader *reader)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(reader->end - reader->at) >= length &&
		    memcmp(reader->at, words[i], length) == 0) {
			reader->at += length;
			return 0;
		}
	}
	return refuse(reader, "expected true, false or null");
}

/* A value that is no object and no array; as JSON, quotes and escapes included. */
static int copy_scalar(struct json_reader *reader, struct sink *sink)
{
	struct sink nowhere = {0};
	enum json_reader_kind kind = json_reader_peek(reader); /* behind the white space */
	const char *begin = reader->at;
	int r;

	switch (kind) {
	case JSON_READER_STRING:
		reader->at++;
		r = read_string(reader, &nowhere);
		break;
	case JSON_READER_NUMBER:
		r = read_number(reader);
		break;
	case JSON_READER_WORD:
	case JSON_READER_NULL:
		r = read_word(reader);
		break;
	case JSON_READER_OBJECT:
	case JSON_READER_ARRAY:
	case JSON_READER_NOTHING:
	default:
		return refuse(reader, "expected a value");
	}
	if (r == 0)
		put(sink, begin, (size_t)(reader->at - begin));
	return r;
}

/* Before a member of an object: its key and ':' as they are, without white space. */
static int copy_key(struct json_reader *reader, struct sink *sink)
{
	int r;

	if (json_reader_peek(reader) != JSON_READER_STRING)
		return refuse(reader, "expected a key in double quotes");
	r = copy_scalar(reader, sink);
	if (r < 0)
		return r;
	if (!take_char(reader, ':'))
		return refuse(reader, "expected ':' behind the key");
	put(sink, ":", 1);
	return 0;
}

static int copy_value(struct json_reader *reader, struct sink *sink, int depth)
{
	enum json_reader_kind kind = json_reader_peek(reader);
	char close = kind == JSON_READER_OBJECT ? '}' : ']';
	bool is_first = true;
	int r;

	if (kind != JSON_READER_OBJECT && kind != JSON_READER_ARRAY)
		return copy_scalar(reader, sink);
	if (depth == DEPTH_MAX)
		return refuse(reader, "nested deeper than 64");
	put(sink, reader->at, 1);
	reader->at++;
	reader->is_first = true;
	while ((r = next_member(reader, close)) > 0) {
		if (!is_first)
			put(sink, ",", 1);
		is_first = false;
		r = close == '}' ? copy_key(reader, sink) : 0;
		if (r == 0)
			r = copy_value(reader, sink, depth + 1);
		if (r < 0)
			return r;
	}
	if (r == 0)
		put(sink, &close, 1);
	return r;
}

int json_reader_take_value(struct json_reader *reader, char *out, size_t *ret_length)
{
	struct sink sink = {.at = out};
	enum json_reader_kind kind = json_reader_peek(reader);
	int r;

	if (kind == JSON_READER_STRING)
		return json_reader_take_string(reader, out, ret_length);
	r = copy_value(reader, &sink, 0);
	if (r == 0)
		*ret_length = kind == JSON_READER_NULL ? 0 : (size_t)(sink.at - out);
	return r;
}

int json_reader_finish(struct json_reader *reader)
{
	skip_white(reader);
	return reader->at == reader->end ? 0 : refuse(reader, "text behind the end of the value");
}
