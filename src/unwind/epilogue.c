#include "unwind/epilogue.h"

#include <errno.h>

#include "unwind/unwind_memory.h"

/* What the code at an address does to the stack until it returns. */
struct epilogue {
	uint32_t freed_bytes;
	bool has_pop; /* of rbp, then */
};

/* Instruction formats: Intel SDM, volume 2: ADD r/m64 imm8 and imm32, POP r64, RET. */
static bool decode(const struct unwind_memory *memory, uint64_t pc, struct epilogue *ret_epilogue)
{
	struct epilogue epilogue = {0};
	uint64_t word, rest;

	if (!unwind_memory_read(memory, pc, &word))
		return false;
	if ((word & 0xffffff) == 0xc48348) {
		epilogue.freed_bytes = (uint32_t)(word >> 24 & 0xff);
		rest = word >> 32;
		if (epilogue.freed_bytes > 0x7f)
			return false;
	} else if ((word & 0xffffff) == 0xc48148) {
		epilogue.freed_bytes = (uint32_t)(word >> 24);
		if (epilogue.freed_bytes > INT32_MAX || !unwind_memory_read(memory, pc + 7, &rest))
			return false;
	} else {
		rest = word;
	}
	epilogue.has_pop = (rest & 0xff) == 0x5d;
	if (epilogue.has_pop)
		rest >>= 8;
	*ret_epilogue = epilogue;
	return (rest & 0xff) == 0xc3;
}

int epilogue_step(enum cfi_arch arch, const struct unwind_memory *memory,
		  unwind_find_code_fn find_code, void *arg, struct cfi_registers *registers,
		  uint64_t *ret_cfa)
{
	struct cfi_registers caller = {.has_fp = registers->has_fp, .fp = registers->fp};
	struct unwind_code code;
	struct epilogue epilogue;
	uint64_t at;

	*ret_cfa = 0;
	if (arch != CFI_X86_64 || !registers->is_return ||
	    !decode(memory, registers->pc, &epilogue))
		return -ENXIO;
	at = registers->sp + epilogue.freed_bytes;
	*ret_cfa = at + (epilogue.has_pop ? 16 : 8);
	if (*ret_cfa <= registers->sp)
		return -ENXIO;
	if ((epilogue.has_pop && !unwind_memory_read(memory, at, &caller.fp)) ||
	    !unwind_memory_read(memory, *ret_cfa - 8, &caller.pc))
		return -EFAULT;
	if (caller.pc == 0 || !find_code(arg, caller.pc - 1, &code)) {
		*ret_cfa = 0;
		return -ENXIO;
	}
	caller.has_fp |= epilogue.has_pop;
	caller.sp = *ret_cfa;
	caller.is_return = true;
	*registers = caller;
	return 0;
}
