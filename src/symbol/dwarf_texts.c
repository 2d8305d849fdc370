#include "symbol/dwarf_texts.h"

#include <string.h>

#include "symbol/dwarf_line_table.h"

enum {
	PIECE_BYTES = 32 * 1024,
	ALIGNMENT = 16,
	MAX_PATH_BYTES = 16 * 1024,
};

void dwarf_texts_init(struct dwarf_texts *texts, struct arena *arena, pthread_mutex_t *arena_lock)
{
	*texts = (struct dwarf_texts){.arena = arena, .arena_lock = arena_lock};
	hashmap_init(&texts->by_file);
	hashmap_init(&texts->by_original);
	strbuf_init(&texts->scratch, MAX_PATH_BYTES);
}

void dwarf_texts_release(struct dwarf_texts *texts)
{
	hashmap_release(&texts->by_file);
	hashmap_release(&texts->by_original);
	vec_release(&texts->paths);
	vec_release(&texts->copies);
	strbuf_release(&texts->scratch);
}

static void *take_from_arena(struct dwarf_texts *texts, size_t bytes)
{
	void *taken;

	pthread_mutex_lock(texts->arena_lock);
	taken = arena_alloc(texts->arena, bytes, 1);
	pthread_mutex_unlock(texts->arena_lock);
	return taken;
}

static void *take(struct dwarf_texts *texts, size_t bytes)
{
	void *result;

	if (bytes > PIECE_BYTES / 4)
		return take_from_arena(texts, bytes);
	if (bytes > texts->piece_bytes) {
		texts->piece = take_from_arena(texts, PIECE_BYTES);
		texts->piece_bytes = PIECE_BYTES;
	}
	result = texts->piece;
	texts->piece += bytes;
	texts->piece_bytes -= bytes;
	return result;
}

/* Texts are taken from the end of a piece, so that they need not be aligned. */
static char *take_text(struct dwarf_texts *texts, size_t bytes)
{
	if (bytes > PIECE_BYTES / 4)
		return take_from_arena(texts, bytes);
	if (bytes > texts->piece_bytes) {
		texts->piece = take_from_arena(texts, PIECE_BYTES);
		texts->piece_bytes = PIECE_BYTES;
	}
	texts->piece_bytes -= bytes;
	return (char *)texts->piece + texts->piece_bytes;
}

void *dwarf_texts_alloc(struct dwarf_texts *texts, size_t count, size_t size)
{
	size_t bytes = count * size;

	return take(texts, (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
}

const char *dwarf_texts_copy_new(struct dwarf_texts *texts, const char *text, size_t length)
{
	char *copy = take_text(texts, length + 1);

	memcpy(copy, text, length);
	return copy;
}

const char *dwarf_texts_copy(struct dwarf_texts *texts, const char *original, size_t length)
{
	uint64_t hash = hashmap_hash_u64((uint64_t)(uintptr_t)original);
	const char *copy;
	uint32_t slot;

	for (uint32_t i = hashmap_first(&texts->by_original, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&texts->by_original, hash, &slot))
		if (texts->copies.items[i].original == original)
			return texts->copies.items[i].copy;
	copy = dwarf_texts_copy_new(texts, original, length);
	hashmap_insert(&texts->by_original, hash, (uint32_t)texts->copies.count);
	vec_push(&texts->copies, (struct dwarf_texts_copy){.original = original, .copy = copy});
	return copy;
}

const char *dwarf_texts_find_path(struct dwarf_texts *texts, struct dwarf_unit *unit, uint64_t file)
{
	uint64_t hash = hashmap_hash_u64((uint64_t)(uintptr_t)unit ^ hashmap_hash_u64(file));
	const struct dwarf_line_table *table;
	const char *path = "";
	uint32_t slot;

	for (uint32_t i = hashmap_first(&texts->by_file, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&texts->by_file, hash, &slot))
		if (texts->paths.items[i].unit == unit && texts->paths.items[i].file == file)
			return texts->paths.items[i].path;
	table = dwarf_line_table_find(unit);
	strbuf_clear(&texts->scratch);
	if (table != NULL)
		dwarf_line_table_add_path(unit, table, file, &texts->scratch);
	if (texts->scratch.length > 0)
		path = dwarf_texts_copy_new(texts, texts->scratch.data, texts->scratch.length);
	hashmap_insert(&texts->by_file, hash, (uint32_t)texts->paths.count);
	vec_push(&texts->paths,
		 (struct dwarf_texts_path){.unit = unit, .file = file, .path = path});
	return path;
}
