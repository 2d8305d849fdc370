/* Against one byte per address that says which mapping covers it, and from which file offset. */
#include "profile/mapping_list.h"

#include "tap.h"

enum { ADDRESSES = 400, STEPS = 3000 };

static uint64_t state = 20261121;

static uint32_t next_random(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static uint32_t count_wrong(const struct mapping_list *list, const uint32_t *modules,
			    const uint64_t *offsets)
{
	uint32_t wrong = 0;

	for (uint64_t avma = 0; avma < ADDRESSES; avma++) {
		const struct mapping *at = mapping_list_find(list, avma);

		if (modules[avma] == 0)
			wrong += at != NULL;
		else
			wrong += at == NULL || at->module != modules[avma] ||
				 at->file_offset + (avma - at->start) != offsets[avma];
	}
	return wrong;
}

static void test_random(void)
{
	static uint32_t modules[ADDRESSES];
	static uint64_t offsets[ADDRESSES];
	uint64_t total = 0;
	struct mapping_list *list = mapping_list_new(&total);
	uint32_t wrong = 0;

	for (uint32_t step = 1; step <= STEPS; step++) {
		uint64_t start = next_random(ADDRESSES),
			 length = next_random(step % 10 == 0 ? 200 : 20);
		struct mapping mapping = {.start = start,
					  .end = start + length,
					  .file_offset = next_random(100000),
					  .module = step};

		if (mapping.end > ADDRESSES)
			mapping.end = ADDRESSES;
		mapping_list_add(&list, &mapping);
		for (uint64_t avma = mapping.start; avma < mapping.end; avma++) {
			modules[avma] = step;
			offsets[avma] = mapping.file_offset + (avma - mapping.start);
		}
		wrong += count_wrong(list, modules, offsets);
	}
	is_int(wrong, 0, "later mappings cover, cut and split earlier ones");
	is_int(total, list->mappings.count, "the total");
	mapping_list_free(list);
	is_int(total, 0, "given back");
}

static void test_sharing(void)
{
	uint64_t total = 0;
	struct mapping_list *parent = mapping_list_new(&total), *child;

	mapping_list_add(&parent, &(struct mapping){100, 200, 0, 0, 1});
	child = mapping_list_share(parent);
	is_int(total, 1, "a fork costs no mapping");
	mapping_list_add(&child, &(struct mapping){150, 250, 0, 0, 2});
	ok(child != parent, "the one that changes gets its own");
	is_int(mapping_list_find(parent, 160)->module, 1, "the parent's stays");
	is_int(mapping_list_find(child, 160)->module, 2, "the child's is new");
	is_int(mapping_list_find(child, 149)->module, 1, "and has what it inherited");
	ok(mapping_list_find(child, 250) == NULL && mapping_list_find(child, 99) == NULL,
	   "ends are exact");
	mapping_list_add(&child, &(struct mapping){300, 300, 0, 0, 3});
	mapping_list_add(&child, &(struct mapping){400, 300, 0, 0, 3});
	is_int(child->mappings.count, 2, "empty ranges are left out");
	mapping_list_free(parent);
	mapping_list_free(child);
	mapping_list_free(NULL);
	is_int(total, 0, "nothing left");
}

static void test_maximum(void)
{
	uint64_t total = 0;
	struct mapping_list *list = mapping_list_new(&total);

	for (uint64_t i = 0; i < MAPPING_LIST_MAX + 100; i++)
		mapping_list_add(&list, &(struct mapping){i * 10, i * 10 + 5, 0, 0, 1});
	ok(total <= MAPPING_LIST_MAX && total > MAPPING_LIST_MAX - 10, "bounded");
	mapping_list_free(list);
}

int main(void)
{
	test_random();
	test_sharing();
	test_maximum();
	return tap_done();
}
