/* range_index against the obvious search through all ranges. */
#include "symbol/range_index.h"

#include "tap.h"

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* The range that holds the address, starts last, and of those has the highest value. */
static uint32_t find_slowly(const struct address_range *ranges, size_t count, uint64_t address)
{
	const struct address_range *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].start > address || ranges[i].end <= address)
			continue;
		if (best == NULL || ranges[i].start > best->start ||
		    (ranges[i].start == best->start && ranges[i].value > best->value))
			best = &ranges[i];
	}
	return best != NULL ? best->value : UINT32_MAX;
}

static size_t count_slowly(const struct address_range *ranges, size_t count, uint64_t address)
{
	size_t holding = 0;

	for (size_t i = 0; i < count; i++)
		holding += ranges[i].start <= address && address < ranges[i].end;
	return holding;
}

static void test_random(void)
{
	int wrong = 0, wrong_outer = 0;

	for (int round = 0; round < 200; round++) {
		struct address_range ranges[64];
		struct range_index index;
		size_t count = next_random() % 64;

		range_index_init(&index);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t start = next_random() % 256, size = 1 + next_random() % 64;

			ranges[i] = (struct address_range){
				.start = start, .end = start + size, .value = i};
			range_index_add(&index, start, size, i);
		}
		range_index_build(&index);
		for (uint64_t address = 0; address < 330; address++) {
			const struct address_range *found = range_index_find(&index, address);
			size_t holding = 0;

			wrong += (found != NULL ? found->value : UINT32_MAX) !=
				 find_slowly(ranges, count, address);
			for (; found != NULL;
			     found = range_index_find_outer(&index, found, address))
				holding++;
			wrong_outer += holding != count_slowly(ranges, count, address);
		}
		range_index_release(&index);
	}
	is_int(wrong, 0, "the innermost range, in 200 random sets of nested and overlapping ones");
	is_int(wrong_outer, 0, "every range around an address is reached from the innermost");
}

static void test_edges(void)
{
	struct range_index index;

	range_index_init(&index);
	range_index_build(&index);
	ok(range_index_find(&index, 0) == NULL, "nothing is found in an empty index");
	range_index_add(&index, 10, 0, 1);
	range_index_add(&index, UINT64_MAX, 2, 2);
	range_index_build(&index);
	is_int(index.count, 0, "empty ranges and those that wrap around are left out");
	range_index_add(&index, UINT64_MAX - 4, 4, 3);
	range_index_build(&index);
	ok(range_index_find(&index, UINT64_MAX - 1) != NULL,
	   "a range may reach to the last address");
	ok(range_index_find(&index, UINT64_MAX) == NULL, "ranges do not hold their end");
	range_index_release(&index);
}

int main(void)
{
	test_random();
	test_edges();
	return tap_done();
}
