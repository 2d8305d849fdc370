/* Makes the bytes of cfi_layout.h from the sections: one pass over all programs. */
#ifndef UNWIND_CFI_COMPILER_H
#define UNWIND_CFI_COMPILER_H

#include <stddef.h>

#include "unwind/cfi_table.h"
#include "util/err.h"

/*
 * The caller frees *ret_bytes. Errors as of cfi_table_new(). Where functions overlap, the one that
 * begins later has the address; of two that begin at one address .eh_frame's.
 */
int cfi_compiler_run(void **ret_bytes, size_t *ret_length, const struct cfi_sections *sections,
		     struct err *err);

#endif
