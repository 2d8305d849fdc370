/*
 * JSON (RFC 8259) out of memory, piece by piece and strictly: no tree is made, and a value's bytes
 * go straight to where they are wanted. For lines of data and of targets.
 *
 *	json_reader_enter(&reader, '{');
 *	while ((r = json_reader_next_key(&reader, key, &key_length)) > 0)
 *		r = json_reader_take_value(&reader, value, &value_length);
 *
 * Each call gives -EBADMSG when the text is not what JSON, or the caller, wants there; `problem`
 * then says what, and `at` where. Room for what is written is never more than the text itself has
 * bytes. Strings are bytes: that they are UTF-8 is not checked.
 */
#ifndef LOAD_JSON_READER_H
#define LOAD_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

struct json_reader {
	const char *at, *end;
	bool is_first;	     /* the next member is the first one of its object or array */
	const char *problem; /* NULL = none; "expected a ':' behind the key" */
};

enum json_reader_kind {
	JSON_READER_OBJECT,
	JSON_READER_ARRAY,
	JSON_READER_STRING,
	JSON_READER_NUMBER,
	JSON_READER_WORD, /* true, false */
	JSON_READER_NULL,
	JSON_READER_NOTHING, /* the end, or no begin of a value */
};

void json_reader_init(struct json_reader *reader, const char *text, size_t length);

/* What comes next. */
enum json_reader_kind json_reader_peek(struct json_reader *reader);

/* Takes the '{' or '['. 0 or -EBADMSG. */
int json_reader_enter(struct json_reader *reader, char bracket);

/* 1 with the key (unescaped) and its ':' taken, or 0 with the '}' taken. */
int json_reader_next_key(struct json_reader *reader, char *out, size_t *ret_length);

/* 1 before an item, or 0 with the ']' taken. */
int json_reader_next_item(struct json_reader *reader);

/* A string, unescaped. */
int json_reader_take_string(struct json_reader *reader, char *out, size_t *ret_length);

/*
 * Any value as text: a string unescaped, a number or word as it is written, null as nothing, and an
 * object or array as JSON without the white space between its parts. `out` NULL = passed over.
 */
int json_reader_take_value(struct json_reader *reader, char *out, size_t *ret_length);

/* 0 when nothing but white space is left. */
int json_reader_finish(struct json_reader *reader);

#endif
