#include "profile/newcomer_need.h"

#include "tap.h"

static void add(struct newcomer_need *need, uint32_t times, uint32_t bytes, uint64_t deep_bytes)
{
	for (uint32_t i = 0; i < times; i++)
		newcomer_need_add(need, bytes, deep_bytes);
}

static void test_grow(void)
{
	struct newcomer_need need = {0};

	newcomer_need_begin(&need, 16384);
	newcomer_need_begin(&need, 512);
	is_int(need.bytes, 16384, "the first sizes count");
	ok(!newcomer_need_advise(&need), "nothing was seen");
	add(&need, 11, 16384, 0);
	ok(!newcomer_need_advise(&need), "a few cut ones may be chance");
	add(&need, 1, 16384, 0);
	ok(newcomer_need_advise(&need), "a dozen are not");
	is_int(need.bytes, 32768, "twice as much");
	add(&need, 100, 16384, 0);
	ok(!newcomer_need_advise(&need), "what was copied with less says nothing of it");
	add(&need, 99, 32768, 20000);
	add(&need, 1, 32768, 0);
	ok(!newcomer_need_advise(&need),
	   "one in a hundred may be cut, and keeps it from shrinking");
	for (int i = 0; i < 3; i++) {
		add(&need, 200, 65536, 0);
		newcomer_need_advise(&need);
	}
	ok(need.bytes > 32768 && need.bytes < 65536, "there is an end to growing");
	add(&need, 200, 65536, 0);
	ok(!newcomer_need_advise(&need), "which is no news");
}

static void test_shrink(void)
{
	struct newcomer_need need = {0};

	newcomer_need_begin(&need, 16384);
	add(&need, 199, 16384, 1000);
	ok(!newcomer_need_advise(&need), "it takes many whole ones");
	add(&need, 1, 16384, 3000);
	ok(newcomer_need_advise(&need), "to copy less");
	ok(need.bytes >= 3000 + 750 + 512 && need.bytes < 4700, "the deepest and some more");
	add(&need, 200, need.bytes, 100);
	ok(!newcomer_need_advise(&need), "the deepest is not forgotten");
	add(&need, 20, need.bytes, 0);
	ok(newcomer_need_advise(&need) && need.bytes > 8000, "too short after all: it grows again");
}

int main(void)
{
	test_grow();
	test_shrink();
	return tap_done();
}
