/* What differs between processors: which DWARF register is which, and what a callee keeps. */
#ifndef UNWIND_UNWIND_ARCH_H
#define UNWIND_UNWIND_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/cfi_table.h"

struct unwind_arch {
	uint8_t sp, fp, pc;
	uint8_t return_addr; /* the column of the return address: x86-64's rip, aarch64's lr */
	/* aarch64: the return address is in a register when a function begins */
	bool has_link_register;
	/* set of registers that hold the caller's values when nothing is said */
	uint64_t preserved;
	/*
	 * of an address in user space: what remains when an authentication code or a tag has been
	 * taken off (DWARF for the ARM 64-bit Architecture, 4.1)
	 */
	uint64_t address_mask;
};

/* Static. */
const struct unwind_arch *unwind_arch_get(enum cfi_arch arch);

#endif
