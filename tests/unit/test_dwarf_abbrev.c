/* Abbreviations, the plans made of them, and the reading of numbers under all of it. */
#include "symbol/dwarf_abbrev.h"

#include "symbol/dwarf_constants.h"
#include "tap.h"

static const struct dwarf_format format_4 = {.version = 4, .address_size = 8, .offset_size = 4};

static void test_numbers(void)
{
	static const uint8_t bytes[] = {0x7f, 0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 0xff, 0xff, 0xff,
					0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x80, 0x80};
	static const uint8_t wide[] = {0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
	struct dwarf_reader reader;
	uint8_t offset_size;

	dwarf_reader_init(&reader, bytes, sizeof(bytes));
	is_int(dwarf_reader_read_unsigned(&reader), 127, "LEB128 of one byte");
	is_int(dwarf_reader_read_unsigned(&reader), 624485, "of three");
	is_int(dwarf_reader_read_signed(&reader), -1, "signed, of one");
	is_int(dwarf_reader_read_signed(&reader), -128, "of two");
	ok(dwarf_reader_read_unsigned(&reader) == UINT64_MAX, "the largest");
	ok(!reader.is_damaged, "all of that was there");
	is_int(dwarf_reader_read_unsigned(&reader), 0, "one that does not end is 0");
	ok(reader.is_damaged && reader.at == reader.end, "and marks the reader");
	dwarf_reader_init(&reader, wide, sizeof(wide));
	dwarf_reader_read_length(&reader, &offset_size);
	is_int(offset_size, 8, "a length of 64-bit DWARF");
	is_int(dwarf_reader_get_rest(&reader), 3, "limits the reader");
	is_int(dwarf_reader_read(&reader, 4), 0, "past the end there is 0");
	ok(reader.is_damaged, "and damage");
}

static struct dwarf_abbrev_table *make(const uint8_t *bytes, size_t size, uint64_t only_code)
{
	struct dwarf_file file = {.sections = {[DWARF_ABBREV] = {bytes, size}}};
	struct dwarf_source source;

	dwarf_source_init(&source, &file);
	return dwarf_abbrev_new(&source, 0, &format_4, only_code);
}

static void test_plans(void)
{
	static const uint8_t bytes[] = {
		1,
		DW_TAG_subprogram,
		1,
		DW_AT_low_pc,
		DW_FORM_addr,
		DW_AT_sibling,
		DW_FORM_ref4,
		0,
		0,
		2,
		DW_TAG_structure_type,
		1,
		DW_AT_name,
		DW_FORM_string,
		0x0b,
		DW_FORM_exprloc,
		DW_AT_sibling,
		DW_FORM_ref_udata,
		0x0b,
		DW_FORM_data2,
		0,
		0,
		0x80,
		0x40,
		DW_TAG_namespace,
		1,
		DW_AT_name,
		DW_FORM_strp,
		0,
		0, /* code 8192 */
		3,
		0x24,
		0,
		DW_AT_decl_line,
		DW_FORM_implicit_const,
		0x7e,
		0,
		0,
		0,
	};
	static const uint8_t function[] = {1, 2, 3, 4, 5, 6, 7, 8, 0x21, 0x43, 0, 0};
	static const uint8_t structure[] = {'a', 'b', 0, 2, 9, 9, 0x85, 0x01, 7, 7};
	scoped(dwarf_abbrev_table_cleanup) struct dwarf_abbrev_table *table =
		make(bytes, sizeof(bytes), 0);
	const struct dwarf_abbrev *abbrev;
	uint64_t sibling;

	ok(table != NULL, "a table");
	if (table == NULL)
		return;
	abbrev = dwarf_abbrev_find(table, 1);
	ok(abbrev != NULL && abbrev->role == DWARF_ROLE_FUNCTION && abbrev->has_code,
	   "a function with code");
	ok(dwarf_abbrev_skip(table, abbrev, function, function + 12, &sibling) == function + 12,
	   "fixed bytes are gone past");
	is_int(sibling, 0x4321, "with the sibling read on the way");
	ok(dwarf_abbrev_skip(table, abbrev, function, function + 11, &sibling) == NULL,
	   "but not past the end");
	abbrev = dwarf_abbrev_find(table, 2);
	ok(abbrev != NULL && !abbrev->has_code, "a type");
	ok(dwarf_abbrev_skip(table, abbrev, structure, structure + 10, &sibling) == structure + 10,
	   "variable ones too");
	is_int(sibling, 0x85, "and the sibling as LEB128");
	for (int i = 0; i < 10; i++)
		if (dwarf_abbrev_skip(table, abbrev, structure, structure + i, &sibling) != NULL)
			sibling = 0;
	is_int(sibling != 0, 1, "cut anywhere they are damaged");
	abbrev = dwarf_abbrev_find(table, 8192);
	ok(abbrev != NULL && abbrev->role == DWARF_ROLE_SCOPE, "a code far away from the others");
	ok(dwarf_abbrev_find(table, 4) == NULL && dwarf_abbrev_find(table, 0) == NULL,
	   "codes that there are not");
	abbrev = dwarf_abbrev_find(table, 3);
	is_int(table->attributes.items[abbrev->first_attribute].constant, -2,
	       "a constant in the abbreviation");
}

static void test_damaged(void)
{
	static const uint8_t bytes[] = {1, DW_TAG_subprogram, 0, DW_AT_low_pc, DW_FORM_addr, 0, 0,
					2, DW_TAG_subprogram, 0, DW_AT_low_pc, 0x7b,	     0, 0,
					0};
	struct dwarf_abbrev_table *table;

	ok(make(bytes, sizeof(bytes), 0) == NULL, "a form that nobody knows");
	for (size_t size = 0; size < 8; size++)
		if (make(bytes, size, 0) != NULL)
			ok(false, "a table without end");
	table = make(bytes, sizeof(bytes), 1);
	ok(table != NULL && table->abbrevs.count == 1,
	   "what comes after the one wanted is not read");
	dwarf_abbrev_free(table);
}

int main(void)
{
	test_numbers();
	test_plans();
	test_damaged();
	return tap_done();
}
