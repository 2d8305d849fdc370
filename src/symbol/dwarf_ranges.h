/*
 * Where the code of an entry is: DW_AT_low_pc with DW_AT_high_pc, or the list that DW_AT_ranges
 * names, in .debug_ranges (DWARF 4, section 2.17.3) or .debug_rnglists (DWARF 5, section 7.25).
 * Ranges that are empty, or that the linker has marked as thrown away, are left out.
 *
 *	dwarf_ranges_init(&ranges, unit, &root, &code);
 *	while (dwarf_ranges_next(&ranges, &start, &end))
 *		…
 *	if (ranges.is_damaged) …
 */
#ifndef SYMBOL_DWARF_RANGES_H
#define SYMBOL_DWARF_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"

/* The attributes of an entry that say where its code is. */
struct dwarf_code {
	struct dwarf_value low_pc, high_pc, ranges;
};

struct dwarf_ranges {
	const struct dwarf_unit *unit;
	const struct dwarf_root *root;
	struct dwarf_source *source; /* of the list */
	enum dwarf_section_kind kind;
	uint64_t offset; /* of the next entry of the list */
	uint64_t base;	 /* what offsets in the list count from */
	uint64_t start, end;
	int64_t *budget; /* entries left to read; NULL = all */
	bool has_list, has_one;
	bool is_damaged;
};

/* `root` is the unit's, which need not be opened. */
void dwarf_ranges_init(struct dwarf_ranges *ranges, const struct dwarf_unit *unit,
		       const struct dwarf_root *root, const struct dwarf_code *code);

/* The next [start, end); false after the last. */
bool dwarf_ranges_next(struct dwarf_ranges *ranges, uint64_t *ret_start, uint64_t *ret_end);

#endif
