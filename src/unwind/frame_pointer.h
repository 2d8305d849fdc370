/* One frame up by the frame pointer, where there is no call frame information. */
#ifndef UNWIND_FRAME_POINTER_H
#define UNWIND_FRAME_POINTER_H

#include "unwind/cfi_rule.h"
#include "unwind/unwinder.h"

/*
 * fp points to the caller's fp, and above that is the return address: on x86-64 (System V ABI
 * AMD64, 3.2.2) as on aarch64 (Procedure Call Standard, 6.4.6). Nothing obliges code to do so,
 * hence it is believed only when fp is above sp, aligned, and leads to an address that `find_code`
 * knows; what the caller's fp is worth shows when it is needed, for the caller may be code that
 * keeps something else in it. A record of two zeros is the end of the chain.
 *
 * Returns and *ret_cfa as of cfi_rule_apply(); -ENXIO also when what is there is not to be
 * believed, -EFAULT when it cannot be read and may well be a frame.
 */
int frame_pointer_step(const struct unwind_arch *arch, const struct unwind_memory *memory,
		       unwind_find_code_fn find_code, void *arg, struct cfi_registers *registers,
		       uint64_t *ret_cfa);

#endif
