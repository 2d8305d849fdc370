/*
 * Finds the separate files with the symbols and debug information of an ELF file (gdb manual,
 * "Debugging Information in Separate Files" and "Debugging Information Using dwz"). What is
 * returned belongs to the file: it has the same build id, or, where there is none, the CRC that the
 * link states. The caller closes it.
 *
 * `path` is where the file was mapped from, `debug_dir` "/usr/lib/debug". Any thread.
 */
#ifndef ELF_ELF_DEBUG_H
#define ELF_ELF_DEBUG_H

#include <stdint.h>

#include "elf/debuginfod.h"
#include "elf/elf_file.h"
#include "util/err.h"

/*
 * The file with the symbols: by build id in debug_dir/.build-id, else by debug link beside the
 * file, in .debug/ beside it, or under its path in debug_dir. -ENOENT when there is none.
 */
int elf_debug_open(struct elf_file **ret_debug, const struct elf_file *file, const char *path,
		   const char *debug_dir, struct err *err);

/*
 * The file into which dwz moved what several files have in common (.gnu_debugaltlink of `file`,
 * which is the one with the debug information and was opened as `path`): by build id in
 * debug_dir/.build-id, at the name that the link states (relative to the file), or below
 * debug_dir/.dwz. -ENODATA when the file has no such link, -ENOENT when there is no such file.
 */
int elf_debug_open_alternate(struct elf_file **ret_alternate, struct elf_file *file,
			     const char *path, const char *debug_dir, struct err *err);

/*
 * The small ELF file with the symbols of functions that Fedora and others put compressed into
 * stripped ones (.gnu_debugdata). -ENODATA when there is none, -EBADMSG when it is damaged, -EFBIG
 * when it holds more than 256 MiB, or 256 times its size.
 */
int elf_debug_open_mini(struct elf_file **ret_mini, struct elf_file *file, struct err *err);

/*
 * The split debug information of all units of the file in one package: PATH.dwp. -ENOENT without
 * one. Whether it has a unit, its index tells by the unit's id.
 */
int elf_debug_open_package(struct elf_file **ret_package, const char *path, struct err *err);

/*
 * The split debug information of one unit: `dwo_name` in `comp_dir` (as the unit states them), else
 * its last part beside `path`. -ENOENT without one. The reader compares the id.
 */
int elf_debug_open_dwo(struct elf_file **ret_dwo, const char *dwo_name, const char *comp_dir,
		       const char *path, struct err *err);

/*
 * The file with the debug information from a debuginfod server, see debuginfod_fetch(). -ENODATA
 * when `file` has no build id.
 */
int elf_debug_fetch(struct elf_file **ret_debug, const struct elf_file *file, uint64_t deadline_ns,
		    debuginfod_cancel_fn is_cancelled, void *arg, struct err *err);

#endif
