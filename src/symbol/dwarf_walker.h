/*
 * Goes over the entries (DIEs) of a unit in their order, which is that of a tree: an entry with
 * children is followed by them, and a 0 ends each level (DWARF 5, section 2.3). Only forwards: what
 * it costs is bounded by the unit's size.
 */
#ifndef SYMBOL_DWARF_WALKER_H
#define SYMBOL_DWARF_WALKER_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"

struct dwarf_walker {
	const struct dwarf_unit *unit;
	const uint8_t *at, *end;
	bool is_damaged;
};

struct dwarf_entry {
	const struct dwarf_abbrev *abbrev; /* NULL = the end of a level */
	uint64_t offset;		   /* from the unit's header */
	const uint8_t *attributes;
	uint64_t sibling; /* as dwarf_abbrev_skip() has it; not checked */
};

/* Begins behind the first entry of an opened unit. */
static inline void dwarf_walker_init(struct dwarf_walker *walker, const struct dwarf_unit *unit)
{
	*walker = (struct dwarf_walker){
		.unit = unit,
		.at = unit->bytes + unit->root_end,
		.end = unit->bytes + (unit->end - unit->offset),
	};
}

/* An entry's code as LEB128, nearly always one byte. */
static inline uint64_t dwarf_walker_read_code(struct dwarf_walker *walker)
{
	struct dwarf_reader reader;
	uint64_t code;

	if (*walker->at < 0x80)
		return *walker->at++;
	reader = (struct dwarf_reader){.at = walker->at, .end = walker->end};
	code = dwarf_reader_read_unsigned(&reader);
	walker->at = reader.at;
	walker->is_damaged = walker->is_damaged || reader.is_damaged;
	return code;
}

/* The next entry, or end of a level; false at the end of the unit and where it is damaged. */
static inline bool dwarf_walker_next(struct dwarf_walker *walker, struct dwarf_entry *ret_entry)
{
	const struct dwarf_abbrev_table *abbrevs = walker->unit->abbrevs;
	const uint8_t *behind;
	uint64_t code;

	if (walker->at == walker->end)
		return false;
	ret_entry->offset = (uint64_t)(walker->at - walker->unit->bytes);
	code = dwarf_walker_read_code(walker);
	if (code == 0) {
		ret_entry->abbrev = NULL;
		return !walker->is_damaged;
	}
	ret_entry->attributes = walker->at;
	ret_entry->abbrev = dwarf_abbrev_find(abbrevs, code);
	behind = ret_entry->abbrev == NULL
			 ? NULL
			 : dwarf_abbrev_skip(abbrevs, ret_entry->abbrev, walker->at, walker->end,
					     &ret_entry->sibling);
	if (behind == NULL) {
		walker->is_damaged = true;
		walker->at = walker->end;
		return false;
	}
	walker->at = behind;
	return true;
}

/* Where the entry says that its next sibling is; NULL when it does not, or not forwards. */
static inline const uint8_t *dwarf_walker_find_sibling(const struct dwarf_walker *walker,
						       const struct dwarf_entry *entry)
{
	const struct dwarf_unit *unit = walker->unit;
	uint64_t at = (uint64_t)(walker->at - unit->bytes);

	return entry->sibling >= at && entry->sibling < unit->end - unit->offset
		       ? unit->bytes + entry->sibling
		       : NULL;
}

/* Past all children of the entry that was read last, which has some. */
void dwarf_walker_skip_children(struct dwarf_walker *walker, const struct dwarf_entry *entry);

/*
 * The entry's attributes, one after the other; `next` begins at 0 and the reader at
 * entry->attributes. False after the last.
 */
static inline bool dwarf_walker_next_attribute(const struct dwarf_unit *unit,
					       const struct dwarf_abbrev *abbrev,
					       struct dwarf_reader *reader, uint32_t *next,
					       uint32_t *ret_name, struct dwarf_value *ret_value)
{
	const struct dwarf_attribute *attribute;

	if (*next == abbrev->attribute_count || reader->is_damaged)
		return false;
	attribute = &unit->abbrevs->attributes.items[abbrev->first_attribute + *next];
	dwarf_value_read(reader, attribute->form, attribute->constant, &unit->format, ret_value);
	*ret_name = attribute->name;
	++*next;
	return true;
}

#endif
