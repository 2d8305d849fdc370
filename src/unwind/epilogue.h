/*
 * One frame up where there is no call frame information, but the code behind the call gives it
 * away: generated trampolines (CPython's -X perf: asm_trampoline.S) return at once, and what they
 * take off the stack before is where their return address is.
 */
#ifndef UNWIND_EPILOGUE_H
#define UNWIND_EPILOGUE_H

#include "unwind/cfi_rule.h"
#include "unwind/unwinder.h"

/*
 * x86-64: an optional add $n, %rsp, an optional pop %rbp, and a ret, at the address that a call
 * returns to. Needs a memory.read that reads code. Returns and *ret_cfa as of cfi_rule_apply():
 * -ENXIO when there is something else, -EFAULT when the stack there was not copied.
 */
int epilogue_step(enum cfi_arch arch, const struct unwind_memory *memory,
		  unwind_find_code_fn find_code, void *arg, struct cfi_registers *registers,
		  uint64_t *ret_cfa);

#endif
