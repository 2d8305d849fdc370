#include "model/string_table.h"

#include <string.h>

void string_table_init(struct string_table *table)
{
	*table = (struct string_table){0};
	hashmap_init(&table->index);
	arena_init(&table->arena);
	string_table_intern(table, "");
}

void string_table_release(struct string_table *table)
{
	vec_release(&table->texts);
	hashmap_release(&table->index);
	arena_release(&table->arena);
}

uint32_t string_table_intern_bytes(struct string_table *table, const char *text, size_t length)
{
	uint64_t hash = hashmap_hash_bytes(text, length);
	uint32_t slot, id = hashmap_first(&table->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&table->index, hash, &slot))
		if (strncmp(table->texts.items[id], text, length) == 0 &&
		    table->texts.items[id][length] == '\0')
			return id;
	id = (uint32_t)table->texts.count;
	vec_push(&table->texts, arena_strndup(&table->arena, text, length));
	hashmap_insert(&table->index, hash, id);
	return id;
}

uint32_t string_table_intern(struct string_table *table, const char *text)
{
	return string_table_intern_bytes(table, text, strlen(text));
}

const char *string_table_get(const struct string_table *table, uint32_t id)
{
	return id < table->texts.count ? table->texts.items[id] : "";
}
