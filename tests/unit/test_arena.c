#include "util/arena.h"

#include "tap.h"

static void test_many_pieces(void)
{
	struct arena arena;
	unsigned char *pieces[3000];
	int misaligned = 0, dirty = 0, damaged = 0;

	arena_init(&arena);
	for (size_t i = 0; i < 3000; i++) {
		pieces[i] = arena_alloc(&arena, i % 97 + 1, 1);
		misaligned += (uintptr_t)pieces[i] % 16 != 0;
		for (size_t j = 0; j <= i % 97; j++)
			dirty += pieces[i][j] != 0;
		memset(pieces[i], (int)(i & 0xff), i % 97 + 1);
	}
	for (size_t i = 0; i < 3000; i++) {
		for (size_t j = 0; j <= i % 97; j++)
			damaged += pieces[i][j] != (i & 0xff);
	}
	is_int(misaligned, 0, "every piece is aligned for any type");
	is_int(dirty, 0, "and zeroed");
	is_int(damaged, 0, "and nobody else's");
	arena_release(&arena);
	ok(arena.blocks == NULL, "released");
	arena_release(&arena);
}

static void test_large_pieces(void)
{
	struct arena arena;
	char *small, *large;

	arena_init(&arena);
	small = arena_strdup(&arena, "small");
	large = arena_alloc(&arena, 1, 1 << 20);
	memset(large, 'x', 1 << 20);
	is_str(small, "small", "a piece larger than a block leaves the others alone");
	ok(arena_alloc(&arena, 0, 8) != NULL, "an empty piece is a pointer");
	arena_release(&arena);
}

static void test_texts(void)
{
	struct arena arena;
	char longer[5000];

	arena_init(&arena);
	memset(longer, 'y', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	is_str(arena_strndup(&arena, "whole", 3), "who", "strndup");
	is_str(arena_printf(&arena, "%d %s", 5, longer) + 2, longer, "printf of any length");
	is_str(arena_printf(&arena, "%s", ""), "", "printf of nothing");
	arena_release(&arena);
}

int main(void)
{
	test_many_pieces();
	test_large_pieces();
	test_texts();
	return tap_done();
}
