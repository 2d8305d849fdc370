/*
 * A growable text (or byte) buffer with a maximum. `data` is always NUL-terminated once something
 * was added; `length` does not count that NUL. Past `max_bytes` additions are dropped and `is_full`
 * is set: the caller decides whether that is an error, so that no input can make it grow without
 * bound.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *data; /* NULL while empty */
	size_t length;
	size_t capacity;
	size_t max_bytes;
	bool is_full;
};

enum { STRBUF_MAX_DEFAULT = 1 << 30 };

void strbuf_init(struct strbuf *buffer, size_t max_bytes);
void strbuf_release(struct strbuf *buffer);
void strbuf_clear(struct strbuf *buffer); /* keeps the memory */

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t length);
void strbuf_add_text(struct strbuf *buffer, const char *text);
void strbuf_add_char(struct strbuf *buffer, char c);
void strbuf_addf(struct strbuf *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The text, "" while empty. Valid until the next change. */
const char *strbuf_text(const struct strbuf *buffer);

/* Gives the memory to the caller (free()), leaves the buffer empty. Never NULL. */
char *strbuf_take(struct strbuf *buffer);

#endif
