#include "util/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void strbuf_init(struct strbuf *buffer, size_t max_bytes)
{
	*buffer = (struct strbuf){.max_bytes = max_bytes};
}

void strbuf_release(struct strbuf *buffer)
{
	free(buffer->data);
	strbuf_init(buffer, buffer->max_bytes);
}

void strbuf_clear(struct strbuf *buffer)
{
	buffer->length = 0;
	buffer->is_full = false;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

/* Makes room for `more` bytes and a NUL; false past the maximum. */
static bool reserve(struct strbuf *buffer, size_t more)
{
	size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;

	if (more > buffer->max_bytes || buffer->length > buffer->max_bytes - more) {
		buffer->is_full = true;
		return false;
	}
	while (capacity < buffer->length + more + 1)
		capacity *= 2;
	if (capacity != buffer->capacity) {
		buffer->data = alloc_resize(buffer->data, capacity, 1);
		buffer->capacity = capacity;
	}
	return true;
}

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t length)
{
	if (!reserve(buffer, length))
		return;
	if (length > 0)
		memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void strbuf_add_text(struct strbuf *buffer, const char *text)
{
	strbuf_add(buffer, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buffer, char c)
{
	strbuf_add(buffer, &c, 1);
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length >= 0 && reserve(buffer, (size_t)length)) {
		vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
		buffer->length += (size_t)length;
	}
	va_end(again);
}

const char *strbuf_text(const struct strbuf *buffer)
{
	return buffer->data != NULL ? buffer->data : "";
}

char *strbuf_take(struct strbuf *buffer)
{
	char *text = buffer->data != NULL ? buffer->data : alloc_strdup("");

	strbuf_init(buffer, buffer->max_bytes);
	return text;
}
