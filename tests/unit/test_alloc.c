#include "util/alloc.h"

#include <stdlib.h>

#include "tap.h"

static void test_zeroed(void)
{
	scoped_free uint64_t *items = alloc_array(1000, sizeof(*items));
	scoped_free void *nothing = alloc_array(0, 8);
	uint64_t sum = 0;

	for (int i = 0; i < 1000; i++)
		sum |= items[i];
	ok(sum == 0, "an array is zeroed");
	ok(nothing != NULL, "an empty one is still a pointer");
}

static void test_resize(void)
{
	uint32_t *items = alloc_resize(NULL, 4, sizeof(*items));

	for (uint32_t i = 0; i < 4; i++)
		items[i] = i;
	items = alloc_resize(items, 4096, sizeof(*items));
	ok(items[0] == 0 && items[1] == 1 && items[3] == 3, "growing keeps what was there");
	items = alloc_resize(items, 0, sizeof(*items));
	ok(items != NULL, "shrinking to nothing is still a pointer");
	free(items);
}

static void test_texts(void)
{
	scoped_free char *copy = alloc_strdup("whole"), *part = alloc_strndup("whole", 3);
	scoped_free char *made = alloc_printf("%s-%d", "run", 7);

	is_str(copy, "whole", "strdup");
	is_str(part, "who", "strndup");
	is_str(made, "run-7", "printf");
}

static void test_count(void)
{
	uint64_t before = alloc_get_count();
	char *text = alloc_strdup("x");
	scoped_free char *one = alloc_new(char);

	text = alloc_resize(text, 64, 1);
	is_int(alloc_get_count() - before, 3, "each call counts, growing too");
	is_int(*one, 0, "alloc_new is zeroed");
	free(text);
}

int main(void)
{
	test_zeroed();
	test_resize();
	test_texts();
	test_count();
	return tap_done();
}
