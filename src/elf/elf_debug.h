/* Finds the separate file with the symbols of a stripped one. */
#ifndef ELF_ELF_DEBUG_H
#define ELF_ELF_DEBUG_H

#include "elf/elf_file.h"
#include "util/err.h"

/*
 * The file with the symbols of `file`, which was mapped as `path`, below `debug_dir`
 * ("/usr/lib/debug"): by build id in debug_dir/.build-id, else by debug link beside it, in .debug/
 * beside it, or under its path in debug_dir (gdb manual, "Debugging Information in Separate
 * Files"). What is found has the same build id or the CRC that the link states. -ENOENT when there
 * is none. The caller closes it.
 */
int elf_debug_open(struct elf_file **ret_debug, const struct elf_file *file, const char *path,
		   const char *debug_dir, struct err *err);

#endif
