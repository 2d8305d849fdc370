/*
 * Opens ELF files; elf_debug finds the separate files with their symbols.
 *
 * A file is not mapped: whoever runs `cp` or a linker over a binary that is being profiled
 * truncates it, and reading a mapping past the new end kills the reader (SIGBUS). Nor is it read
 * whole: binaries with debug information have gigabytes. Instead the image's bytes are zeroed
 * memory of the file's size that costs nothing until the parts that somebody asks for are read into
 * it: headers, notes and the debug link on opening, the rest by elf_file_load…(). What is not
 * loaded reads as zeros.
 *
 * One thread at a time per file.
 */
#ifndef ELF_ELF_FILE_H
#define ELF_ELF_FILE_H

#include <stdint.h>

#include "elf/elf_image.h"
#include "util/err.h"
#include "util/scoped.h"

struct elf_file;

/*
 * `dir_fd` may be AT_FDCWD. -EBADMSG for what is no ELF file, -EINVAL for what is no regular file
 * (never blocks on a fifo), -EFBIG beyond 16 GiB, or open's errno.
 */
int elf_file_open(struct elf_file **ret_file, int dir_fd, const char *path, struct err *err);

/*
 * The same from a descriptor that is open for reading, e.g. of /proc/PID/map_files/… or below
 * /proc/PID/root; it is duplicated and stays the caller's. `name` is for error sentences and
 * copied.
 */
int elf_file_open_fd(struct elf_file **ret_file, int fd, const char *name, struct err *err);

void elf_file_close(struct elf_file *file); /* NULL accepted */
SCOPED_POINTER(elf_file, elf_file_close)

/* Borrows from the file. */
const struct elf_image *elf_file_get_image(const struct elf_file *file);

/*
 * Makes a range of the file readable through the image. -EBADMSG when the file ends before it (it
 * was replaced while it was read), -EFBIG when more than 512 MiB of one file would be held.
 */
int elf_file_load(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err);

/*
 * Loads what symbol/ reads: symbol tables and their names, relocations and the PLT. -ESTALE when
 * the file was overwritten since it was opened.
 */
int elf_file_load_symbols(struct elf_file *file, struct err *err);

/* What was given as path or name. Borrows from the file. */
const char *elf_file_get_name(const struct elf_file *file);

/*
 * Reads past the image, for a checksum over all of it: how many bytes (at most INT_MAX), 0 at the
 * end, or -errno.
 */
int elf_file_read(const struct elf_file *file, uint64_t file_offset, void *ret_bytes, size_t size);

#endif
