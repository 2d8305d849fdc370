#include "unwind/cfi_frame.h"

#include <errno.h>

#include "unwind/cfi_expression.h"
#include "unwind/cfi_rule.h"
#include "unwind/unwind_arch.h"
#include "unwind/unwind_memory.h"

struct frame {
	const struct unwind_arch *arch;
	const struct cfi_state *state;
	struct cfi_expression_input input;
	uint64_t cfa;
};

static bool is_known(const struct unwind_registers *registers, uint64_t reg)
{
	return reg < UNWIND_REGISTER_COUNT && (registers->known >> reg & 1) != 0;
}

static int find_cfa(struct frame *frame)
{
	const struct cfi_state *state = frame->state;
	const struct unwind_registers *registers = frame->input.registers;

	if (state->cfa.kind == CFI_LOCATION_EXPRESSION)
		return cfi_expression_evaluate(state->cfa.expression, state->cfa.expression_size,
					       &frame->input, &frame->cfa);
	if (state->cfa.kind != CFI_LOCATION_OFFSET)
		return -EBADMSG;
	if (!is_known(registers, state->cfa_register))
		return -ENXIO;
	frame->cfa = registers->values[state->cfa_register] + (uint64_t)state->cfa_offset;
	return 0;
}

static int read_word(const struct frame *frame, uint64_t avma, uint64_t *ret_word)
{
	return unwind_memory_read(frame->input.memory, avma, ret_word) ? 0 : -EFAULT;
}

/* What a register holds in the caller. */
static int find_register(const struct frame *frame, unsigned reg, uint64_t *ret_value)
{
	const struct cfi_location *location = &frame->state->registers[reg];
	const struct unwind_registers *registers = frame->input.registers;
	uint64_t from = reg;
	int result;

	switch ((enum cfi_location_kind)location->kind) {
	case CFI_LOCATION_UNSPECIFIED:
		if (reg == frame->arch->sp) {
			*ret_value = frame->cfa;
			return 0;
		}
		/* the others are the callee's to change, but lr still is where it was */
		if ((frame->arch->preserved >> reg & 1) == 0 && reg != frame->arch->return_addr)
			return -ENXIO;
		break;
	case CFI_LOCATION_SAME:
		break;
	case CFI_LOCATION_UNDEFINED:
		return -ENXIO;
	case CFI_LOCATION_AT_OFFSET:
		/* a slot that was left: cfi_rule_apply() says why the register has it */
		if (reg != frame->arch->return_addr &&
		    frame->cfa + (uint64_t)location->offset < registers->values[frame->arch->sp])
			break;
		return read_word(frame, frame->cfa + (uint64_t)location->offset, ret_value);
	case CFI_LOCATION_OFFSET:
		*ret_value = frame->cfa + (uint64_t)location->offset;
		return 0;
	case CFI_LOCATION_REGISTER:
		from = location->reg;
		break;
	case CFI_LOCATION_AT_EXPRESSION:
	case CFI_LOCATION_EXPRESSION:
		result = cfi_expression_evaluate(location->expression, location->expression_size,
						 &frame->input, ret_value);
		if (result < 0 || location->kind == CFI_LOCATION_EXPRESSION)
			return result;
		return read_word(frame, *ret_value, ret_value);
	}
	if (!is_known(registers, from))
		return -ENXIO;
	*ret_value = registers->values[from];
	return 0;
}

/* 0 or 1 as cfi_rule_apply(). */
static int find_return_addr(const struct frame *frame, uint64_t *ret_address)
{
	const struct unwind_arch *arch = frame->arch;
	const struct cfi_location *location = &frame->state->registers[arch->return_addr];
	bool is_same =
		location->kind == CFI_LOCATION_SAME || location->kind == CFI_LOCATION_UNSPECIFIED;
	int result;

	if (location->kind == CFI_LOCATION_UNDEFINED)
		return 1;
	if (is_same && !arch->has_link_register)
		return -EBADMSG;
	result = find_register(frame, arch->return_addr, ret_address);
	if (result == 0 && frame->state->is_signed)
		*ret_address &= arch->address_mask;
	return result;
}

int cfi_frame_step(struct cfi_program *program, const struct cfi_fde *fde, uint64_t lookup_svma,
		   uint64_t bias, const struct unwind_memory *memory,
		   struct unwind_registers *registers, uint64_t *ret_cfa)
{
	const struct unwind_arch *arch = unwind_arch_get(fde->section->arch);
	struct frame frame = {
		.arch = arch,
		.state = &program->state,
		.input = {.registers = registers, .memory = memory, .bias = bias},
	};
	struct unwind_registers caller = {0};
	uint64_t return_addr = 0;
	int result;

	*ret_cfa = 0;
	result = cfi_program_find(program, fde, lookup_svma);
	if (result == 0)
		result = find_cfa(&frame);
	if (result < 0)
		return result;
	frame.input.cfa = &frame.cfa;
	result = find_return_addr(&frame, &return_addr);
	if (!fde->cie.is_signal &&
	    !cfi_rule_is_above(arch, registers->values[arch->pc], registers->values[arch->sp],
			       frame.cfa, return_addr, result))
		return -EBADMSG;
	*ret_cfa = frame.cfa;
	if (result != 0)
		return result;
	for (unsigned reg = 0; reg < UNWIND_REGISTER_COUNT; reg++)
		if (find_register(&frame, reg, &caller.values[reg]) == 0)
			caller.known |= (uint64_t)1 << reg;
	caller.values[arch->pc] = return_addr;
	caller.values[arch->return_addr] = return_addr;
	caller.known |= (uint64_t)1 << arch->pc | (uint64_t)1 << arch->return_addr;
	if ((caller.known >> arch->sp & 1) == 0)
		return -ENXIO;
	*registers = caller;
	return 0;
}
