/*
 * The vdso: code that the kernel maps into every process, the same for all processes of one
 * architecture. Hence this process's own copy answers for the others'.
 */
#ifndef SYMBOL_VDSO_H
#define SYMBOL_VDSO_H

#include "elf/elf_image.h"
#include "util/err.h"

/* Borrows memory that stays for the life of the process. -ENOENT when this process has no vdso. */
int vdso_read_image(struct elf_image *ret_image, struct err *err);

#endif
