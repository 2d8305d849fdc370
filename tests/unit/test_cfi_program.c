/* cfi_program: every instruction of DWARF 5, 6.4.2, on programs made by hand. */
#include "unwind/cfi_program.h"

#include <errno.h>
#include <stdlib.h>

#include "cfi_maker.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/strbuf.h"

struct run {
	struct cfi_program program;
	struct strbuf text;
};

static void append_location(struct strbuf *text, unsigned reg, const struct cfi_location *location)
{
	switch ((enum cfi_location_kind)location->kind) {
	case CFI_LOCATION_UNSPECIFIED:
		return;
	case CFI_LOCATION_SAME:
		strbuf_addf(text, " r%u=same", reg);
		return;
	case CFI_LOCATION_UNDEFINED:
		strbuf_addf(text, " r%u=none", reg);
		return;
	case CFI_LOCATION_AT_OFFSET:
		strbuf_addf(text, " r%u=[c%+" PRId64 "]", reg, location->offset);
		return;
	case CFI_LOCATION_OFFSET:
		strbuf_addf(text, " r%u=c%+" PRId64, reg, location->offset);
		return;
	case CFI_LOCATION_REGISTER:
		strbuf_addf(text, " r%u=r%" PRIu64, reg, location->reg);
		return;
	case CFI_LOCATION_AT_EXPRESSION:
		strbuf_addf(text, " r%u=[exp:%" PRIu32 "]", reg, location->expression_size);
		return;
	case CFI_LOCATION_EXPRESSION:
		strbuf_addf(text, " r%u=exp:%" PRIu32, reg, location->expression_size);
		return;
	}
}

/* "1000 r7+8 r16=[c-8]; …": offsets from 0x1000 where each row begins. */
static bool append_row(void *arg, uint64_t start, uint64_t end)
{
	struct run *run = arg;
	const struct cfi_state *state = &run->program.state;
	struct strbuf *text = &run->text;

	(void)end;
	strbuf_addf(text, "%s%" PRIx64, text->length > 0 ? "; " : "", start - 0x1000);
	if (state->cfa.kind == CFI_LOCATION_OFFSET)
		strbuf_addf(text, " r%" PRIu64 "%+" PRId64, state->cfa_register, state->cfa_offset);
	else
		strbuf_addf(text, " exp:%" PRIu32, state->cfa.expression_size);
	for (unsigned reg = 0; reg < UNWIND_REGISTER_COUNT; reg++)
		if (reg != 16)
			append_location(text, reg, &state->registers[reg]);
	if (state->is_signed)
		strbuf_addf(text, " signed");
	return true;
}

/* The function [0x1000, 0x1100) with that program. */
static bool read_function(struct cfi_maker *maker, struct cfi_section *section, struct cfi_fde *fde,
			  const void *program, size_t size)
{
	struct cfi_sections sections;
	uint64_t offset = 0;
	int result;

	*fde = (struct cfi_fde){0};
	cfi_maker_put_cie(maker);
	cfi_maker_put_fde(maker, 0x1000, 0x100, program, size);
	sections = cfi_maker_sections(maker);
	cfi_section_init(section, &sections, true);
	do
		result = cfi_section_next(section, &offset, fde);
	while (result == 0);
	return result == 1;
}

static int run_program(struct run *run, const void *program, size_t size)
{
	struct cfi_maker maker = {0};
	struct cfi_section section;
	struct cfi_fde fde;

	strbuf_clear(&run->text);
	cfi_program_init(&run->program);
	if (!read_function(&maker, &section, &fde, program, size))
		return -ENODATA;
	return cfi_program_run(&run->program, &fde, append_row, run);
}

#define ROWS(want, what, ...)                                                                      \
	do {                                                                                       \
		static const uint8_t program_[] = {__VA_ARGS__};                                   \
		is_int(run_program(run, program_, sizeof(program_)), 0, what ": runs");            \
		is_str(strbuf_text(&run->text), want, what);                                       \
	} while (0)

#define DAMAGED(what, ...)                                                                         \
	do {                                                                                       \
		static const uint8_t program_[] = {__VA_ARGS__};                                   \
		is_int(run_program(run, program_, sizeof(program_)), -EBADMSG, what);              \
	} while (0)

static void test_advances(struct run *run)
{
	ROWS("0 r7+8", "nothing but the CIE's", 0, 0, 0);
	ROWS("0 r7+8; 1 r7+16; 5 r7+24", "advance_loc", 0x41, 0x0e, 16, 0x44, 0x0e, 24);
	ROWS("0 r7+8; 80 r7+16", "advance_loc1", 0x02, 0x80, 0x0e, 16);
	ROWS("0 r7+8; 81 r7+16", "advance_loc2", 0x03, 0x81, 0, 0x0e, 16);
	ROWS("0 r7+8; 82 r7+16", "advance_loc4", 0x04, 0x82, 0, 0, 0, 0x0e, 16);
	ROWS("0 r7+8; 83 r7+16", "advance_loc8", 0x1d, 0x83, 0, 0, 0, 0, 0, 0, 0, 0x0e, 16);
	ROWS("0 r7+8; 84 r7+16", "set_loc", 0x01, 0x84, 0x10, 0, 0, 0, 0, 0, 0, 0x0e, 16);
	ROWS("0 r7+16", "advance by 0", 0x40, 0x0e, 16);
	ROWS("0 r7+8; 10 r7+16", "what is said of the function's end and beyond is not of it", 0x50,
	     0x0e, 16, 0x02, 0xf0, 0x0e, 24, 0x3f);
	DAMAGED("back by set_loc", 0x44, 0x01, 0, 0x10, 0, 0, 0, 0, 0, 0);
	DAMAGED("past the highest address", 0x41, 0x1d, 255, 255, 255, 255, 255, 255, 255, 255);
	DAMAGED("a cut advance", 0x04, 1, 0);
}

static void test_cfa(struct run *run)
{
	ROWS("0 r6+300", "def_cfa", 0x0c, 6, 0xac, 2);
	ROWS("0 r6-16", "def_cfa_sf is factored", 0x12, 6, 2);
	ROWS("0 r6+8", "def_cfa_register", 0x0d, 6);
	ROWS("0 r7+24", "def_cfa_offset", 0x0e, 24);
	ROWS("0 r7+8", "def_cfa_offset_sf is factored", 0x13, 0x7f);
	ROWS("0 exp:2", "def_cfa_expression", 0x0f, 2, 0x77, 8);
	ROWS("0 exp:2; 1 r6+8", "a register behind an expression", 0x0f, 2, 0x77, 8, 0x41, 0x0d, 6);
	ROWS("0 exp:2; 1 r7+24", "an offset behind an expression", 0x0f, 2, 0x77, 8, 0x41, 0x0e,
	     24);
	DAMAGED("an expression longer than the program", 0x0f, 3, 0x77, 8);
}

static void test_registers(struct run *run)
{
	ROWS("0 r7+8 r6=[c-16]", "offset", 0x86, 2);
	ROWS("0 r7+8 r12=[c-24]", "offset_extended", 0x05, 12, 3);
	ROWS("0 r7+8 r12=[c+24]", "offset_extended_sf", 0x11, 12, 0x7d);
	ROWS("0 r7+8 r12=[c+24]", "GNU_negative_offset_extended", 0x2f, 12, 3);
	ROWS("0 r7+8 r12=c-24", "val_offset", 0x14, 12, 3);
	ROWS("0 r7+8 r12=c+24", "val_offset_sf", 0x15, 12, 0x7d);
	ROWS("0 r7+8 r3=r9", "register", 0x09, 3, 9);
	ROWS("0 r7+8 r3=none", "undefined", 0x07, 3);
	ROWS("0 r7+8 r3=same", "same_value", 0x08, 3);
	ROWS("0 r7+8 r3=[exp:2]", "expression", 0x10, 3, 2, 0x77, 8);
	ROWS("0 r7+8 r3=exp:2", "val_expression", 0x16, 3, 2, 0x77, 8);
	ROWS("0 r7+8 r3=[c-16]; 1 r7+8", "restore", 0x83, 2, 0x41, 0xc3);
	ROWS("0 r7+8 r3=[c-16]; 1 r7+8", "restore_extended", 0x83, 2, 0x41, 0x06, 3);
	ROWS("0 r7+8", "GNU_args_size", 0x2e, 0x90, 1);
	ROWS("0 r7+8; 4 r7+8 signed; 8 r7+8", "AARCH64_negate_ra_state", 0x44, 0x2d, 0x44, 0x2d);
	ROWS("0 r7+8", "registers that are not followed", 0xb3, 1, 0x05, 200, 1, 1, 0xff, 0x07,
	     0xff, 0x7f, 0x06, 99);
	DAMAGED("an unknown instruction", 0x3e);
	DAMAGED("a cut operand", 0x05, 12);
}

static void test_states(struct run *run)
{
	uint8_t deep[2 * CFI_PROGRAM_MAX_REMEMBERED + 1];
	size_t max = CFI_PROGRAM_MAX_REMEMBERED;

	ROWS("0 r7+16 r6=[c-16]; 1 r7+8; 2 r7+16 r6=[c-16]", "remember and restore", 0x0e, 16, 0x86,
	     2, 0x0a, 0x41, 0x0e, 8, 0xc6, 0x41, 0x0b);
	ROWS("0 r7+8; 1 r7+16; 2 r7+24; 3 r7+16; 4 r7+8", "nested", 0x0a, 0x41, 0x0e, 16, 0x0a,
	     0x41, 0x0e, 24, 0x41, 0x0b, 0x41, 0x0b);
	DAMAGED("restoring what was not remembered", 0x0b);
	memset(deep, 0x0a, max);
	memset(deep + max, 0x0b, max);
	is_int(run_program(run, deep, 2 * max), 0, "as deep as is allowed");
	memset(deep, 0x0a, max + 1);
	is_int(run_program(run, deep, max + 1), -EBADMSG, "and no deeper");
}

static void test_find(struct run *run)
{
	static const uint8_t program[] = {0x41, 0x0e, 16, 0x44, 0x0e, 24, 0x44, 0x3f};
	struct cfi_maker maker = {0};
	struct cfi_section section;
	struct cfi_fde fde;

	ok(read_function(&maker, &section, &fde, program, sizeof(program)), "a function");
	cfi_program_init(&run->program);
	is_int(cfi_program_find(&run->program, &fde, 0x1000), 0, "its first byte");
	is_int(run->program.state.cfa_offset, 8, "row 1");
	is_int(cfi_program_find(&run->program, &fde, 0x1004), 0, "a row's last byte");
	is_int(run->program.state.cfa_offset, 16, "row 2");
	is_int(cfi_program_find(&run->program, &fde, 0x1005), 0, "a row's first byte");
	is_int(run->program.state.cfa_offset, 24, "row 3");
	is_int(cfi_program_find(&run->program, &fde, 0x1009), -EBADMSG, "behind the damage");
}

static void test_initial(struct run *run)
{
	uint8_t program[CFI_PROGRAM_MAX_INITIAL_BYTES + 1] = {0};
	struct cfi_maker maker = {0};
	struct cfi_sections sections;
	struct cfi_section section;
	struct cfi_fde fde = {0};
	uint64_t offset = 0;

	cfi_maker_put_cie_of(&maker, 16, program, sizeof(program));
	cfi_maker_put_fde(&maker, 0x1000, 0x100, program, 0);
	sections = cfi_maker_sections(&maker);
	cfi_section_init(&section, &sections, true);
	is_int(cfi_section_next(&section, &offset, &fde), 0, "a CIE with many instructions");
	is_int(cfi_section_next(&section, &offset, &fde), 1, "a function of it");
	cfi_program_init(&run->program);
	is_int(cfi_program_find(&run->program, &fde, 0x1000), -EBADMSG, "is too much");
}

int main(void)
{
	struct run *run = alloc_new(struct run);

	strbuf_init(&run->text, 4096);
	test_advances(run);
	test_cfa(run);
	test_registers(run);
	test_states(run);
	test_find(run);
	test_initial(run);
	strbuf_release(&run->text);
	free(run);
	return tap_done();
}
