/*
 * Abbreviations: what the entries (DIEs) of a unit look like (DWARF 5, section 7.5.3), with a plan
 * for each of how to get past such an entry. Nearly all entries of a unit are only gone past, so
 * this plan is what the speed of the whole depends on: most are a fixed number of bytes.
 */
#ifndef SYMBOL_DWARF_ABBREV_H
#define SYMBOL_DWARF_ABBREV_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf_source.h"
#include "symbol/dwarf_value.h"
#include "util/vec.h"

struct dwarf_attribute {
	uint16_t name, form;
	int32_t constant; /* of DW_FORM_implicit_const; larger ones belong to types */
};

/* What an entry is to somebody who looks for code. */
enum dwarf_role {
	DWARF_ROLE_OTHER,
	DWARF_ROLE_SCOPE, /* functions may be inside: namespaces, modules */
	DWARF_ROLE_FUNCTION,
	DWARF_ROLE_INLINED,
	DWARF_ROLE_BLOCK, /* part of a function */
};

/* `fixed` bytes, then one value of that kind. */
struct dwarf_step {
	uint32_t fixed;
	uint8_t kind; /* enum step_kind in dwarf_abbrev.c */
	uint8_t size; /* of a sibling reference; 0 = LEB128 */
};

struct dwarf_abbrev {
	uint64_t code;
	uint32_t first_attribute, attribute_count;
	uint32_t first_step, step_count;
	uint32_t fixed_bytes; /* after the last step */
	/* where DW_AT_sibling is when only fixed bytes are before it; size 0 = it is not there */
	uint32_t sibling_at;
	uint16_t tag;
	uint8_t sibling_size;
	uint8_t role; /* enum dwarf_role */
	bool has_children;
	bool has_code; /* DW_AT_low_pc or DW_AT_ranges */
};

struct dwarf_abbrev_table {
	VEC(struct dwarf_abbrev) abbrevs; /* by code */
	VEC(struct dwarf_attribute) attributes;
	VEC(struct dwarf_step) steps;
	/* number + 1 of the abbreviation with that code, 0 = none, when the codes are small */
	uint32_t *by_code;
	uint64_t code_count;
	struct dwarf_format format;
};

/*
 * The table at `offset` of .debug_abbrev, for units of that format; NULL when it is not there or
 * damaged (unknown forms too). With `only_code` it ends with that abbreviation; 0 = all. Free with
 * dwarf_abbrev_free().
 */
struct dwarf_abbrev_table *dwarf_abbrev_new(struct dwarf_source *source, uint64_t offset,
					    const struct dwarf_format *format, uint64_t only_code);
void dwarf_abbrev_free(struct dwarf_abbrev_table *table); /* NULL accepted */
SCOPED_POINTER(dwarf_abbrev_table, dwarf_abbrev_free)

/* One that is not among the small codes; NULL = none. */
const struct dwarf_abbrev *dwarf_abbrev_search(const struct dwarf_abbrev_table *table,
					       uint64_t code);

static inline const struct dwarf_abbrev *dwarf_abbrev_find(const struct dwarf_abbrev_table *table,
							   uint64_t code)
{
	if (code < table->code_count && table->by_code[code] != 0)
		return &table->abbrevs.items[table->by_code[code] - 1];
	return dwarf_abbrev_search(table, code);
}

/* Goes through the steps; for dwarf_abbrev_skip(). */
const uint8_t *dwarf_abbrev_skip_steps(const struct dwarf_abbrev_table *table,
				       const struct dwarf_abbrev *abbrev, const uint8_t *at,
				       const uint8_t *end, uint64_t *ret_sibling);

static inline uint64_t dwarf_abbrev_read_sibling(const uint8_t *at, uint32_t size)
{
	uint32_t four;
	uint64_t number = 0;

	if (size == sizeof(four)) {
		memcpy(&four, at, sizeof(four));
		return four;
	}
	memcpy(&number, at, size);
	return number;
}

/*
 * From behind an entry's code at `at` to behind its attributes; NULL = damaged. `ret_sibling` is
 * where the entry says that the next one at its depth is, from the unit's header; 0 = it does not.
 */
static inline const uint8_t *dwarf_abbrev_skip(const struct dwarf_abbrev_table *table,
					       const struct dwarf_abbrev *abbrev, const uint8_t *at,
					       const uint8_t *end, uint64_t *ret_sibling)
{
	*ret_sibling = 0;
	if (abbrev->step_count > 0)
		return dwarf_abbrev_skip_steps(table, abbrev, at, end, ret_sibling);
	if (abbrev->fixed_bytes > (uint64_t)(end - at))
		return NULL;
	if (abbrev->sibling_size > 0)
		*ret_sibling =
			dwarf_abbrev_read_sibling(at + abbrev->sibling_at, abbrev->sibling_size);
	return at + abbrev->fixed_bytes;
}

#endif
