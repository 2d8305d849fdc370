#include "unwind/unwinder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/cfi_frame.h"
#include "unwind/cfi_rule.h"
#include "unwind/epilogue.h"
#include "unwind/frame_pointer.h"
#include "unwind/signal_frame.h"
#include "unwind/unwind_arch.h"
#include "util/alloc.h"

enum { CACHE_BITS = 11, ADDRESS_BITS = 48 };

/* What is known of an address. Profiles see the same few thousand again and again. */
struct cached {
	uint64_t key; /* lookup_addr, and the generation above ADDRESS_BITS */
	uint64_t function;
	struct cfi_rule rule;
};

struct unwinder {
	enum cfi_arch arch_number;
	const struct unwind_arch *arch;
	unwind_find_code_fn find_code;
	void *arg;
	uint16_t generation; /* of what is valid in the cache; never 0 */
	struct cached uncached;
	struct cfi_program program;
	struct cached cache[1 << CACHE_BITS];
};

/* A stack while it is unwound. */
struct walk {
	struct unwinder *unwinder;
	const struct unwind_memory *memory;
	uint32_t depth; /* of the frame that `registers` are of, leaf 0 */
	struct cfi_registers registers;
	/*
	 * All registers, of a frame that is `depth` or lower: they are brought up from the leaf
	 * only when a rule needs them
	 */
	struct unwind_registers all;
	uint32_t all_depth;
	bool all_is_return; /* all's pc is a return address */
};

struct unwinder *unwinder_new(enum cfi_arch arch, unwind_find_code_fn find_code, void *arg)
{
	struct unwinder *unwinder = alloc_new(struct unwinder);

	unwinder->arch_number = arch;
	unwinder->arch = unwind_arch_get(arch);
	unwinder->find_code = find_code;
	unwinder->arg = arg;
	unwinder->generation = 1;
	return unwinder;
}

void unwinder_free(struct unwinder *unwinder)
{
	free(unwinder);
}

void unwinder_forget(struct unwinder *unwinder)
{
	if (++unwinder->generation == 0) {
		memset(unwinder->cache, 0, sizeof(unwinder->cache));
		unwinder->generation = 1;
	}
}

static bool find_rule(struct unwinder *unwinder, uint64_t lookup_addr, struct cached *ret_cached)
{
	static const struct cfi_rule none = {.cfa = CFI_CFA_NONE};
	struct unwind_code code;

	if (!unwinder->find_code(unwinder->arg, lookup_addr, &code))
		return false;
	ret_cached->rule = none;
	ret_cached->function = lookup_addr;
	if (code.table != NULL) {
		uint64_t svma = lookup_addr - code.bias;

		ret_cached->rule = *cfi_table_find(code.table, svma);
		ret_cached->function = cfi_table_get_function(code.table, svma) + code.bias;
	}
	return true;
}

/* NULL when there is no code at the address. Valid until the next call. */
static const struct cached *look_up(struct unwinder *unwinder, uint64_t lookup_addr)
{
	/* multiplicative hashing with 2^64 / golden ratio (Knuth, TAOCP 3, 6.4) */
	uint64_t slot = lookup_addr * 0x9e3779b97f4a7c15u >> (64 - CACHE_BITS);
	uint64_t key = lookup_addr | (uint64_t)unwinder->generation << ADDRESS_BITS;
	struct cached *cached = &unwinder->cache[slot];

	if (lookup_addr >> ADDRESS_BITS != 0)
		return find_rule(unwinder, lookup_addr, &unwinder->uncached) ? &unwinder->uncached
									     : NULL;
	if (cached->key == key)
		return cached;
	cached->key = 0;
	if (!find_rule(unwinder, lookup_addr, cached))
		return NULL;
	cached->key = key;
	return cached;
}

/*
 * A return address that is the first of its function was not pushed by a call: makecontext() and
 * the kernel put it there. That function is what stands on the stack, but its rule is for code that
 * was called, and holds only if it says that this is a root or a signal's return.
 */
static const struct cached *look_up_start(struct unwinder *unwinder, uint64_t pc,
					  const struct cached *before, struct unwind_frame *frame)
{
	const struct cached kept = *before;
	const struct cached *start = look_up(unwinder, pc);

	if (start != NULL && start->function == pc && start->rule.cfa != CFI_CFA_NONE) {
		frame->lookup_addr = frame->function = pc;
		if (start->rule.is_signal || start->rule.return_addr == CFI_UNDEFINED)
			return start;
	}
	unwinder->uncached = kept;
	return &unwinder->uncached;
}

static struct cfi_registers extract_registers(const struct unwind_arch *arch,
					      const struct unwind_registers *all, bool is_return)
{
	return (struct cfi_registers){
		.pc = all->values[arch->pc],
		.sp = all->values[arch->sp],
		.fp = all->values[arch->fp],
		.lr = all->values[arch->return_addr],
		.has_fp = (all->known >> arch->fp & 1) != 0,
		/* a function that has called has its own return address in it */
		.has_lr = arch->has_link_register && !is_return &&
			  (all->known >> arch->return_addr & 1) != 0,
		.is_return = is_return,
	};
}

/*
 * Where there is no call frame information. `registers` and *ret_all become the caller's; results
 * as of cfi_rule_apply(). A signal's frame is known by registers that are not a return's.
 */
static int step_blindly(const struct walk *walk, struct cfi_registers *registers,
			struct unwind_registers *ret_all, uint64_t *ret_cfa)
{
	const struct unwinder *unwinder = walk->unwinder;
	const struct unwind_arch *arch = unwinder->arch;
	int result;

	if (signal_frame_read(unwinder->arch_number, walk->memory, registers->pc, registers->sp,
			      ret_all)) {
		*registers = extract_registers(arch, ret_all, false);
		*ret_cfa = registers->sp;
		return 0;
	}
	result = epilogue_step(unwinder->arch_number, walk->memory, unwinder->find_code,
			       unwinder->arg, registers, ret_cfa);
	if (result == -ENXIO)
		result = frame_pointer_step(arch, walk->memory, unwinder->find_code, unwinder->arg,
					    registers, ret_cfa);
	if (result == 0) {
		ret_all->values[arch->pc] = registers->pc;
		ret_all->values[arch->sp] = registers->sp;
		ret_all->values[arch->fp] = registers->fp;
		ret_all->known = (uint64_t)1 << arch->pc | (uint64_t)1 << arch->sp |
				 (uint64_t)registers->has_fp << arch->fp;
	}
	return result;
}

/* Takes `all` one frame up. */
static int step_all(struct walk *walk, uint64_t *ret_cfa)
{
	struct unwinder *unwinder = walk->unwinder;
	struct cfi_registers registers =
		extract_registers(unwinder->arch, &walk->all, walk->all_is_return);
	uint64_t lookup_addr = registers.pc - registers.is_return;
	struct unwind_code code;
	struct cfi_fde fde = {0};
	int result;

	if (!unwinder->find_code(unwinder->arg, lookup_addr, &code))
		return -EBADMSG;
	if (code.table != NULL && cfi_table_find_fde(code.table, lookup_addr - code.bias, &fde)) {
		cfi_program_init(&unwinder->program);
		result = cfi_frame_step(&unwinder->program, &fde, lookup_addr - code.bias,
					code.bias, walk->memory, &walk->all, ret_cfa);
		registers.is_return = !fde.cie.is_signal;
	} else
		result = step_blindly(walk, &registers, &walk->all, ret_cfa);
	if (result == 0) {
		walk->all_is_return = registers.is_return;
		walk->all_depth++;
	}
	return result;
}

/* A frame that needs more than pc, sp and fp: by all registers, which are brought here first. */
static int step_with_all(struct walk *walk, uint64_t *ret_cfa)
{
	int result = 0;

	while (result == 0 && walk->all_depth <= walk->depth)
		result = step_all(walk, ret_cfa);
	if (result == 0)
		walk->registers =
			extract_registers(walk->unwinder->arch, &walk->all, walk->all_is_return);
	else if (walk->all_depth < walk->depth)
		*ret_cfa = 0; /* of another frame */
	return result;
}

/* One frame up: results as of cfi_rule_apply(). */
static int step(struct walk *walk, const struct cached *cached, struct unwind_frame *frame)
{
	struct unwind_registers unused;
	uint64_t pc = walk->registers.pc;
	int result;

	switch ((enum cfi_cfa)cached->rule.cfa) {
	case CFI_CFA_NONE:
		result = step_blindly(walk, &walk->registers, &unused, &frame->cfa);
		if (result == 0 && !walk->registers.is_return)
			frame->lookup_addr = frame->function = pc; /* nothing was called there */
		return result;
	case CFI_CFA_PROGRAM:
		return step_with_all(walk, &frame->cfa);
	case CFI_CFA_SP:
	case CFI_CFA_FP:
	case CFI_CFA_AT_SP:
	case CFI_CFA_AT_FP:
	case CFI_CFA_PLT:
		break;
	}
	result = cfi_rule_apply(&cached->rule, walk->unwinder->arch, walk->memory, &walk->registers,
				&frame->cfa);
	/* what a frame needs and rules do not follow may still be found */
	return result == -ENXIO ? step_with_all(walk, &frame->cfa) : result;
}

static enum unwind_end find_end(int result, const struct cached *cached)
{
	switch (result) {
	case 1:
		return UNWIND_ROOT;
	case -EFAULT:
		return UNWIND_MEMORY;
	case -ENXIO:
		return cached->rule.cfa == CFI_CFA_NONE ? UNWIND_NO_RULE : UNWIND_REGISTER;
	default:
		return UNWIND_BAD_FRAME;
	}
}

enum unwind_end unwinder_run(struct unwinder *unwinder, const struct unwind_registers *registers,
			     const struct unwind_memory *memory, struct unwind_frame *frames,
			     uint32_t max, uint32_t *ret_count)
{
	struct walk walk;
	enum unwind_end end = UNWIND_DEPTH;

	walk.unwinder = unwinder;
	walk.memory = memory;
	walk.registers = extract_registers(unwinder->arch, registers, false);
	walk.all = *registers;
	walk.all_depth = 0;
	walk.all_is_return = false;
	for (walk.depth = 0; walk.depth < max; walk.depth++) {
		uint64_t lookup_addr = walk.registers.pc - walk.registers.is_return;
		struct unwind_frame *frame = &frames[walk.depth];
		const struct cached *cached = look_up(unwinder, lookup_addr);
		int result;

		*frame = (struct unwind_frame){.lookup_addr = lookup_addr, .function = lookup_addr};
		if (cached == NULL) {
			end = UNWIND_NO_CODE;
			break;
		}
		frame->function = cached->function;
		if (walk.registers.is_return && cached->rule.cfa == CFI_CFA_NONE)
			cached = look_up_start(unwinder, walk.registers.pc, cached, frame);
		/* nothing called a signal's return code: it is the address that has the name */
		if (cached->rule.is_signal)
			frame->lookup_addr = walk.registers.pc;
		result = step(&walk, cached, frame);
		if (result == 0 && walk.registers.pc == 0)
			result = 1;
		if (result != 0) {
			end = find_end(result, cached);
			break;
		}
	}
	*ret_count = walk.depth < max ? walk.depth + 1 : max;
	return end;
}

const char *unwind_end_text(enum unwind_end end)
{
	switch (end) {
	case UNWIND_ROOT:
		return "whole";
	case UNWIND_MEMORY:
		return "the copy of the stack is too short";
	case UNWIND_NO_CODE:
		return "a return address outside of all code";
	case UNWIND_NO_RULE:
		return "no call frame information and no frame pointer";
	case UNWIND_BAD_FRAME:
		return "a frame that cannot be";
	case UNWIND_REGISTER:
		return "a register that is not known is needed";
	case UNWIND_DEPTH:
		return "more frames than are kept";
	}
	return "?";
}
