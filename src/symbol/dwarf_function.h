/*
 * Finds the functions that hold hot addresses in one unit, and what was inlined into them there.
 *
 * The walk goes past everything that cannot hold such an address: whole subtrees, by
 * DW_AT_sibling where the compiler gave it (gcc), entry by entry but without looking at them where
 * it did not (clang, rustc). Addresses that this does not find are looked for once more in all
 * subtrees: nested functions of Fortran, Ada and GNU C, and functions inside types.
 *
 * Of several entries that claim one address on the same depth the last counts, as in
 * llvm-symbolizer.
 */
#ifndef SYMBOL_DWARF_FUNCTION_H
#define SYMBOL_DWARF_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"
#include "util/vec.h"

#define DWARF_NO_FUNCTION UINT32_MAX

/* A function with code of its own, or an inlined one. */
struct dwarf_function {
	uint64_t entry;	 /* from the unit's header */
	uint32_t parent; /* what it is inlined into; DWARF_NO_FUNCTION = it is not inlined */
	uint32_t depth;	 /* how many parents it has */
	uint64_t call_file;
	uint32_t call_line, call_column;
};

/* One address's answer. */
struct dwarf_function_hit {
	uint32_t innermost;  /* index of a function; DWARF_NO_FUNCTION = none holds the address */
	uint64_t svma, size; /* of the outermost one's range with the address */
};

/* Embedded; cleared and used again for one unit after the other. */
struct dwarf_function_finder {
	VEC(struct dwarf_function) functions;
	VEC(struct dwarf_function_hit) hits; /* one for each address */
	VEC(uint32_t) levels;		     /* of the walk: the function around each */
	VEC(uint64_t) missing;
	VEC(struct dwarf_function_hit) missing_hits;
	bool is_damaged; /* the unit's entries, or there was too much to do */
};

void dwarf_function_init(struct dwarf_function_finder *finder);
void dwarf_function_release(struct dwarf_function_finder *finder);

/* `unit` is open, `svmas` ascend and are in its code. Answers are in the finder. */
void dwarf_function_find(struct dwarf_function_finder *finder, const struct dwarf_unit *unit,
			 const uint64_t *svmas, size_t count);

#endif
