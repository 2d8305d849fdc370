/*
 * buffer: bytes that come in at the end and are consumed at the front.
 *
 *	data          start             start + size        capacity
 *	|  consumed   |  bytes          |  room             |
 *
 * Consuming moves `start` only: a pointer into the bytes stays good until the next buffer_reserve()
 * or buffer_append(). Running out of memory ends the program; who fills a buffer from outside
 * bounds it first.
 */
#ifndef GATEWAY_BUFFER_H
#define GATEWAY_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t start;
	size_t size;
	size_t capacity;
};

/* Zeroed memory for `count` things of `size` bytes; never NULL. To be freed with free(). */
void *buffer_zalloc(size_t count, size_t size);

/* Makes room for at least `room` bytes behind the last one and returns its address. */
char *buffer_reserve(struct buffer *buffer, size_t room);

/* How many bytes fit without growing. */
size_t buffer_room(const struct buffer *buffer);

/* States that `size` bytes were written into the room. */
void buffer_commit(struct buffer *buffer, size_t size);

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_consume(struct buffer *buffer, size_t size);

/* Gives the memory of an empty buffer back when it once grew beyond `keep_bytes`. */
void buffer_trim(struct buffer *buffer, size_t keep_bytes);
void buffer_release(struct buffer *buffer);

/* The bytes' address; never NULL. */
static inline const char *buffer_bytes(const struct buffer *buffer)
{
	return buffer->data != NULL ? buffer->data + buffer->start : "";
}

/* For interfaces that only read and yet want a plain pointer: struct iovec, execv(). */
static inline void *buffer_unconst(const void *bytes)
{
	union {
		const void *given;
		void *wanted;
	} pointer = {bytes};

	return pointer.wanted;
}

#endif
