/*
 * Who a function is: its name, and where it is declared. An inlined function, or one that was
 * declared elsewhere, says so by reference (DW_AT_abstract_origin, DW_AT_specification), over
 * several entries, and other units and files.
 */
#ifndef SYMBOL_DWARF_NAME_H
#define SYMBOL_DWARF_NAME_H

#include <stdint.h>

#include "symbol/dwarf_texts.h"
#include "symbol/dwarf_unit.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct dwarf_name {
	struct dwarf_unit *unit;
	uint64_t entry;
	const char *function; /* as struct dwarf_frame has them; not NULL once qualified */
	const char *declaration_file;
	uint32_t declaration_line;
};

/* A name without its scopes: the entry in `unit` that is in them. */
struct dwarf_name_pending {
	struct dwarf_unit *unit;
	uint64_t entry;
	uint32_t name;
};

/* The names that one thread has found. */
struct dwarf_names {
	struct dwarf_texts *texts;
	struct hashmap by_entry;
	VEC(struct dwarf_name) names;
	VEC(struct dwarf_name_pending) pending;
};

void dwarf_name_init(struct dwarf_names *names, struct dwarf_texts *texts);
void dwarf_name_release(struct dwarf_names *names);

/*
 * The number of the function that the entry is about, or is inlined from; `language` is the
 * unit's that has the code. Its name is whole after dwarf_name_qualify().
 */
uint32_t dwarf_name_find(struct dwarf_names *names, struct dwarf_unit *unit, uint64_t entry,
			 uint64_t language);

/* Puts scopes before the names that want them. */
void dwarf_name_qualify(struct dwarf_names *names);

#endif
