/*
 * A unit's line table: its header with the names of files (DWARF 5, section 6.2.4; versions 2 to
 * 5), and its program, which is run when lines are wanted (dwarf_line_program).
 */
#ifndef SYMBOL_DWARF_LINE_TABLE_H
#define SYMBOL_DWARF_LINE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"
#include "symbol/dwarf_value.h"
#include "util/scoped.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* A directory, or a file in one. */
struct dwarf_line_name {
	struct dwarf_value path;
	uint64_t directory;
};

struct dwarf_line_table {
	struct dwarf_format format;
	VEC(struct dwarf_line_name) directories;
	VEC(struct dwarf_line_name) files;
	const uint8_t *program;
	uint64_t program_bytes;
	uint8_t instruction_bytes, operations_max; /* per instruction; > 1 on VLIW machines only */
	int8_t line_base;
	uint8_t line_range, opcode_base;
	uint8_t operand_counts[256]; /* of the standard opcodes below opcode_base */
};

/* The table of an opened unit, read on the first call; NULL = none, or damaged. Any thread. */
struct dwarf_line_table *dwarf_line_table_find(struct dwarf_unit *unit);

/* The table at `offset` of .debug_line; NULL = damaged. `comp_dir` is looked up with the unit. */
struct dwarf_line_table *dwarf_line_table_new(struct dwarf_unit *unit, uint64_t offset);
void dwarf_line_table_free(struct dwarf_line_table *table); /* NULL accepted */
SCOPED_POINTER(dwarf_line_table, dwarf_line_table_free)

/*
 * Adds the path of file number `file`, as numbered in rows and attributes: absolute where the
 * compiler gave a directory. Nothing when there is no such file.
 */
void dwarf_line_table_add_path(const struct dwarf_unit *unit, const struct dwarf_line_table *table,
			       uint64_t file, struct strbuf *path);

#endif
