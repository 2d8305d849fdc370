/*
 * The units of .debug_info: their headers, what their first entry (DIE) says, and how the values
 * of their entries are looked up: texts, addresses, references (DWARF 5, sections 3.1 and 7.5.1).
 *
 * A unit is opened when something in it is wanted, once, by any thread; it never changes after.
 */
#ifndef SYMBOL_DWARF_UNIT_H
#define SYMBOL_DWARF_UNIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf_abbrev.h"
#include "symbol/dwarf_source.h"
#include "symbol/dwarf_value.h"

struct dwarf_object;
struct dwarf_line_table;

/* What the first entry says; offsets are into the sections. */
struct dwarf_root {
	uint64_t low_pc;
	struct dwarf_value high_pc, ranges;
	struct dwarf_value name, comp_dir, producer, dwo_name;
	uint64_t language, dwo_id;
	uint64_t line_offset;
	bool has_low_pc, has_line_offset;
	bool has_children;
	uint64_t str_offsets_base, rnglists_base;
	/* of a split unit these two are its skeleton's, as are low_pc and the lines */
	uint64_t addr_base, ranges_base;
	struct dwarf_source *address_source; /* has .debug_addr and .debug_ranges */
	/* what a skeleton of DWARF 4 hands to its split unit */
	uint64_t gnu_ranges_base;
};

/*
 * The unit's own part of the sections in a package; 0 in any other file. Its entries count from
 * there.
 */
struct dwarf_contribution {
	uint64_t abbrev_offset, str_offsets_offset, rnglists_offset;
};

struct dwarf_unit {
	struct dwarf_object *object;
	uint64_t offset, end; /* in .debug_info, of its header on */
	uint64_t abbrev_offset;
	uint64_t dwo_id; /* DWARF 5's; 0 = the first entry may have one */
	struct dwarf_contribution contribution;
	struct dwarf_format format;
	uint8_t type; /* DW_UT_… */
	uint8_t header_size;
	_Atomic uint8_t is_opened, has_line_table, has_split, is_damaged; /* enum dwarf_once */

	/* once opened */
	const uint8_t *bytes; /* from the header on; end - offset of them */
	const struct dwarf_abbrev_table *abbrevs;
	uint64_t root_end; /* where the first entry's children begin, from the header */
	struct dwarf_root root;
	/* whose line table and file names count: of a split unit its skeleton's, else itself */
	struct dwarf_unit *line_unit;
	struct dwarf_line_table *line_table; /* once has_line_table */
	struct dwarf_unit *split;	     /* once has_split */
};

/*
 * The header at `offset`; false when it is damaged beyond telling where the next unit is. `end` is
 * set when true. Units of unknown versions and type units get is_usable false.
 */
bool dwarf_unit_read_header(struct dwarf_unit *unit, struct dwarf_object *object, uint64_t offset,
			    const struct dwarf_contribution *contribution, bool *ret_is_usable);

/*
 * Reads the first entry alone, to see where the unit's code is: cheap, and nothing is kept. False =
 * damaged.
 */
bool dwarf_unit_read_root(struct dwarf_unit *unit, struct dwarf_root *ret_root);

/* Loads and opens it; false = damaged. Any thread. */
bool dwarf_unit_open(struct dwarf_unit *unit);

void dwarf_unit_release(struct dwarf_unit *unit);

/* Each unit counts as damaged once; any thread. */
void dwarf_unit_set_damaged(struct dwarf_unit *unit);

/* The following are for opened units. */

/* NULL = there is none. Not terminated by a NUL when longer than DWARF_MAX_TEXT. */
const char *dwarf_unit_find_text(const struct dwarf_unit *unit, const struct dwarf_value *value,
				 size_t *ret_length);

/* False when it is none. */
bool dwarf_unit_find_address(const struct dwarf_unit *unit, const struct dwarf_root *root,
			     const struct dwarf_value *value, uint64_t *ret_address);

/*
 * The entry that a reference is about: its unit, opened, and its offset from that unit's header.
 * False when there is none.
 */
bool dwarf_unit_find_reference(struct dwarf_unit *unit, const struct dwarf_value *value,
			       struct dwarf_unit **ret_unit, uint64_t *ret_offset);

/*
 * Begins to read the entry at `offset` from the header: the reader is then behind its code. NULL =
 * there is none.
 */
const struct dwarf_abbrev *dwarf_unit_find_entry(const struct dwarf_unit *unit, uint64_t offset,
						 struct dwarf_reader *ret_reader);

/* The linker's marks for code that it has thrown away (DWARF issue 200609.1, and before that 0). */
static inline bool dwarf_unit_is_tombstone(const struct dwarf_unit *unit, uint64_t address)
{
	uint64_t highest = unit->format.address_size >= 8
				   ? UINT64_MAX
				   : (1ull << (8 * unit->format.address_size)) - 1;

	return address == 0 || address >= highest - 1;
}

#endif
