#include "unwind/frame_pointer.h"

#include <errno.h>

#include "unwind/unwind_memory.h"

/*
 * What fp leads to may be outside of the copy and still in the stack, as far as the default limit
 * of 8 MiB lets it grow (setrlimit(2), RLIMIT_STACK).
 */
#define MAX_STACK_BYTES ((uint64_t)8 << 20)

int frame_pointer_step(const struct unwind_arch *arch, const struct unwind_memory *memory,
		       unwind_find_code_fn find_code, void *arg, struct cfi_registers *registers,
		       uint64_t *ret_cfa)
{
	uint64_t fp = registers->fp, saved_fp, return_addr;
	struct unwind_code code;

	*ret_cfa = 0;
	/*
	 * A caller whose own frame pointer is zero is the outermost (System V ABI AMD64, 3.4.1; so
	 * do Go and aarch64's AAPCS64, 6.4.6). A leaf may use the register for anything.
	 */
	if (registers->has_fp && fp == 0 && registers->is_return)
		return 1;
	if (!registers->has_fp || fp < registers->sp || fp % 8 != 0 ||
	    fp - registers->sp > MAX_STACK_BYTES)
		return -ENXIO;
	if (!unwind_memory_read(memory, fp, &saved_fp) ||
	    !unwind_memory_read(memory, fp + 8, &return_addr)) {
		*ret_cfa = fp + 16;
		return -EFAULT;
	}
	return_addr &= arch->address_mask;
	if (return_addr == 0 && saved_fp == 0) {
		*ret_cfa = fp + 16;
		return 1;
	}
	if (!find_code(arg, return_addr - 1, &code))
		return -ENXIO;
	*ret_cfa = fp + 16;
	*registers = (struct cfi_registers){
		.pc = return_addr,
		.sp = fp + 16,
		.fp = saved_fp,
		.has_fp = true,
		.is_return = true,
	};
	return 0;
}
