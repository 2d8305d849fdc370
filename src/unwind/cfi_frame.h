/*
 * One frame up with all registers, by the call frame program itself: the unwinder's slow path, and
 * what its tables are tested against.
 */
#ifndef UNWIND_CFI_FRAME_H
#define UNWIND_CFI_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/cfi_program.h"
#include "unwind/unwinder.h"

/*
 * `fde` holds the svma `lookup_svma`; `registers` become the caller's. Returns and *ret_cfa as of
 * cfi_rule_apply(). A register that cannot be recovered is not known any more, and no error, unless
 * it is the return address. On errors `registers` are unchanged.
 */
int cfi_frame_step(struct cfi_program *program, const struct cfi_fde *fde, uint64_t lookup_svma,
		   uint64_t bias, const struct unwind_memory *memory,
		   struct unwind_registers *registers, uint64_t *ret_cfa);

#endif
