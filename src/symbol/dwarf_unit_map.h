/*
 * Which unit an address belongs to: .debug_aranges says it of most units of gcc; of the others
 * (clang and rustc write none) the first entry does.
 */
#ifndef SYMBOL_DWARF_UNIT_MAP_H
#define SYMBOL_DWARF_UNIT_MAP_H

#include "symbol/dwarf_object.h"
#include "symbol/range_index.h"

/* Fills and builds an empty index, for dwarf_unit_map_find(). */
void dwarf_unit_map_build(struct range_index *index, struct dwarf_object *object);

/*
 * The unit with the address; NULL = none. Of several that claim it the first: linkers keep the
 * first of several copies of an inline function or template, and let what is said of the others
 * point there too, even when their code differs.
 */
struct dwarf_unit *dwarf_unit_map_find(const struct range_index *index, struct dwarf_object *object,
				       uint64_t svma);

#endif
