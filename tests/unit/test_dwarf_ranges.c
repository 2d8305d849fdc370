/* Range lists written by hand, every kind of entry (DWARF 5, sections 2.17.3 and 7.25). */
#include "symbol/dwarf_ranges.h"

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_object.h"
#include "tap.h"

static const uint8_t addresses[] = {
	0,    0,    0, 0, 0, 0, 0, 0, /* the header of the unit's part */
	0x00, 0x10, 0, 0, 0, 0, 0, 0, 0x00, 0x20, 0, 0, 0, 0, 0, 0};

struct lists {
	struct dwarf_object object;
	struct dwarf_unit unit;
};

static void lists_init(struct lists *lists, uint8_t version, uint8_t address_size,
		       const uint8_t *bytes, size_t size)
{
	struct dwarf_file file = {.sections = {[DWARF_ADDR] = {addresses, sizeof(addresses)}}};

	file.sections[version < 5 ? DWARF_RANGES : DWARF_RNGLISTS] =
		(struct dwarf_section){bytes, size};
	dwarf_object_init(&lists->object, &file);
	lists->unit = (struct dwarf_unit){
		.object = &lists->object,
		.format = {.version = version, .address_size = address_size, .offset_size = 4},
		.root = {.address_source = &lists->object.source, .addr_base = 8}};
}

/* "start-end start-end …", " damaged" where it is. */
static const char *read_list(struct lists *lists, uint64_t low_pc, uint64_t offset)
{
	static char text[512];
	const struct dwarf_code code = {.ranges = {.kind = DWARF_VALUE_OFFSET, .number = offset}};
	struct dwarf_ranges ranges;
	uint64_t start, end;
	size_t length = 0;

	text[0] = '\0';
	lists->unit.root.low_pc = low_pc;
	dwarf_ranges_init(&ranges, &lists->unit, &lists->unit.root, &code);
	while (dwarf_ranges_next(&ranges, &start, &end) && length < 400)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%llx-%llx",
					   length > 0 ? " " : "", (unsigned long long)start,
					   (unsigned long long)end);
	if (ranges.is_damaged)
		snprintf(text + length, sizeof(text) - length, " damaged");
	return text;
}

static void test_version_5(void)
{
	static const char list[] = "\x04\x10\x20"	    /* offset_pair, from low_pc */
				   "\x01\x01"		    /* base_addressx */
				   "\x04\x04\x84\x01"	    /* offset_pair, from there */
				   "\x02\0\x01"		    /* startx_endx */
				   "\x03\x01\x30"	    /* startx_length */
				   "\x05\0\0\x03\0\0\0\0\0" /* base_address */
				   "\x04\0\x01"		    /* offset_pair, from there */
				   "\x06\x01\0\0\0\0\0\0\0" /* start_end */
				   "\x09\0\0\0\0\0\0\0"
				   "\x07\x50\0\0\0\0\0\0\0\x02" /* start_length */
				   "\x04\x05\x05"		/* offset_pair, empty */
				   "\0"				/* end_of_list */
				   "\x07\x50\0\0\0\0\0\0\0\x02";
	static const char gone[] = "\x05\xff\xff\xff\xff\xff\xff\xff\xff" /* base_address */
				   "\x04\x01\x20"			  /* offset_pair */
				   "\x07\0\0\0\0\0\0\0\0\x02"		  /* start_length */
				   "\x03\0\x01"				  /* startx_length */
				   "\0";
	static const char wrong[] = "\x03\0\x01"   /* startx_length */
				    "\x03\x09\x01" /* startx_length, of no address */
				    "\0";
	static const char unknown[] = "\x03\0\x01\x40\0";
	struct lists lists;

	lists_init(&lists, 5, 8, (const uint8_t *)list, sizeof(list) - 1);
	is_str(read_list(&lists, 0x500, 0),
	       "510-520 2004-2084 1000-2000 2000-2030 30000-30001 1-9 50-52", "every kind");
	is_str(read_list(&lists, 0x500, sizeof(list) - 11), "50-52 damaged", "a list without end");
	is_str(read_list(&lists, 0x500, sizeof(list) - 1), " damaged",
	       "one outside of the section");
	is_str(read_list(&lists, 0x500, UINT64_MAX), " damaged", "one far outside");
	dwarf_object_release(&lists.object);
	lists_init(&lists, 5, 8, (const uint8_t *)gone, sizeof(gone) - 1);
	is_str(read_list(&lists, 0x500, 0), "1000-1001", "dropped code is left out");
	dwarf_object_release(&lists.object);
	lists_init(&lists, 5, 8, (const uint8_t *)wrong, sizeof(wrong) - 1);
	is_str(read_list(&lists, 0x500, 0), "1000-1001 damaged", "an address that there is not");
	dwarf_object_release(&lists.object);
	lists_init(&lists, 5, 8, (const uint8_t *)unknown, sizeof(unknown) - 1);
	is_str(read_list(&lists, 0x500, 0), "1000-1001 damaged", "a kind that nobody knows");
	dwarf_object_release(&lists.object);
}

static void test_version_4(void)
{
	/*
	 * From low_pc; empty; base 0x20000 and a pair; lld's mark; base 0 and a pair; a pair that
	 * bfd has dropped; the end.
	 */
	static const uint32_t list[] = {0x10,	    0x20, 0x30,	  0x30,		  UINT32_MAX,
					0x20000,    1,	  5,	  UINT32_MAX - 1, UINT32_MAX - 1,
					UINT32_MAX, 0,	  0x4000, 0x4001,	  0,
					0x4001,	    0,	  0};
	struct lists lists;

	lists_init(&lists, 4, 4, (const uint8_t *)list, sizeof(list));
	is_str(read_list(&lists, 0x500, 0), "510-520 20001-20005 4000-4001", "pairs of 32 bits");
	is_str(read_list(&lists, 0x500, sizeof(list) - 4), " damaged", "cut in a pair");
	lists.unit.root.ranges_base = 24;
	is_str(read_list(&lists, 0x500, 0), "501-505 4000-4001", "counted from the unit's part");
	dwarf_object_release(&lists.object);
}

static void test_one(void)
{
	struct dwarf_code code = {.low_pc = {.kind = DWARF_VALUE_ADDRESS, .number = 0x100},
				  .high_pc = {.kind = DWARF_VALUE_NUMBER, .number = 0x20}};
	struct dwarf_ranges ranges;
	struct lists lists;
	uint64_t start, end;

	lists_init(&lists, 5, 8, addresses, 0);
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ok(dwarf_ranges_next(&ranges, &start, &end) && start == 0x100 && end == 0x120,
	   "a length since DWARF 4");
	ok(!dwarf_ranges_next(&ranges, &start, &end), "and that is all");
	code.high_pc = (struct dwarf_value){.kind = DWARF_VALUE_ADDRESS, .number = 0x130};
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ok(dwarf_ranges_next(&ranges, &start, &end) && end == 0x130, "an address before that");
	code.low_pc = (struct dwarf_value){.kind = DWARF_VALUE_ADDRESS_INDEX, .number = 0};
	code.high_pc = (struct dwarf_value){.kind = DWARF_VALUE_ADDRESS_INDEX, .number = 1};
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ok(dwarf_ranges_next(&ranges, &start, &end) && start == 0x1000 && end == 0x2000,
	   "both by index");
	code = (struct dwarf_code){.low_pc = {.kind = DWARF_VALUE_ADDRESS, .number = UINT64_MAX},
				   .high_pc = {.kind = DWARF_VALUE_NUMBER, .number = 0x20}};
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ok(!dwarf_ranges_next(&ranges, &start, &end), "dropped code is nowhere");
	code = (struct dwarf_code){0};
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ok(!dwarf_ranges_next(&ranges, &start, &end) && !ranges.is_damaged, "no code at all");
	dwarf_object_release(&lists.object);
}

static void test_budget(void)
{
	static const uint8_t list[] = {DW_RLE_startx_length, 0, 1, DW_RLE_startx_length, 0, 2, 0};
	const struct dwarf_code code = {.ranges = {.kind = DWARF_VALUE_OFFSET}};
	struct dwarf_ranges ranges;
	struct lists lists;
	uint64_t start, end;
	int64_t budget = 1;

	lists_init(&lists, 5, 8, list, sizeof(list));
	dwarf_ranges_init(&ranges, &lists.unit, &lists.unit.root, &code);
	ranges.budget = &budget;
	ok(dwarf_ranges_next(&ranges, &start, &end), "what can be paid for");
	ok(!dwarf_ranges_next(&ranges, &start, &end) && ranges.is_damaged, "and no more");
	dwarf_object_release(&lists.object);
}

int main(void)
{
	test_version_5();
	test_version_4();
	test_one();
	test_budget();
	return tap_done();
}
