/*
 * The functions of one ELF file, sorted for lookup. Taken in: STT_FUNC, STT_GNU_IFUNC, and untyped
 * symbols in executable sections (assembly). Of several names for one address the one that a reader
 * knows best stays: with a size before without, global before local before weak, fewer leading
 * underscores, the longer name. A symbol without a size reaches to the next symbol or the end of
 * its section, and is left out inside another function (a label).
 *
 * x86-64: PLT stubs carry the name of the function that they jump to.
 */
#ifndef SYMBOL_ELF_SYMBOLS_H
#define SYMBOL_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/elf_image.h"
#include "util/scoped.h"

struct elf_symbols;

struct elf_function {
	/* mangled, as in the file ("memcpy@@GLIBC_2.14"); borrows from the image */
	const char *name;
	uint64_t svma, size;
	bool is_plt; /* a stub that jumps to `name` */
};

/*
 * From .symtab, else .dynsym. `debug` may be NULL or the image of the separate file with the
 * symbols (.gnu_debugdata too, which leaves out what .dynsym has), whose .symtab is used with the
 * .dynsym of `image`. Both images' bytes must outlive the table. Never fails; a file without
 * symbols makes an empty table.
 */
struct elf_symbols *elf_symbols_new(const struct elf_image *image, const struct elf_image *debug);
void elf_symbols_free(struct elf_symbols *symbols); /* NULL accepted */
SCOPED_POINTER(elf_symbols, elf_symbols_free)

size_t elf_symbols_get_count(const struct elf_symbols *symbols);

/* The function around the address; false when there is none. */
bool elf_symbols_find(const struct elf_symbols *symbols, uint64_t lookup_addr,
		      struct elf_function *ret_function);

/*
 * Whether `name` is one of the names that the file has for the address where the function starts;
 * versions ("@@GLIBC_2.14") do not count.
 */
bool elf_symbols_has_name(const struct elf_symbols *symbols, const struct elf_function *function,
			  const char *name);

#endif
