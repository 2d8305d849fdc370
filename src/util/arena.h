/*
 * Memory for a phase: a parsed plan, a view, a test. Everything taken from an arena is released in
 * one call, and nothing of it earlier. Not for use by several threads at once.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* bytes used in the newest block */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* Zeroed, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
#define arena_new(arena, type) ((type *)arena_alloc((arena), 1, sizeof(type)))

char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t length)
	__attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((returns_nonnull, format(printf, 2, 3)));

#endif
