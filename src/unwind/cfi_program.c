#include "unwind/cfi_program.h"

#include <errno.h>
#include <stddef.h>

/* DW_CFA_…: the first three carry an operand in their low six bits. */
enum {
	OP_ADVANCE_LOC = 0x40,
	OP_OFFSET = 0x80,
	OP_RESTORE = 0xc0,

	OP_NOP = 0x00,
	OP_SET_LOC = 0x01,
	OP_ADVANCE_LOC1 = 0x02,
	OP_ADVANCE_LOC2 = 0x03,
	OP_ADVANCE_LOC4 = 0x04,
	OP_OFFSET_EXTENDED = 0x05,
	OP_RESTORE_EXTENDED = 0x06,
	OP_UNDEFINED = 0x07,
	OP_SAME_VALUE = 0x08,
	OP_REGISTER = 0x09,
	OP_REMEMBER_STATE = 0x0a,
	OP_RESTORE_STATE = 0x0b,
	OP_DEF_CFA = 0x0c,
	OP_DEF_CFA_REGISTER = 0x0d,
	OP_DEF_CFA_OFFSET = 0x0e,
	OP_DEF_CFA_EXPRESSION = 0x0f,
	OP_EXPRESSION = 0x10,
	OP_OFFSET_EXTENDED_SF = 0x11,
	OP_DEF_CFA_SF = 0x12,
	OP_DEF_CFA_OFFSET_SF = 0x13,
	OP_VAL_OFFSET = 0x14,
	OP_VAL_OFFSET_SF = 0x15,
	OP_VAL_EXPRESSION = 0x16,
	OP_MIPS_ADVANCE_LOC8 = 0x1d,
	OP_AARCH64_NEGATE_RA_STATE = 0x2d,
	OP_GNU_ARGS_SIZE = 0x2e,
	OP_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};

struct run {
	struct cfi_program *program;
	const struct cfi_fde *fde;
	struct cfi_cursor cursor;
	uint64_t location; /* svma: the row that is being made begins here */
};

void cfi_program_init(struct cfi_program *program)
{
	program->initial_of = NULL;
	program->remembered_count = 0;
}

static int64_t read_factored(struct run *run, bool is_signed)
{
	uint64_t value = is_signed ? (uint64_t)cfi_cursor_read_sleb(&run->cursor)
				   : cfi_cursor_read_uleb(&run->cursor);

	return (int64_t)(value * (uint64_t)run->fde->cie.data_alignment);
}

/* Registers that are not followed (vectors) have rules too; they are read and forgotten. */
static void set_register(struct run *run, uint64_t reg, struct cfi_location location)
{
	if (reg < UNWIND_REGISTER_COUNT)
		run->program->state.registers[reg] = location;
}

static void set_offset(struct run *run, uint64_t reg, enum cfi_location_kind kind, int64_t offset)
{
	set_register(run, reg, (struct cfi_location){.kind = kind, .offset = offset});
}

/* False when the expression does not fit. */
static bool read_expression(struct run *run, enum cfi_location_kind kind,
			    struct cfi_location *ret_location)
{
	uint64_t size = cfi_cursor_read_uleb(&run->cursor);
	const uint8_t *bytes = cfi_cursor_read_bytes(&run->cursor, size);

	if (bytes == NULL || size > UINT32_MAX)
		return false;
	*ret_location = (struct cfi_location){
		.kind = kind, .expression_size = (uint32_t)size, .expression = bytes};
	return true;
}

static bool set_expression(struct run *run, enum cfi_location_kind kind)
{
	uint64_t reg = cfi_cursor_read_uleb(&run->cursor);
	struct cfi_location location;

	if (!read_expression(run, kind, &location))
		return false;
	set_register(run, reg, location);
	return true;
}

static void set_cfa(struct run *run, uint64_t reg, int64_t offset)
{
	run->program->state.cfa = (struct cfi_location){.kind = CFI_LOCATION_OFFSET};
	run->program->state.cfa_register = reg;
	run->program->state.cfa_offset = offset;
}

/*
 * Changes one of the CFA's register and offset. False when it has none. DWARF wants that it has no
 * expression either; but hand-written code (libgcrypt's) goes back from one to the register and
 * offset that were before, and all other readers let it.
 */
static bool change_cfa(struct run *run, const uint64_t *reg, const int64_t *offset)
{
	const struct cfi_state *state = &run->program->state;

	if (state->cfa.kind == CFI_LOCATION_UNSPECIFIED)
		return false;
	set_cfa(run, reg != NULL ? *reg : state->cfa_register,
		offset != NULL ? *offset : state->cfa_offset);
	return true;
}

static bool remember(struct cfi_program *program)
{
	if (program->remembered_count == CFI_PROGRAM_MAX_REMEMBERED)
		return false;
	program->remembered[program->remembered_count++] = program->state;
	return true;
}

static bool restore(struct cfi_program *program)
{
	if (program->remembered_count == 0)
		return false;
	program->state = program->remembered[--program->remembered_count];
	return true;
}

static void restore_register(struct run *run, uint64_t reg)
{
	if (reg < UNWIND_REGISTER_COUNT)
		run->program->state.registers[reg] = run->program->initial.registers[reg];
}

/* What changes the CFA or the whole state; 1 done, 0 another opcode, -EBADMSG. */
static int run_state_op(struct run *run, uint8_t op)
{
	struct cfi_program *program = run->program;
	uint64_t reg;
	int64_t offset;
	bool done = true;

	switch (op) {
	case OP_REMEMBER_STATE:
		done = remember(program);
		break;
	case OP_RESTORE_STATE:
		done = restore(program);
		break;
	case OP_DEF_CFA:
		reg = cfi_cursor_read_uleb(&run->cursor);
		set_cfa(run, reg, (int64_t)cfi_cursor_read_uleb(&run->cursor));
		break;
	case OP_DEF_CFA_SF:
		reg = cfi_cursor_read_uleb(&run->cursor);
		set_cfa(run, reg, read_factored(run, true));
		break;
	case OP_DEF_CFA_REGISTER:
		reg = cfi_cursor_read_uleb(&run->cursor);
		done = change_cfa(run, &reg, NULL);
		break;
	case OP_DEF_CFA_OFFSET:
		offset = (int64_t)cfi_cursor_read_uleb(&run->cursor);
		done = change_cfa(run, NULL, &offset);
		break;
	case OP_DEF_CFA_OFFSET_SF:
		offset = read_factored(run, true);
		done = change_cfa(run, NULL, &offset);
		break;
	case OP_DEF_CFA_EXPRESSION:
		done = read_expression(run, CFI_LOCATION_EXPRESSION, &program->state.cfa);
		break;
	case OP_AARCH64_NEGATE_RA_STATE: /* on SPARC another thing, which is not ours */
		program->state.is_signed = !program->state.is_signed;
		break;
	default:
		return 0;
	}
	return done ? 1 : -EBADMSG;
}

/* What says where one register is. */
static int run_register_op(struct run *run, uint8_t op)
{
	struct cfi_cursor *cursor = &run->cursor;
	uint64_t reg;
	bool done = true;

	switch (op) {
	case OP_OFFSET_EXTENDED:
	case OP_OFFSET_EXTENDED_SF:
		reg = cfi_cursor_read_uleb(cursor);
		set_offset(run, reg, CFI_LOCATION_AT_OFFSET,
			   read_factored(run, op == OP_OFFSET_EXTENDED_SF));
		break;
	case OP_GNU_NEGATIVE_OFFSET_EXTENDED:
		reg = cfi_cursor_read_uleb(cursor);
		set_offset(run, reg, CFI_LOCATION_AT_OFFSET,
			   (int64_t)(0 - (uint64_t)read_factored(run, false)));
		break;
	case OP_VAL_OFFSET:
	case OP_VAL_OFFSET_SF:
		reg = cfi_cursor_read_uleb(cursor);
		set_offset(run, reg, CFI_LOCATION_OFFSET,
			   read_factored(run, op == OP_VAL_OFFSET_SF));
		break;
	case OP_RESTORE_EXTENDED:
		restore_register(run, cfi_cursor_read_uleb(cursor));
		break;
	case OP_UNDEFINED:
		set_offset(run, cfi_cursor_read_uleb(cursor), CFI_LOCATION_UNDEFINED, 0);
		break;
	case OP_SAME_VALUE:
		set_offset(run, cfi_cursor_read_uleb(cursor), CFI_LOCATION_SAME, 0);
		break;
	case OP_REGISTER:
		reg = cfi_cursor_read_uleb(cursor);
		set_register(run, reg,
			     (struct cfi_location){.kind = CFI_LOCATION_REGISTER,
						   .reg = cfi_cursor_read_uleb(cursor)});
		break;
	case OP_EXPRESSION:
		done = set_expression(run, CFI_LOCATION_AT_EXPRESSION);
		break;
	case OP_VAL_EXPRESSION:
		done = set_expression(run, CFI_LOCATION_EXPRESSION);
		break;
	case OP_GNU_ARGS_SIZE: /* for who throws exceptions */
		cfi_cursor_read_uleb(cursor);
		break;
	case OP_NOP:
		break;
	default:
		done = false;
	}
	return done ? 1 : -EBADMSG;
}

/*
 * Where the next row begins, if the instruction says that: 1. 0 when it is another instruction,
 * -EBADMSG when it leads back.
 */
static int read_advance(struct run *run, uint8_t op, uint64_t *ret_location)
{
	const struct cfi_fde *fde = run->fde;
	uint64_t delta, location;

	if ((op & 0xc0) == OP_ADVANCE_LOC)
		delta = op & 0x3f;
	else if (op == OP_ADVANCE_LOC1)
		delta = cfi_cursor_read(&run->cursor, 1);
	else if (op == OP_ADVANCE_LOC2)
		delta = cfi_cursor_read(&run->cursor, 2);
	else if (op == OP_ADVANCE_LOC4)
		delta = cfi_cursor_read(&run->cursor, 4);
	else if (op == OP_MIPS_ADVANCE_LOC8)
		delta = cfi_cursor_read(&run->cursor, 8);
	else if (op == OP_SET_LOC) {
		if (!cfi_section_read_pointer(fde->section, &run->cursor, fde->cie.fde_encoding,
					      fde->start, &location))
			return -EBADMSG;
		*ret_location = location;
		return location >= run->location ? 1 : -EBADMSG;
	} else
		return 0;
	if (__builtin_mul_overflow(delta, fde->cie.code_alignment, &delta) ||
	    __builtin_add_overflow(run->location, delta, &location))
		return -EBADMSG;
	*ret_location = location;
	return 1;
}

static int run_op(struct run *run, uint8_t op)
{
	int result;

	if ((op & 0xc0) == OP_OFFSET) {
		set_offset(run, op & 0x3f, CFI_LOCATION_AT_OFFSET, read_factored(run, false));
		return 1;
	}
	if ((op & 0xc0) == OP_RESTORE) {
		restore_register(run, op & 0x3f);
		return 1;
	}
	result = run_state_op(run, op);
	return result != 0 ? result : run_register_op(run, op);
}

/* Makes `initial`: a CIE's instructions lead nowhere. */
static int run_initial(struct cfi_program *program, const struct cfi_fde *fde)
{
	const struct cfi_cie *cie = &fde->cie;
	struct run run = {.program = program, .fde = fde};

	if (cie->instructions_size > CFI_PROGRAM_MAX_INITIAL_BYTES)
		return -EBADMSG;
	run.cursor = (struct cfi_cursor){cie->instructions,
					 cie->instructions + cie->instructions_size, false};
	program->initial_of = NULL;
	program->state = (struct cfi_state){0};
	program->initial = program->state;
	program->remembered_count = 0;
	while (run.cursor.at < run.cursor.end)
		if (run_op(&run, cfi_cursor_read_u8(&run.cursor)) < 0 || run.cursor.is_cut)
			return -EBADMSG;
	program->initial = program->state;
	program->initial_of = cie->instructions;
	return 0;
}

int cfi_program_run(struct cfi_program *program, const struct cfi_fde *fde,
		    cfi_program_visit_fn visit, void *arg)
{
	struct run run = {.program = program, .fde = fde, .location = fde->start};

	if (program->initial_of != fde->cie.instructions && run_initial(program, fde) < 0)
		return -EBADMSG;
	run.cursor = (struct cfi_cursor){fde->instructions,
					 fde->instructions + fde->instructions_size, false};
	program->state = program->initial;
	program->remembered_count = 0;
	while (run.cursor.at < run.cursor.end) {
		uint8_t op = cfi_cursor_read_u8(&run.cursor);
		uint64_t next;
		int result = read_advance(&run, op, &next);

		if (result == 0)
			result = run_op(&run, op);
		else if (result > 0 && next > run.location && !run.cursor.is_cut) {
			if (next >= fde->end) /* what is said of the address behind */
				break;
			if (!visit(arg, run.location, next))
				return 0;
			run.location = next;
		}
		if (result < 0 || run.cursor.is_cut)
			return -EBADMSG;
	}
	visit(arg, run.location, fde->end);
	return 0;
}

static bool holds_address(void *arg, uint64_t start, uint64_t end)
{
	const uint64_t *svma = arg;

	(void)start;
	return *svma >= end; /* go on */
}

int cfi_program_find(struct cfi_program *program, const struct cfi_fde *fde, uint64_t svma)
{
	return cfi_program_run(program, fde, holds_address, &svma);
}
