/*
 * Interned strings: each text once, known by a small integer. Id 0 is the empty string. Ids are
 * dense and stable, so they go to the store as they are.
 */
#ifndef MODEL_STRING_TABLE_H
#define MODEL_STRING_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum { STRING_EMPTY = 0 };

struct string_table {
	VEC(const char *) texts; /* by id; the bytes live in the arena */
	struct hashmap index;
	struct arena arena;
};

void string_table_init(struct string_table *table);
void string_table_release(struct string_table *table);

uint32_t string_table_intern(struct string_table *table, const char *text);
uint32_t string_table_intern_bytes(struct string_table *table, const char *text, size_t length);

/* The text of an id; "" for an id that the table does not have. Valid until release. */
const char *string_table_get(const struct string_table *table, uint32_t id);

#endif
