/*
 * The index behind interning tables: maps a 64-bit hash to 32-bit indexes of the caller's own
 * array. Equality is the caller's, who holds the keys; the map stores only (hash, index). Open
 * addressing, grows at 3/4 full.
 *
 *	for (it = hashmap_first(&map, hash, &slot); it != HASHMAP_NONE; it = hashmap_next(&map,
 *	  hash, &slot))
 *		if (table[it] equals key) return it;
 *	hashmap_insert(&map, hash, new_index);
 */
#ifndef UTIL_HASHMAP_H
#define UTIL_HASHMAP_H

#include <stddef.h>
#include <stdint.h>

#define HASHMAP_NONE UINT32_MAX

struct hashmap_slot {
	uint64_t hash;
	uint32_t index; /* HASHMAP_NONE = free */
};

struct hashmap {
	struct hashmap_slot *slots;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t count;
};

void hashmap_init(struct hashmap *map);
void hashmap_release(struct hashmap *map);
void hashmap_clear(struct hashmap *map); /* keeps the memory */

/*
 * Candidates with this hash, one after the other; HASHMAP_NONE after the last. `slot` is the
 * cursor.
 */
uint32_t hashmap_first(const struct hashmap *map, uint64_t hash, uint32_t *slot);
uint32_t hashmap_next(const struct hashmap *map, uint64_t hash, uint32_t *slot);

/* Adds a pair; the caller has checked that the key is new. index < HASHMAP_NONE. */
void hashmap_insert(struct hashmap *map, uint64_t hash, uint32_t index);

/* Good enough for tables of our own making; not keyed against an attacker. */
uint64_t hashmap_hash_bytes(const void *bytes, size_t length);
uint64_t hashmap_hash_u64(uint64_t value);

#endif
