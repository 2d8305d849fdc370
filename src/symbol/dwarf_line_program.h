/*
 * Runs line programs (DWARF 5, section 6.2.5) for a few addresses, or for a stretch of code. Rows
 * are never stored: a sequence's rows ascend, so each answer is known as soon as the row after it
 * appears.
 */
#ifndef SYMBOL_DWARF_LINE_PROGRAM_H
#define SYMBOL_DWARF_LINE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/dwarf_line_table.h"
#include "util/vec.h"

struct dwarf_row {
	uint64_t svma;
	uint64_t file; /* for dwarf_line_table_add_path() */
	uint32_t line, column;
	bool is_known; /* false: no row holds the address */
};

struct dwarf_rows {
	VEC_FIELDS(struct dwarf_row);
};

/*
 * For each of the ascending `svmas` the last row at or before it, in a sequence that goes beyond
 * it. False when the program is damaged; what was found before that is returned.
 */
bool dwarf_line_program_find(const struct dwarf_line_table *table, const uint64_t *svmas,
			     size_t count, struct dwarf_row *ret_rows);

/*
 * Adds the rows of [start, end): the first one moved to `start`, one for each address. Not sorted
 * across sequences. False when damaged.
 */
bool dwarf_line_program_collect(const struct dwarf_line_table *table, uint64_t start, uint64_t end,
				struct dwarf_rows *rows);

#endif
