/*
 * JSON written as it comes, for documents with columns of millions of numbers; json_value.h and
 * jansson hold small ones as a tree. Commas are put where they belong; that brackets match and that
 * members of objects have keys is the caller's.
 */
#ifndef EXPORT_JSON_STREAM_H
#define EXPORT_JSON_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

struct json_stream {
	struct strbuf *text;
	bool has_item; /* the next one needs a comma */
};

/* `key` NULL = an item of an array, or the document. */
void json_stream_begin_object(struct json_stream *stream, const char *key);
void json_stream_end_object(struct json_stream *stream);
void json_stream_begin_array(struct json_stream *stream, const char *key);
void json_stream_end_array(struct json_stream *stream);

void json_stream_add_integer(struct json_stream *stream, const char *key, int64_t value);
void json_stream_add_null(struct json_stream *stream, const char *key);
void json_stream_add_bool(struct json_stream *stream, const char *key, bool value);

/* ns as milliseconds with six decimals. */
void json_stream_add_ms(struct json_stream *stream, const char *key, int64_t ns);

/* A ratio with as many digits as it needs to be read back. */
void json_stream_add_double(struct json_stream *stream, const char *key, double value);

/* Bytes that are not UTF-8 become U+FFFD. */
void json_stream_add_text(struct json_stream *stream, const char *key, const char *value);

#endif
