/* Uncompresses .xz data in memory (.gnu_debugdata). Pure; any thread. */
#ifndef ELF_ELF_XZ_H
#define ELF_ELF_XZ_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strbuf.h"

/*
 * Appends to `ret_bytes`, at most up to its maximum: -EFBIG beyond. -EBADMSG when the data is
 * damaged or cut; the check that it carries must be right.
 */
int elf_xz_decode(struct strbuf *ret_bytes, const uint8_t *bytes, size_t length, struct err *err);

#endif
