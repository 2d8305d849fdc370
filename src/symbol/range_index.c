#include "symbol/range_index.h"

#include <stdlib.h>

void range_index_init(struct range_index *index)
{
	*index = (struct range_index){0};
}

void range_index_release(struct range_index *index)
{
	vec_release(index);
}

void range_index_add(struct range_index *index, uint64_t start, uint64_t size, uint32_t value)
{
	if (size == 0 || size > UINT64_MAX - start || index->count >= UINT32_MAX - 1)
		return;
	vec_push(index,
		 (struct address_range){.start = start, .end = start + size, .value = value});
}

static int compare_ranges(const void *a, const void *b)
{
	const struct address_range *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->value > right->value) - (left->value < right->value);
}

/*
 * Links each range to the nearest one before it that reaches past its start. Going through the
 * starts in order, `top` is a stack (linked through `outer`) of the ranges that may still be open;
 * one that ended never comes back. A range below an open one may have ended too: searches skip it.
 */
void range_index_build(struct range_index *index)
{
	uint32_t top = UINT32_MAX;

	if (index->count > 0)
		qsort(index->items, index->count, sizeof(*index->items), compare_ranges);
	for (uint32_t i = 0; i < index->count; i++) {
		while (top != UINT32_MAX && index->items[top].end <= index->items[i].start)
			top = index->items[top].outer;
		index->items[i].outer = top;
		top = i;
	}
}

static const struct address_range *find_open(const struct range_index *index, uint32_t at,
					     uint64_t address)
{
	while (at != UINT32_MAX && index->items[at].end <= address)
		at = index->items[at].outer;
	return at != UINT32_MAX ? &index->items[at] : NULL;
}

const struct address_range *range_index_find(const struct range_index *index, uint64_t address)
{
	/* the first range that starts after the address is in [low, high] */
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? find_open(index, (uint32_t)(low - 1), address) : NULL;
}

const struct address_range *range_index_find_outer(const struct range_index *index,
						   const struct address_range *range,
						   uint64_t address)
{
	return find_open(index, range->outer, address);
}
