/*
 * Evaluates the DWARF expressions of call frame information (DWARF 5, 2.5 and 6.4.2): what a
 * location list may hold beyond (objects, calls, registers as places) makes no sense there and is
 * refused. Not trusted: stack, steps and jumps are bounded.
 */
#ifndef UNWIND_CFI_EXPRESSION_H
#define UNWIND_CFI_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "unwind/unwinder.h"

enum {
	CFI_EXPRESSION_MAX_STACK = 64,
	CFI_EXPRESSION_MAX_STEPS = 1000,
};

struct cfi_expression_input {
	const struct unwind_registers *registers; /* of the callee */
	const struct unwind_memory *memory;
	uint64_t bias;	     /* avma - svma: for addresses in the expression */
	const uint64_t *cfa; /* what the stack begins with; NULL = empty (the CFA's own) */
};

/*
 * 0; -EBADMSG for what is no expression, -ENXIO when a register is not known, -EFAULT when memory
 * cannot be read.
 */
int cfi_expression_evaluate(const uint8_t *bytes, size_t size,
			    const struct cfi_expression_input *input, uint64_t *ret_value);

#endif
