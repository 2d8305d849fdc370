/*
 * Growable arrays of any type:
 *
 *	VEC(struct sample) samples = {0};
 *	vec_push(&samples, one);
 *	for (size_t i = 0; i < samples.count; i++) … samples.items[i] …
 *	vec_release(&samples);
 *
 * A VEC type is anonymous: give the struct that holds it a name, or declare a named struct with
 * VEC_FIELDS.
 */
#ifndef UTIL_VEC_H
#define UTIL_VEC_H

#include <stddef.h>
#include <stdlib.h>

#include "util/alloc.h"

#define VEC_FIELDS(type)                                                                           \
	type *items;                                                                               \
	size_t count;                                                                              \
	size_t capacity

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		VEC_FIELDS(type);                                                                  \
	}

/* Room for `wanted` items in all. */
#define vec_reserve(vec, wanted)                                                                   \
	do {                                                                                       \
		if ((vec)->capacity < (wanted)) {                                                  \
			size_t grown_ = (vec)->capacity > 0 ? (vec)->capacity * 2 : 16;            \
			while (grown_ < (wanted))                                                  \
				grown_ *= 2;                                                       \
			(vec)->items = alloc_resize((vec)->items, grown_, sizeof(*(vec)->items));  \
			(vec)->capacity = grown_;                                                  \
		}                                                                                  \
	} while (0)

#define vec_push(vec, ...)                                                                         \
	do {                                                                                       \
		vec_reserve((vec), (vec)->count + 1);                                              \
		(vec)->items[(vec)->count++] = (__VA_ARGS__);                                      \
	} while (0)

#define vec_clear(vec) ((void)((vec)->count = 0))

#define vec_release(vec)                                                                           \
	do {                                                                                       \
		free((vec)->items);                                                                \
		(vec)->items = NULL;                                                               \
		(vec)->count = (vec)->capacity = 0;                                                \
	} while (0)

#endif
