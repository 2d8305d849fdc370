#include "profile/mapping_list.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

struct mapping_list *mapping_list_new(uint64_t *total)
{
	struct mapping_list *list = alloc_new(struct mapping_list);

	list->references = 1;
	list->total = total;
	return list;
}

struct mapping_list *mapping_list_share(struct mapping_list *list)
{
	list->references++;
	return list;
}

void mapping_list_free(struct mapping_list *list)
{
	if (list == NULL || --list->references > 0)
		return;
	*list->total -= list->mappings.count;
	vec_release(&list->mappings);
	free(list);
}

/* Number of mappings that end at or before the address: the first that may hold it. */
static size_t find_first_ending_after(const struct mapping_list *list, uint64_t avma)
{
	size_t low = 0, high = list->mappings.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->mappings.items[middle].end <= avma)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes `*list` this owner's alone. */
static void unshare(struct mapping_list **list)
{
	struct mapping_list *shared = *list, *own;

	if (shared->references == 1)
		return;
	own = mapping_list_new(shared->total);
	if (shared->mappings.count > 0 &&
	    *own->total + shared->mappings.count <= MAPPING_LISTS_MAX) {
		vec_reserve(&own->mappings, shared->mappings.count + 1);
		memcpy(own->mappings.items, shared->mappings.items,
		       shared->mappings.count * sizeof(struct mapping));
		own->mappings.count = shared->mappings.count;
		*own->total += own->mappings.count;
	}
	shared->references--;
	*list = own;
}

void mapping_list_add(struct mapping_list **list, const struct mapping *mapping)
{
	struct mapping pieces[3];
	size_t count = 0, first, behind, old_count;
	struct mapping_list *own;

	if (mapping->start >= mapping->end)
		return;
	unshare(list);
	own = *list;
	old_count = own->mappings.count;
	first = behind = find_first_ending_after(own, mapping->start);
	while (behind < old_count && own->mappings.items[behind].start < mapping->end)
		behind++;
	if (behind > first && own->mappings.items[first].start < mapping->start) {
		pieces[count] = own->mappings.items[first];
		pieces[count++].end = mapping->start;
	}
	pieces[count++] = *mapping;
	if (behind > first && own->mappings.items[behind - 1].end > mapping->end) {
		pieces[count] = own->mappings.items[behind - 1];
		pieces[count].file_offset += mapping->end - pieces[count].start;
		pieces[count++].start = mapping->end;
	}
	if (old_count + count > MAPPING_LIST_MAX || *own->total + count > MAPPING_LISTS_MAX)
		return;
	vec_reserve(&own->mappings, old_count + count);
	memmove(own->mappings.items + first + count, own->mappings.items + behind,
		(old_count - behind) * sizeof(struct mapping));
	memcpy(own->mappings.items + first, pieces, count * sizeof(struct mapping));
	own->mappings.count = old_count + count - (behind - first);
	*own->total += own->mappings.count - old_count;
}

const struct mapping *mapping_list_find(const struct mapping_list *list, uint64_t avma)
{
	size_t at = find_first_ending_after(list, avma);

	if (at == list->mappings.count || list->mappings.items[at].start > avma)
		return NULL;
	return &list->mappings.items[at];
}
