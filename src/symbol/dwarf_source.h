/*
 * The sections of one file, loaded as they are needed, by any thread. Whatever leaves this module
 * was checked to be inside its section and is readable.
 *
 * Sections that are decoded in order from places that the file names (abbreviations, line programs)
 * have a budget: damaged files name the same megabytes from everywhere.
 */
#ifndef SYMBOL_DWARF_SOURCE_H
#define SYMBOL_DWARF_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf.h"

enum { DWARF_MAX_TEXT = 1 << 16 }; /* a longer name is cut */

struct dwarf_source {
	struct dwarf_file file;
	_Atomic int64_t budget_bytes[DWARF_SECTION_COUNT];
};

void dwarf_source_init(struct dwarf_source *source, const struct dwarf_file *file);

/* 0 = there is none. */
uint64_t dwarf_source_get_size(const struct dwarf_source *source, enum dwarf_section_kind kind);

/* The bytes [offset, +size); NULL when they are not in the section, or cannot be loaded. */
const uint8_t *dwarf_source_find(struct dwarf_source *source, enum dwarf_section_kind kind,
				 uint64_t offset, uint64_t size);

/* The text at `offset`, without its NUL; NULL as above, or when it has no end. */
const char *dwarf_source_find_text(struct dwarf_source *source, enum dwarf_section_kind kind,
				   uint64_t offset, size_t *ret_length);

/* An unsigned number of 1 to 8 bytes; false when it is outside. */
bool dwarf_source_find_number(struct dwarf_source *source, enum dwarf_section_kind kind,
			      uint64_t offset, uint32_t size, uint64_t *ret_number);

/* Fills the budgets: a section may be decoded a few times over by each batch of questions. */
void dwarf_source_renew(struct dwarf_source *source);
bool dwarf_source_spend(struct dwarf_source *source, enum dwarf_section_kind kind, uint64_t bytes);

#endif
