#include "symbol/dwarf_walker.h"

void dwarf_walker_skip_children(struct dwarf_walker *walker, const struct dwarf_entry *entry)
{
	const uint8_t *next = dwarf_walker_find_sibling(walker, entry);
	uint64_t depth = 1;
	struct dwarf_entry inner;

	if (next != NULL) {
		walker->at = next;
		return;
	}
	while (depth > 0 && dwarf_walker_next(walker, &inner)) {
		if (inner.abbrev == NULL) {
			depth--;
		} else if (inner.abbrev->has_children) {
			next = dwarf_walker_find_sibling(walker, &inner);
			if (next != NULL)
				walker->at = next;
			else
				depth++;
		}
	}
}
