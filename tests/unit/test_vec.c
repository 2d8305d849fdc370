#include "util/vec.h"

#include "tap.h"

struct pair {
	int key;
	double value;
};

int main(void)
{
	VEC(struct pair) pairs = {0};
	int wrong = 0;
	struct pair *before;

	for (int i = 0; i < 1000; i++)
		vec_push(&pairs, (struct pair){.key = i, .value = 0.5 * i});
	for (int i = 0; i < 1000; i++)
		wrong += pairs.items[i].key != i || pairs.items[i].value < 0.5 * i ||
			 pairs.items[i].value > 0.5 * i;
	is_int(pairs.count, 1000, "a thousand items");
	is_int(wrong, 0, "in their order");
	before = pairs.items;
	vec_clear(&pairs);
	ok(pairs.count == 0 && pairs.capacity >= 1000, "cleared: the memory stays");
	vec_push(&pairs, (struct pair){.key = 7});
	ok(pairs.items == before && pairs.items[0].key == 7, "and is used again");
	vec_reserve(&pairs, 5000);
	ok(pairs.capacity >= 5000 && pairs.count == 1 && pairs.items[0].key == 7,
	   "reserved: nothing is lost");
	vec_release(&pairs);
	ok(pairs.items == NULL && pairs.count == 0 && pairs.capacity == 0, "released");
	vec_release(&pairs);
	return tap_done();
}
