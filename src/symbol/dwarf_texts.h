/*
 * What answers are made of, in the caller's arena: memory and texts for one of the threads that
 * fill it. Each takes large pieces of the arena under a lock; what it asks for again it gets again.
 */
#ifndef SYMBOL_DWARF_TEXTS_H
#define SYMBOL_DWARF_TEXTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"
#include "util/arena.h"
#include "util/hashmap.h"
#include "util/strbuf.h"
#include "util/vec.h"

struct dwarf_texts_path {
	const struct dwarf_unit *unit;
	uint64_t file;
	const char *path;
};

struct dwarf_texts_copy {
	const char *original;
	const char *copy;
};

struct dwarf_texts {
	struct arena *arena;
	pthread_mutex_t *arena_lock;
	uint8_t *piece; /* what is left of the last one taken */
	size_t piece_bytes;
	struct hashmap by_file; /* of paths */
	VEC(struct dwarf_texts_path) paths;
	struct hashmap by_original; /* of copies */
	VEC(struct dwarf_texts_copy) copies;
	struct strbuf scratch;
};

void dwarf_texts_init(struct dwarf_texts *texts, struct arena *arena, pthread_mutex_t *arena_lock);
void dwarf_texts_release(struct dwarf_texts *texts); /* what it gave stays with the arena */

/* Zeroed. */
void *dwarf_texts_alloc(struct dwarf_texts *texts, size_t count, size_t size);
const char *dwarf_texts_copy_new(struct dwarf_texts *texts, const char *text, size_t length);

/* The same, of a text in a section: copied once however often it is wanted. */
const char *dwarf_texts_copy(struct dwarf_texts *texts, const char *original, size_t length);

/* The path of a file of an opened unit's line table; "" = unknown. */
const char *dwarf_texts_find_path(struct dwarf_texts *texts, struct dwarf_unit *unit,
				  uint64_t file);

#endif
