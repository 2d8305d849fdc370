#include "util/hashmap.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void hashmap_init(struct hashmap *map)
{
	*map = (struct hashmap){0};
}

void hashmap_release(struct hashmap *map)
{
	free(map->slots);
	hashmap_init(map);
}

void hashmap_clear(struct hashmap *map)
{
	for (uint32_t i = 0; i < map->capacity; i++)
		map->slots[i].index = HASHMAP_NONE;
	map->count = 0;
}

static uint32_t find_from(const struct hashmap *map, uint64_t hash, uint32_t start, uint32_t *slot)
{
	for (uint32_t i = start;; i = (i + 1) & (map->capacity - 1)) {
		if (map->slots[i].index == HASHMAP_NONE || map->slots[i].hash == hash) {
			*slot = i;
			return map->slots[i].index;
		}
	}
}

uint32_t hashmap_first(const struct hashmap *map, uint64_t hash, uint32_t *slot)
{
	if (map->capacity == 0)
		return HASHMAP_NONE;
	return find_from(map, hash, (uint32_t)hash & (map->capacity - 1), slot);
}

uint32_t hashmap_next(const struct hashmap *map, uint64_t hash, uint32_t *slot)
{
	return find_from(map, hash, (*slot + 1) & (map->capacity - 1), slot);
}

static void place(struct hashmap *map, uint64_t hash, uint32_t index)
{
	uint32_t i = (uint32_t)hash & (map->capacity - 1);

	while (map->slots[i].index != HASHMAP_NONE)
		i = (i + 1) & (map->capacity - 1);
	map->slots[i] = (struct hashmap_slot){.hash = hash, .index = index};
	map->count++;
}

static void grow(struct hashmap *map)
{
	struct hashmap old = *map;

	map->capacity = old.capacity > 0 ? old.capacity * 2 : 64;
	map->slots = alloc_array(map->capacity, sizeof(*map->slots));
	hashmap_clear(map);
	for (uint32_t i = 0; i < old.capacity; i++)
		if (old.slots[i].index != HASHMAP_NONE)
			place(map, old.slots[i].hash, old.slots[i].index);
	free(old.slots);
}

void hashmap_insert(struct hashmap *map, uint64_t hash, uint32_t index)
{
	if ((uint64_t)map->count + 1 > (uint64_t)map->capacity * 3 / 4)
		grow(map);
	place(map, hash, index);
}

uint64_t hashmap_hash_u64(uint64_t value)
{
	/* the finalizer of MurmurHash3's successor "moremur" (public domain) */
	value ^= value >> 32;
	value *= 0x3C79AC492BA7B653u;
	value ^= value >> 33;
	value *= 0x1C69B3F74AC4AE35u;
	value ^= value >> 27;
	return value;
}

uint64_t hashmap_hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t hash = 0x9e3779b97f4a7c15u ^ length;

	for (; length >= 8; at += 8, length -= 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		hash = hashmap_hash_u64(hash ^ word);
	}
	if (length > 0) {
		uint64_t word = 0;

		memcpy(&word, at, length);
		hash = hashmap_hash_u64(hash ^ word);
	}
	return hash;
}
