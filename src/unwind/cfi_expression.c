#include "unwind/cfi_expression.h"

#include <errno.h>

#include "unwind/cfi_cursor.h"
#include "unwind/unwind_memory.h"

/* DW_OP_… */
enum {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08,
	OP_CONST1S = 0x09,
	OP_CONST2U = 0x0a,
	OP_CONST2S = 0x0b,
	OP_CONST4U = 0x0c,
	OP_CONST4S = 0x0d,
	OP_CONST8U = 0x0e,
	OP_CONST8S = 0x0f,
	OP_CONSTU = 0x10,
	OP_CONSTS = 0x11,
	OP_DUP = 0x12,
	OP_DROP = 0x13,
	OP_OVER = 0x14,
	OP_PICK = 0x15,
	OP_SWAP = 0x16,
	OP_ROT = 0x17,
	OP_ABS = 0x19,
	OP_AND = 0x1a,
	OP_DIV = 0x1b,
	OP_MINUS = 0x1c,
	OP_MOD = 0x1d,
	OP_MUL = 0x1e,
	OP_NEG = 0x1f,
	OP_NOT = 0x20,
	OP_OR = 0x21,
	OP_PLUS = 0x22,
	OP_PLUS_UCONST = 0x23,
	OP_SHL = 0x24,
	OP_SHR = 0x25,
	OP_SHRA = 0x26,
	OP_XOR = 0x27,
	OP_BRA = 0x28,
	OP_EQ = 0x29,
	OP_GE = 0x2a,
	OP_GT = 0x2b,
	OP_LE = 0x2c,
	OP_LT = 0x2d,
	OP_NE = 0x2e,
	OP_SKIP = 0x2f,
	OP_LIT0 = 0x30,
	OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
	OP_DEREF_SIZE = 0x94,
	OP_NOP = 0x96,
};

struct machine {
	struct cfi_cursor cursor;
	const struct cfi_expression_input *input;
	uint32_t depth;
	uint64_t stack[CFI_EXPRESSION_MAX_STACK];
};

/* The operations return 1 when they are done, 0 for another's opcode, and a negative errno. */

static int push(struct machine *machine, uint64_t value)
{
	if (machine->depth == CFI_EXPRESSION_MAX_STACK)
		return -EBADMSG;
	machine->stack[machine->depth++] = value;
	return 1;
}

static int push_register(struct machine *machine, uint64_t reg)
{
	const struct unwind_registers *registers = machine->input->registers;
	uint64_t offset = (uint64_t)cfi_cursor_read_sleb(&machine->cursor);

	if (reg >= UNWIND_REGISTER_COUNT || (registers->known >> reg & 1) == 0)
		return -ENXIO;
	return push(machine, registers->values[reg] + offset);
}

/* Operands and registers onto the stack. */
static int run_push(struct machine *machine, uint8_t op)
{
	struct cfi_cursor *cursor = &machine->cursor;

	if (op >= OP_LIT0 && op <= OP_LIT31)
		return push(machine, (uint64_t)op - OP_LIT0);
	if (op >= OP_BREG0 && op <= OP_BREG31)
		return push_register(machine, (uint64_t)op - OP_BREG0);
	switch (op) {
	case OP_ADDR:
		return push(machine, cfi_cursor_read(cursor, 8) + machine->input->bias);
	case OP_CONST1U:
		return push(machine, cfi_cursor_read(cursor, 1));
	case OP_CONST1S:
		return push(machine, (uint64_t)(int8_t)cfi_cursor_read(cursor, 1));
	case OP_CONST2U:
		return push(machine, cfi_cursor_read(cursor, 2));
	case OP_CONST2S:
		return push(machine, (uint64_t)(int16_t)cfi_cursor_read(cursor, 2));
	case OP_CONST4U:
		return push(machine, cfi_cursor_read(cursor, 4));
	case OP_CONST4S:
		return push(machine, (uint64_t)(int32_t)cfi_cursor_read(cursor, 4));
	case OP_CONST8U:
	case OP_CONST8S:
		return push(machine, cfi_cursor_read(cursor, 8));
	case OP_CONSTU:
		return push(machine, cfi_cursor_read_uleb(cursor));
	case OP_CONSTS:
		return push(machine, (uint64_t)cfi_cursor_read_sleb(cursor));
	case OP_BREGX:
		return push_register(machine, cfi_cursor_read_uleb(cursor));
	default:
		return 0;
	}
}

/* What only moves the stack's items. */
static int run_shuffle(struct machine *machine, uint8_t op)
{
	uint32_t depth = machine->depth;
	uint64_t *top = machine->stack + depth; /* one above */
	uint64_t held, index;

	switch (op) {
	case OP_DUP:
	case OP_OVER:
	case OP_PICK:
		index = op == OP_DUP ? 0 : op == OP_OVER ? 1 : cfi_cursor_read_u8(&machine->cursor);
		return index < depth ? push(machine, *(top - 1 - index)) : -EBADMSG;
	case OP_DROP:
		if (depth < 1)
			return -EBADMSG;
		machine->depth--;
		return 1;
	case OP_SWAP:
		if (depth < 2)
			return -EBADMSG;
		held = top[-1];
		top[-1] = top[-2];
		top[-2] = held;
		return 1;
	case OP_ROT: /* the top becomes the third */
		if (depth < 3)
			return -EBADMSG;
		held = top[-1];
		top[-1] = top[-2];
		top[-2] = top[-3];
		top[-3] = held;
		return 1;
	case OP_NOP:
		return 1;
	default:
		return 0;
	}
}

static int read_memory(struct machine *machine, uint64_t *value, uint64_t size)
{
	uint64_t word;

	if (size < 1 || size > 8)
		return -EBADMSG;
	if (!unwind_memory_read(machine->input->memory, *value, &word))
		return -EFAULT;
	*value = size == 8 ? word : word & (((uint64_t)1 << size * 8) - 1);
	return 1;
}

/* What replaces the top. */
static int run_unary(struct machine *machine, uint8_t op)
{
	uint64_t *top;

	switch (op) {
	case OP_DEREF:
	case OP_DEREF_SIZE:
	case OP_ABS:
	case OP_NEG:
	case OP_NOT:
	case OP_PLUS_UCONST:
		break;
	default:
		return 0;
	}
	if (machine->depth < 1)
		return -EBADMSG;
	top = machine->stack + machine->depth - 1;
	switch (op) {
	case OP_DEREF:
		return read_memory(machine, top, 8);
	case OP_DEREF_SIZE:
		return read_memory(machine, top, cfi_cursor_read_u8(&machine->cursor));
	case OP_ABS:
		*top = (int64_t)*top < 0 ? 0 - *top : *top;
		return 1;
	case OP_NEG:
		*top = 0 - *top;
		return 1;
	case OP_NOT:
		*top = ~*top;
		return 1;
	default: /* OP_PLUS_UCONST */
		*top += cfi_cursor_read_uleb(&machine->cursor);
		return 1;
	}
}

/* DWARF divides signed and takes remainders unsigned. */
static int divide(uint8_t op, uint64_t a, uint64_t b, uint64_t *ret_value)
{
	if (b == 0)
		return -EBADMSG;
	if (op == OP_MOD)
		*ret_value = a % b;
	else if (b == UINT64_MAX) /* by -1: INT64_MIN would overflow */
		*ret_value = 0 - a;
	else
		*ret_value = (uint64_t)((int64_t)a / (int64_t)b);
	return 1;
}

static uint64_t shift(uint8_t op, uint64_t a, uint64_t b)
{
	if (op == OP_SHL)
		return b < 64 ? a << b : 0;
	if (op == OP_SHR)
		return b < 64 ? a >> b : 0;
	return (uint64_t)((int64_t)a >> (b < 64 ? b : 63));
}

/* Comparisons are signed (DWARF 5, 2.5.1.5). */
static int calculate(uint8_t op, uint64_t a, uint64_t b, uint64_t *ret_value)
{
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (op) {
	case OP_AND:
		*ret_value = a & b;
		return 1;
	case OP_DIV:
	case OP_MOD:
		return divide(op, a, b, ret_value);
	case OP_MINUS:
		*ret_value = a - b;
		return 1;
	case OP_MUL:
		*ret_value = a * b;
		return 1;
	case OP_OR:
		*ret_value = a | b;
		return 1;
	case OP_PLUS:
		*ret_value = a + b;
		return 1;
	case OP_SHL:
	case OP_SHR:
	case OP_SHRA:
		*ret_value = shift(op, a, b);
		return 1;
	case OP_XOR:
		*ret_value = a ^ b;
		return 1;
	case OP_EQ:
		*ret_value = sa == sb;
		return 1;
	case OP_GE:
		*ret_value = sa >= sb;
		return 1;
	case OP_GT:
		*ret_value = sa > sb;
		return 1;
	case OP_LE:
		*ret_value = sa <= sb;
		return 1;
	case OP_LT:
		*ret_value = sa < sb;
		return 1;
	case OP_NE:
		*ret_value = sa != sb;
		return 1;
	default:
		return -EBADMSG;
	}
}

/* What makes one of the two on top. */
static int run_binary(struct machine *machine, uint8_t op)
{
	uint64_t *top = machine->stack + machine->depth; /* one above */
	uint64_t value;
	int result;

	if (machine->depth < 2)
		return -EBADMSG;
	result = calculate(op, top[-2], top[-1], &value);
	if (result == 1) {
		top[-2] = value;
		machine->depth--;
	}
	return result;
}

static int run_jump(struct machine *machine, uint8_t op, const uint8_t *begin)
{
	struct cfi_cursor *cursor = &machine->cursor;
	int64_t distance, target;

	if (op != OP_SKIP && op != OP_BRA)
		return 0;
	distance = (int16_t)cfi_cursor_read(cursor, 2);
	if (op == OP_BRA) {
		if (machine->depth < 1)
			return -EBADMSG;
		if (machine->stack[--machine->depth] == 0)
			return 1;
	}
	target = (cursor->at - begin) + distance;
	if (target < 0 || target > cursor->end - begin)
		return -EBADMSG;
	cursor->at = begin + target;
	return 1;
}

static int run_op(struct machine *machine, uint8_t op, const uint8_t *begin)
{
	int result = run_push(machine, op);

	if (result == 0)
		result = run_shuffle(machine, op);
	if (result == 0)
		result = run_jump(machine, op, begin);
	if (result == 0)
		result = run_unary(machine, op);
	if (result == 0)
		result = run_binary(machine, op);
	return result;
}

int cfi_expression_evaluate(const uint8_t *bytes, size_t size,
			    const struct cfi_expression_input *input, uint64_t *ret_value)
{
	struct machine machine;

	machine.cursor = (struct cfi_cursor){bytes, bytes + size, false};
	machine.input = input;
	machine.depth = 0;
	if (input->cfa != NULL)
		push(&machine, *input->cfa);
	for (int steps = 0; machine.cursor.at < machine.cursor.end; steps++) {
		int result = run_op(&machine, cfi_cursor_read_u8(&machine.cursor), bytes);

		if (result < 0)
			return result;
		if (machine.cursor.is_cut || steps == CFI_EXPRESSION_MAX_STEPS)
			return -EBADMSG;
	}
	if (machine.depth < 1)
		return -EBADMSG;
	*ret_value = machine.stack[machine.depth - 1];
	return 0;
}
