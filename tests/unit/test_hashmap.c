#include "util/hashmap.h"

#include "tap.h"

static uint32_t find(const struct hashmap *map, const uint64_t *keys, uint64_t hash, uint64_t key)
{
	uint32_t slot, index = hashmap_first(map, hash, &slot);

	for (; index != HASHMAP_NONE; index = hashmap_next(map, hash, &slot)) {
		if (keys[index] == key)
			return index;
	}
	return HASHMAP_NONE;
}

static void test_many(void)
{
	enum { COUNT = 20000 };
	static uint64_t keys[COUNT];
	struct hashmap map;
	int wrong = 0;

	hashmap_init(&map);
	is_int(find(&map, keys, 1, 1), HASHMAP_NONE, "nothing is in an empty map");
	for (uint32_t i = 0; i < COUNT; i++) {
		keys[i] = i * 64ull;
		hashmap_insert(&map, hashmap_hash_u64(keys[i]), i);
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		wrong += find(&map, keys, hashmap_hash_u64(keys[i]), keys[i]) != i;
		wrong += find(&map, keys, hashmap_hash_u64(keys[i] + 1), keys[i] + 1) !=
			 HASHMAP_NONE;
	}
	is_int(wrong, 0, "20,000 keys are found, 20,000 others are not");
	ok(map.count == COUNT && map.capacity * 3ull / 4 >= COUNT, "at most 3/4 full");
	hashmap_clear(&map);
	is_int(find(&map, keys, hashmap_hash_u64(64), 64), HASHMAP_NONE,
	       "nothing is in a cleared map");
	hashmap_release(&map);
}

static void test_same_hash(void)
{
	uint64_t keys[100];
	struct hashmap map;
	int wrong = 0;

	hashmap_init(&map);
	for (uint32_t i = 0; i < 100; i++) {
		keys[i] = i;
		hashmap_insert(&map, UINT64_MAX - i % 2, i);
	}
	for (uint32_t i = 0; i < 100; i++)
		wrong += find(&map, keys, UINT64_MAX - i % 2, i) != i;
	is_int(wrong, 0, "100 keys of two hashes, past the end of the table");
	is_int(find(&map, keys, UINT64_MAX, 1), HASHMAP_NONE,
	       "a key of the other hash is not a candidate");
	hashmap_release(&map);
}

static void test_hashes(void)
{
	const char bytes[] = "abcdefghijklmnop";
	int same = 0;

	for (size_t i = 0; i < 16; i++) {
		for (size_t j = 0; j < i; j++)
			same += hashmap_hash_bytes(bytes, i) == hashmap_hash_bytes(bytes, j);
	}
	is_int(same, 0, "every length has its own hash");
	ok(hashmap_hash_bytes("a\0", 2) != hashmap_hash_bytes("a", 1), "a NUL counts");
	ok(hashmap_hash_bytes(bytes + 1, 8) != hashmap_hash_bytes(bytes, 8), "so does every byte");
	ok(hashmap_hash_bytes(NULL, 0) == hashmap_hash_bytes("", 0), "no bytes are no bytes");
}

int main(void)
{
	test_many();
	test_same_hash();
	test_hashes();
	return tap_done();
}
