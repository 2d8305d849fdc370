/*
 * PLT stubs of x86-64: little jumps through the global offset table, without symbols of their own.
 * Each is read to find the slot that it jumps through; the relocation of that slot names the
 * function. This holds for every linker's layout (.plt, .plt.sec, .plt.got), as no order of stubs
 * is assumed.
 */
#ifndef SYMBOL_ELF_PLT_H
#define SYMBOL_ELF_PLT_H

#include <stdint.h>

#include "elf/elf_image.h"

/* Called for each named stub; `name` borrows from the image. */
typedef void (*elf_plt_stub_fn)(void *context, const char *name, uint64_t svma, uint64_t size);

/* Other machines than x86-64 have none for us. */
void elf_plt_read(const struct elf_image *image, elf_plt_stub_fn add_stub, void *context);

#endif
