/*
 * The values of attributes: reads any form (DWARF 5, section 7.5) into a kind and a number. What a
 * number points to is looked up by whoever wants it (dwarf_unit): most are read only to get past
 * them.
 */
#ifndef SYMBOL_DWARF_VALUE_H
#define SYMBOL_DWARF_VALUE_H

#include <stdint.h>

#include "symbol/dwarf_reader.h"

/* What the sizes of forms depend on. */
struct dwarf_format {
	uint8_t version;
	uint8_t address_size; /* 1 to 8 */
	uint8_t offset_size;  /* 4, or 8 in 64-bit DWARF */
};

enum dwarf_value_kind {
	DWARF_VALUE_NONE,
	DWARF_VALUE_NUMBER,
	DWARF_VALUE_ADDRESS,
	DWARF_VALUE_ADDRESS_INDEX,	 /* into .debug_addr */
	DWARF_VALUE_OFFSET,		 /* into the section that the attribute is about */
	DWARF_VALUE_RANGES_INDEX,	 /* into the unit's table of .debug_rnglists */
	DWARF_VALUE_TEXT,		 /* here, in `text` and `number` bytes */
	DWARF_VALUE_STR,		 /* offset into .debug_str */
	DWARF_VALUE_LINE_STR,		 /* offset into .debug_line_str */
	DWARF_VALUE_ALTERNATE_STR,	 /* offset into the alternate file's .debug_str */
	DWARF_VALUE_STR_INDEX,		 /* into .debug_str_offsets */
	DWARF_VALUE_UNIT_REFERENCE,	 /* offset from the unit's header */
	DWARF_VALUE_INFO_REFERENCE,	 /* offset into .debug_info */
	DWARF_VALUE_ALTERNATE_REFERENCE, /* offset into the alternate file's .debug_info */
	DWARF_VALUE_OTHER,		 /* expressions, type signatures, … */
};

struct dwarf_value {
	enum dwarf_value_kind kind;
	uint64_t number;
	const char *text;
};

/*
 * Bytes of a value of that form; -1 where the value tells, -2 for a form that nobody knows, after
 * which nothing can be read.
 */
int dwarf_value_get_size(uint32_t form, const struct dwarf_format *format);

/* `constant` is that of DW_FORM_implicit_const. An unknown form marks the reader as damaged. */
void dwarf_value_read(struct dwarf_reader *reader, uint32_t form, int32_t constant,
		      const struct dwarf_format *format, struct dwarf_value *ret_value);

#endif
