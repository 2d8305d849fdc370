/*
 * The DWARF of an ELF file, with all that belongs to it: sections by name, the common parts of dwz,
 * split units (dwo, dwp). Hands dwarf.h the bytes.
 */
#ifndef SYMBOL_DEBUG_INFO_H
#define SYMBOL_DEBUG_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/elf_file.h"
#include "symbol/dwarf.h"
#include "util/err.h"
#include "util/scoped.h"

struct debug_info;

/* Whether the file has DWARF about code, compressed or not. */
bool debug_info_exists(const struct elf_image *image);

/*
 * `file` is the one with .debug_info, the program's own or its separate one; it must outlive this.
 * `path` is where the program was mapped from, `debug_dir` as in elf_debug.h; both are copied.
 * Opens the files beside it, reads no DWARF yet.
 */
struct debug_info *debug_info_new(struct elf_file *file, const char *path, const char *debug_dir);
void debug_info_free(struct debug_info *info); /* NULL accepted */
SCOPED_POINTER(debug_info, debug_info_free)

/* dwz's common file and the .dwp; NULL = there is none. */
const struct elf_file *debug_info_get_alternate(const struct debug_info *info);
const struct elf_file *debug_info_get_package(const struct debug_info *info);

/*
 * The reader, made when it is first asked for; NULL when the DWARF cannot be read, with the
 * sentence then. One thread at a time.
 */
struct dwarf *debug_info_get_dwarf(struct debug_info *info, struct err *err);

#endif
