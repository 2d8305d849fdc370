/* Line programs written by hand, opcode by opcode (DWARF 4, section 6.2.5). */
#include "symbol/dwarf_line_program.h"

#include "symbol/dwarf_constants.h"
#include "tap.h"

enum { MAX_BYTES = 512 };

struct program {
	uint8_t bytes[MAX_BYTES];
	size_t length;
};

static void add(struct program *program, uint8_t byte)
{
	if (program->length < MAX_BYTES)
		program->bytes[program->length++] = byte;
}

static void add_address(struct program *program, uint64_t svma)
{
	add(program, 0);
	add(program, 9);
	add(program, DW_LNE_set_address);
	for (int i = 0; i < 8; i++)
		add(program, (uint8_t)(svma >> 8 * i));
}

static void add_end(struct program *program)
{
	add(program, 0);
	add(program, 1);
	add(program, DW_LNE_end_sequence);
}

/* A row `bytes` (0 to 9) further on, `lines` (-3 to 8) down. */
static void add_special(struct program *program, uint32_t bytes, int32_t lines)
{
	add(program, (uint8_t)(13 + (uint32_t)(lines + 3) + 12 * bytes));
}

/* As gcc and clang set it: base -3, range 12, opcodes from 13 on. */
static struct dwarf_line_table make_table(const struct program *program)
{
	static const uint8_t counts[] = {0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
	struct dwarf_line_table table = {
		.format = {.version = 4, .address_size = 8, .offset_size = 4},
		.program = program->bytes,
		.program_bytes = program->length,
		.instruction_bytes = 1,
		.operations_max = 1,
		.line_base = -3,
		.line_range = 12,
		.opcode_base = 13,
	};

	memcpy(table.operand_counts, counts, sizeof(counts));
	return table;
}

static void test_rows(void)
{
	static const uint64_t svmas[] = {0xfff,	 0x1000, 0x1003, 0x1004, 0x1005,
					 0x1008, 0x1009, 0x1fff, 0x2000};
	static const uint32_t lines[] = {0, 1, 1, 6, 6, 9, 0, 0, 31};
	struct program program = {.length = 0};
	struct dwarf_row rows[9];
	struct dwarf_line_table table;

	add_address(&program, 0x2000); /* a later part of the code first */
	add(&program, DW_LNS_advance_line);
	add(&program, 30);
	add(&program, DW_LNS_copy);
	add(&program, DW_LNS_advance_pc);
	add(&program, 8);
	add_end(&program);
	add_address(&program, 0x1000);
	add(&program, DW_LNS_copy);
	add_special(&program, 4, 4); /* 0x1004: line 5 */
	add_special(&program, 0, 1); /* the same address again: line 6 */
	add_special(&program, 2, 2); /* 0x1006: line 8 */
	add(&program, DW_LNS_set_file);
	add(&program, 2);
	add(&program, DW_LNS_set_column);
	add(&program, 7);
	add_special(&program, 1, 1); /* 0x1007: line 9 */
	add(&program, DW_LNS_advance_pc);
	add(&program, 2);
	add_end(&program); /* at 0x1009 */
	table = make_table(&program);
	ok(dwarf_line_program_find(&table, svmas, 9, rows), "a program runs");
	for (int i = 0; i < 9; i++) {
		is_int(rows[i].is_known, lines[i] != 0, "in a sequence or not");
		is_int(rows[i].line, lines[i], "the last row at or before the address");
	}
	is_int(rows[5].file, 2, "its file");
	is_int(rows[5].column, 7, "and column");
	is_int(rows[5].svma, 0x1007, "and where it begins");
	is_int(rows[3].file, 1, "the first file unless one is set");
}

static void test_gone(void)
{
	static const uint64_t gone[] = {0, UINT64_MAX, UINT64_MAX - 1};
	static const uint64_t svmas[] = {0x3, 0x1003};

	for (int i = 0; i < 3; i++) {
		struct program program = {.length = 0};
		struct dwarf_row rows[2];
		struct dwarf_line_table table;

		add_address(&program, gone[i]);
		add_special(&program, 9, 5);
		add(&program, DW_LNS_advance_pc);
		add(&program, 0x80);
		add(&program, 0x40); /* over 0x1003 */
		add_end(&program);
		add_address(&program, 0x1000);
		add_special(&program, 1, 5);
		add_special(&program, 9, 5);
		add_end(&program);
		table = make_table(&program);
		ok(dwarf_line_program_find(&table, svmas, 2, rows), "a program with dropped code");
		ok(!rows[0].is_known, "which is nowhere");
		is_int(rows[1].line, 6, "the rest is where it is");
	}
}

static void test_advances(void)
{
	static const uint64_t svmas[] = {0x1000 + 20, 0x1000 + 20 + 0x1234};
	struct program program = {.length = 0};
	struct dwarf_row rows[2];
	struct dwarf_line_table table;

	add_address(&program, 0x1000);
	add(&program, DW_LNS_const_add_pc); /* (255 - 13) / 12 = 20 */
	add(&program, DW_LNS_copy);
	add(&program, DW_LNS_fixed_advance_pc);
	add(&program, 0x34);
	add(&program, 0x12);
	add(&program, DW_LNS_advance_line);
	add(&program, 0x7f); /* -1 */
	add(&program, 12);   /* DW_LNS_set_isa, with one number */
	add(&program, 5);
	add(&program, 0); /* a vendor's opcode */
	add(&program, 3);
	add(&program, 0x80);
	add(&program, 1);
	add(&program, 2);
	add(&program, DW_LNS_copy);
	add_special(&program, 1, 0);
	add_end(&program);
	table = make_table(&program);
	ok(dwarf_line_program_find(&table, svmas, 2, rows), "all ways to advance");
	is_int(rows[0].line, 1, "by a constant");
	is_int(rows[0].svma, 0x1014, "of so much");
	is_int(rows[1].svma, 0x2248, "by 16 bits");
	is_int(rows[1].line, 0, "a line may go back, and 0 is one");
	ok(rows[1].is_known, "which is known");
}

static void test_wide_instructions(void)
{
	static const uint64_t svma = 0x1010;
	struct program program = {.length = 0};
	struct dwarf_line_table table;
	struct dwarf_row row;

	add_address(&program, 0x1000);
	add(&program, DW_LNS_copy);
	add_special(&program, 2, 1); /* operation 2 of the first instruction */
	add_special(&program, 1, 1); /* the second instruction: 16 bytes on */
	add_special(&program, 3, 1);
	add_end(&program);
	table = make_table(&program);
	table.instruction_bytes = 16;
	table.operations_max = 3;
	ok(dwarf_line_program_find(&table, &svma, 1, &row), "several operations an instruction");
	is_int(row.svma, 0x1010, "addresses are those of instructions");
	is_int(row.line, 3, "and lines follow");
}

static void test_collect(void)
{
	struct program program = {.length = 0};
	struct dwarf_rows rows = {0};
	struct dwarf_line_table table;

	add_address(&program, 0x1000);
	add_special(&program, 0, 1);
	add_special(&program, 4, 1);
	add_special(&program, 0, 1);
	add_special(&program, 4, 1);
	add_special(&program, 4, 1);
	add_end(&program);
	table = make_table(&program);
	ok(dwarf_line_program_collect(&table, 0x1002, 0x1009, &rows), "rows of a stretch");
	is_int(rows.count, 3, "each address one");
	if (rows.count == 3) {
		is_int(rows.items[0].svma, 0x1002, "the first is moved to the start");
		is_int(rows.items[0].line, 2, "and is what holds there");
		is_int(rows.items[1].svma, 0x1004, "the second");
		is_int(rows.items[1].line, 4, "is the last at its address");
		is_int(rows.items[2].line, 5, "the third begins inside");
	}
	vec_release(&rows);
}

static void test_damaged(void)
{
	static const uint64_t svma = 0x1001;
	struct program program = {.length = 0};
	struct dwarf_line_table table;
	struct dwarf_row row;

	add_address(&program, 0x1000);
	add_special(&program, 0, 1);
	add_special(&program, 4, 1);
	add(&program, 0);
	add(&program, 0xff);
	add(&program, 0x7f); /* an opcode that goes on past the end */
	table = make_table(&program);
	ok(!dwarf_line_program_find(&table, &svma, 1, &row), "a program that breaks off");
	is_int(row.line, 2, "keeps what came before");
	table.line_range = 0;
	ok(!dwarf_line_program_find(&table, &svma, 1, &row), "no division by 0");
	ok(!row.is_known, "and no answer");
}

int main(void)
{
	test_rows();
	test_gone();
	test_advances();
	test_wide_instructions();
	test_collect();
	test_damaged();
	return tap_done();
}
