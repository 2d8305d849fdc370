#include "unwind/cfi_rule.h"

#include <errno.h>
#include <string.h>

#include "unwind/unwind_memory.h"

enum { OP_BREG0 = 0x70, OP_DEREF = 0x06, OP_LIT0 = 0x30 };

static bool fits(int64_t offset)
{
	return offset >= INT32_MIN && offset <= INT32_MAX;
}

/* Whether an expression is no more than register + offset, and then a word at that, or not. */
static bool is_register_offset(const struct cfi_location *location, uint8_t reg, bool is_deref,
			       int32_t *ret_offset)
{
	struct cfi_cursor cursor = {location->expression,
				    location->expression + location->expression_size, false};
	int64_t offset;

	if (cfi_cursor_read_u8(&cursor) != OP_BREG0 + reg)
		return false;
	offset = cfi_cursor_read_sleb(&cursor);
	if (is_deref && cfi_cursor_read_u8(&cursor) != OP_DEREF)
		return false;
	if (cursor.is_cut || cursor.at != cursor.end || !fits(offset))
		return false;
	*ret_offset = (int32_t)offset;
	return true;
}

/*
 * What linkers write for the stubs of x86-64's PLT: breg7 8; breg16 0; lit15; and; litN; ge; lit3;
 * shl; plus. N is where in its 16 bytes a stub has pushed.
 */
static bool is_plt(const struct cfi_location *location, int32_t *ret_threshold)
{
	static const uint8_t before[] = {0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a};
	static const uint8_t behind[] = {0x2a, 0x33, 0x24, 0x22};
	const uint8_t *bytes = location->expression;
	uint8_t literal;

	if (location->expression_size != sizeof(before) + 1 + sizeof(behind) ||
	    memcmp(bytes, before, sizeof(before)) != 0 ||
	    memcmp(bytes + sizeof(before) + 1, behind, sizeof(behind)) != 0)
		return false;
	literal = bytes[sizeof(before)];
	*ret_threshold = literal - OP_LIT0;
	return literal >= OP_LIT0 && literal <= OP_LIT0 + 15;
}

static bool make_cfa(struct cfi_rule *rule, const struct cfi_state *state, enum cfi_arch number)
{
	const struct unwind_arch *arch = unwind_arch_get(number);
	const struct cfi_location *cfa = &state->cfa;

	if (cfa->kind == CFI_LOCATION_OFFSET) {
		rule->cfa = state->cfa_register == arch->sp ? CFI_CFA_SP : CFI_CFA_FP;
		rule->cfa_offset = (int32_t)state->cfa_offset;
		return fits(state->cfa_offset) &&
		       (state->cfa_register == arch->sp || state->cfa_register == arch->fp);
	}
	if (cfa->kind != CFI_LOCATION_EXPRESSION)
		return false;
	if (is_register_offset(cfa, arch->sp, true, &rule->cfa_offset))
		rule->cfa = CFI_CFA_AT_SP;
	else if (is_register_offset(cfa, arch->fp, true, &rule->cfa_offset))
		rule->cfa = CFI_CFA_AT_FP;
	else if (number == CFI_X86_64 && is_plt(cfa, &rule->cfa_offset))
		rule->cfa = CFI_CFA_PLT;
	else
		return false;
	return true;
}

/* Where fp or the return address is; false when a rule cannot say it. */
static bool make_from(uint8_t *from, int32_t *ret_offset, const struct cfi_location *location,
		      const struct unwind_arch *arch)
{
	switch ((enum cfi_location_kind)location->kind) {
	case CFI_LOCATION_UNSPECIFIED:
	case CFI_LOCATION_SAME:
		*from = CFI_SAME;
		return true;
	case CFI_LOCATION_UNDEFINED:
		*from = CFI_UNDEFINED;
		return true;
	case CFI_LOCATION_AT_OFFSET:
		*from = CFI_AT_CFA;
		*ret_offset = (int32_t)location->offset;
		return fits(location->offset);
	case CFI_LOCATION_AT_EXPRESSION:
		*from = CFI_AT_SP;
		if (is_register_offset(location, arch->sp, false, ret_offset))
			return true;
		*from = CFI_AT_FP;
		return is_register_offset(location, arch->fp, false, ret_offset);
	case CFI_LOCATION_OFFSET:
	case CFI_LOCATION_REGISTER:
	case CFI_LOCATION_EXPRESSION:
		break;
	}
	return false;
}

/*
 * Signal frames say where sp is, too. That is the CFA again (the word that it was made of), or a
 * rule cannot say it.
 */
static bool sp_is_cfa(const struct cfi_rule *rule, const struct cfi_location *sp,
		      const struct unwind_arch *arch)
{
	int32_t offset;

	switch ((enum cfi_location_kind)sp->kind) {
	case CFI_LOCATION_UNSPECIFIED:
		return true;
	case CFI_LOCATION_OFFSET:
		return sp->offset == 0;
	case CFI_LOCATION_AT_EXPRESSION:
		return rule->cfa == CFI_CFA_AT_SP &&
		       is_register_offset(sp, arch->sp, false, &offset) &&
		       offset == rule->cfa_offset;
	case CFI_LOCATION_SAME:
	case CFI_LOCATION_UNDEFINED:
	case CFI_LOCATION_AT_OFFSET:
	case CFI_LOCATION_REGISTER:
	case CFI_LOCATION_EXPRESSION:
		break;
	}
	return false;
}

void cfi_rule_from_state(struct cfi_rule *ret_rule, const struct cfi_state *state,
			 const struct cfi_fde *fde)
{
	enum cfi_arch number = fde->section->arch;
	const struct unwind_arch *arch = unwind_arch_get(number);
	struct cfi_rule rule;
	bool is_complete;

	memset(&rule, 0, sizeof(rule));
	is_complete = make_cfa(&rule, state, number) &&
		      make_from(&rule.fp, &rule.fp_offset, &state->registers[arch->fp], arch) &&
		      make_from(&rule.return_addr, &rule.return_addr_offset,
				&state->registers[arch->return_addr], arch) &&
		      sp_is_cfa(&rule, &state->registers[arch->sp], arch);
	if (rule.return_addr == CFI_SAME) {
		rule.return_addr = CFI_IN_LR;
		is_complete &= arch->has_link_register;
	}
	if (is_complete) {
		rule.is_signal = fde->cie.is_signal;
		rule.is_signed = number == CFI_AARCH64 && state->is_signed;
	} else {
		memset(&rule, 0, sizeof(rule));
		rule.cfa = CFI_CFA_PROGRAM;
	}
	memcpy(ret_rule, &rule, sizeof(rule));
}

static uint64_t add(uint64_t base, int32_t offset)
{
	return base + (uint64_t)(int64_t)offset;
}

static int find_cfa(const struct cfi_rule *rule, const struct unwind_memory *memory,
		    const struct cfi_registers *registers, uint64_t *ret_cfa)
{
	switch ((enum cfi_cfa)rule->cfa) {
	case CFI_CFA_SP:
		*ret_cfa = add(registers->sp, rule->cfa_offset);
		return 0;
	case CFI_CFA_FP:
		*ret_cfa = add(registers->fp, rule->cfa_offset);
		return registers->has_fp ? 0 : -ENXIO;
	case CFI_CFA_AT_SP:
		return unwind_memory_read(memory, add(registers->sp, rule->cfa_offset), ret_cfa)
			       ? 0
			       : -EFAULT;
	case CFI_CFA_AT_FP:
		if (!registers->has_fp)
			return -ENXIO;
		return unwind_memory_read(memory, add(registers->fp, rule->cfa_offset), ret_cfa)
			       ? 0
			       : -EFAULT;
	case CFI_CFA_PLT:
		*ret_cfa = registers->sp + 8;
		if ((int32_t)(registers->pc & 15) >= rule->cfa_offset)
			*ret_cfa += 8;
		return 0;
	case CFI_CFA_NONE:
	case CFI_CFA_PROGRAM:
		break;
	}
	return -EBADMSG;
}

/* The word that a rule names; false when it cannot be read. */
static bool read_from(enum cfi_from from, int32_t offset, uint64_t cfa,
		      const struct unwind_memory *memory, const struct cfi_registers *registers,
		      uint64_t *ret_word)
{
	switch (from) {
	case CFI_AT_CFA:
		return unwind_memory_read(memory, add(cfa, offset), ret_word);
	case CFI_AT_SP:
		return unwind_memory_read(memory, add(registers->sp, offset), ret_word);
	case CFI_AT_FP:
		return registers->has_fp &&
		       unwind_memory_read(memory, add(registers->fp, offset), ret_word);
	case CFI_SAME:
	case CFI_UNDEFINED:
	case CFI_IN_LR:
		break;
	}
	return false;
}

static int find_return_addr(const struct cfi_rule *rule, const struct unwind_arch *arch,
			    const struct unwind_memory *memory,
			    const struct cfi_registers *registers, uint64_t cfa,
			    uint64_t *ret_address)
{
	if (rule->return_addr == CFI_UNDEFINED)
		return 1;
	if (rule->return_addr == CFI_IN_LR) {
		if (!registers->has_lr)
			return -ENXIO;
		*ret_address = registers->lr;
	} else if (rule->return_addr == CFI_AT_FP && !registers->has_fp)
		return -ENXIO;
	else if (!read_from((enum cfi_from)rule->return_addr, rule->return_addr_offset, cfa, memory,
			    registers, ret_address))
		return -EFAULT;
	if (rule->is_signed)
		*ret_address &= arch->address_mask;
	return 0;
}

int cfi_rule_apply(const struct cfi_rule *rule, const struct unwind_arch *arch,
		   const struct unwind_memory *memory, struct cfi_registers *registers,
		   uint64_t *ret_cfa)
{
	struct cfi_registers caller = {.is_return = !rule->is_signal};
	uint64_t cfa;
	int result;

	*ret_cfa = 0;
	result = find_cfa(rule, memory, registers, &cfa);
	if (result < 0)
		return result;
	result = find_return_addr(rule, arch, memory, registers, cfa, &caller.pc);
	/* what a signal interrupted may be on another stack */
	if (!rule->is_signal &&
	    !cfi_rule_is_above(arch, registers->pc, registers->sp, cfa, caller.pc, result))
		return -EBADMSG;
	*ret_cfa = cfa;
	if (result != 0)
		return result;
	caller.sp = cfa;
	/*
	 * Compilers do not say when an epilogue has taken a register back. A slot below sp is one
	 * that was left: the register holds the caller's value again, or still.
	 */
	if (rule->fp == CFI_SAME ||
	    (rule->fp == CFI_AT_CFA && add(cfa, rule->fp_offset) < registers->sp)) {
		caller.fp = registers->fp;
		caller.has_fp = registers->has_fp;
	} else
		caller.has_fp = read_from((enum cfi_from)rule->fp, rule->fp_offset, cfa, memory,
					  registers, &caller.fp);
	*registers = caller;
	return 0;
}
