#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *buffer_zalloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		abort();
	return memory;
}

size_t buffer_room(const struct buffer *buffer)
{
	return buffer->capacity - buffer->start - buffer->size;
}

char *buffer_reserve(struct buffer *buffer, size_t room)
{
	if (buffer_room(buffer) < room && buffer->start > 0) {
		memmove(buffer->data, buffer->data + buffer->start, buffer->size);
		buffer->start = 0;
	}
	if (buffer_room(buffer) < room) {
		size_t capacity = buffer->capacity * 2;

		if (capacity < buffer->size + room)
			capacity = buffer->size + room;
		buffer->data = realloc(buffer->data, capacity);
		if (buffer->data == NULL)
			abort();
		buffer->capacity = capacity;
	}
	return buffer->data + (buffer->start + buffer->size);
}

void buffer_commit(struct buffer *buffer, size_t size)
{
	assert(size <= buffer_room(buffer));
	buffer->size += size;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	memcpy(buffer_reserve(buffer, size), bytes, size);
	buffer->size += size;
}

void buffer_consume(struct buffer *buffer, size_t size)
{
	assert(size <= buffer->size);
	buffer->size -= size;
	buffer->start = buffer->size == 0 ? 0 : buffer->start + size;
}

void buffer_trim(struct buffer *buffer, size_t keep_bytes)
{
	if (buffer->size == 0 && buffer->capacity > keep_bytes)
		buffer_release(buffer);
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
