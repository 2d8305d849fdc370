#include "util/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local uint64_t allocation_count;

static void *check(void *pointer)
{
	if (pointer == NULL) {
		/* the one exception to "only cmd/ prints" */
		fputs("sonde: out of memory\n", stderr);
		abort();
	}
	allocation_count++;
	return pointer;
}

void *alloc_array(size_t count, size_t size)
{
	return check(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *alloc_resize(void *pointer, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return check(realloc(pointer, bytes > 0 ? bytes : 1));
}

char *alloc_strdup(const char *text)
{
	return check(strdup(text));
}

char *alloc_strndup(const char *text, size_t length)
{
	size_t used = strnlen(text, length); /* `text` need not end within `length` */
	char *copy = alloc_array(used + 1, 1);

	memcpy(copy, text, used);
	return copy;
}

char *alloc_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return check(length < 0 ? NULL : text);
}

uint64_t alloc_get_count(void)
{
	return allocation_count;
}

void alloc_cleanup(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
