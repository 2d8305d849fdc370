/* Line tables alone: the input is a .debug_line section. Rows are inside of what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf_line_program.h"
#include "symbol/dwarf_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ADDRESS_COUNT = 160, FIRST_ADDRESS = 0x1000, ADDRESS_STEP = 3 };

static void run(struct dwarf_unit *unit, struct dwarf_line_table *table)
{
	uint64_t svmas[ADDRESS_COUNT], end = FIRST_ADDRESS + ADDRESS_COUNT * ADDRESS_STEP;
	struct dwarf_row rows[ADDRESS_COUNT];
	struct dwarf_rows collected = {0};
	struct strbuf path;

	for (size_t i = 0; i < ADDRESS_COUNT; i++)
		svmas[i] = FIRST_ADDRESS + i * ADDRESS_STEP;
	strbuf_init(&path, 1 << 16);
	dwarf_line_program_find(table, svmas, ADDRESS_COUNT, rows);
	for (size_t i = 0; i < ADDRESS_COUNT; i++) {
		if (!rows[i].is_known)
			continue;
		if (rows[i].svma > svmas[i])
			abort();
		strbuf_clear(&path);
		dwarf_line_table_add_path(unit, table, rows[i].file, &path);
	}
	dwarf_line_program_collect(table, FIRST_ADDRESS, end, &collected);
	for (size_t i = 0; i < collected.count; i++)
		if (collected.items[i].svma < FIRST_ADDRESS || collected.items[i].svma >= end)
			abort();
	vec_release(&collected);
	strbuf_release(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dwarf_file file = {.sections = {[DWARF_LINE] = {data, size}}};
	struct dwarf_object object;
	struct dwarf_unit unit = {.object = &object,
				  .format = {.version = 5, .address_size = 8, .offset_size = 4}};
	struct dwarf_line_table *table;

	file.sections[DWARF_LINE_STR] = file.sections[DWARF_LINE];
	dwarf_object_init(&object, &file);
	table = dwarf_line_table_new(&unit, 0);
	if (table != NULL)
		run(&unit, table);
	dwarf_line_table_free(table);
	dwarf_object_release(&object);
	return 0;
}
