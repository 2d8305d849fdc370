/*
 * Allocation that cannot fail: out of memory aborts here and nowhere else (there is nothing
 * sensible left to do, and what was measured is already in the store). Sizes that come from input
 * are checked by the caller first.
 *
 * Every call counts, per thread, so that a unit test can prove that a hot path allocates nothing.
 */
#ifndef UTIL_ALLOC_H
#define UTIL_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "util/scoped.h"

/*
 * Zeroed memory for `count` items of `size` bytes; count * size must not overflow (aborts). Free
 * with free().
 */
void *alloc_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed memory for one item. Free with free(). */
#define alloc_new(type) ((type *)alloc_array(1, sizeof(type)))

/* Grows or shrinks; new bytes are NOT zeroed. `pointer` may be NULL. */
void *alloc_resize(void *pointer, size_t count, size_t size) __attribute__((returns_nonnull));

char *alloc_strdup(const char *text) __attribute__((malloc, returns_nonnull, nonnull));
char *alloc_strndup(const char *text, size_t length)
	__attribute__((malloc, returns_nonnull, nonnull));
char *alloc_printf(const char *format, ...)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Allocations made by this thread through this file since it started. */
uint64_t alloc_get_count(void);

/* Cleanup for locals: `scoped_free char *text = …`. */
void alloc_cleanup(void *pointer_to_pointer);
#define scoped_free scoped(alloc_cleanup)

#endif
