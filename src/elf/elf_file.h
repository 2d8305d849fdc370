/*
 * Opens ELF files; elf_debug finds the separate files with their symbols.
 *
 * A file is not mapped: whoever runs `cp` or a linker over a binary that is being profiled
 * truncates it, and reading a mapping past the new end kills the reader (SIGBUS). Nor is it read
 * whole: binaries with debug information have gigabytes. Instead the image's bytes are zeroed
 * memory of the file's size that costs nothing until the parts that somebody asks for are read into
 * it, page by page: headers, notes and the debug link on opening, the rest by elf_file_load…() and
 * elf_file_get_section(). What is not loaded reads as zeros; what is loaded never changes again.
 *
 * Any thread may use a file at any time between open and close; a page is read once.
 *
 * All that is held of one file, uncompressed sections included, is at most 4 GiB.
 */
#ifndef ELF_ELF_FILE_H
#define ELF_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
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
 * An ELF file that is in memory already; takes `bytes` (free()), also when it fails. `name` is for
 * error sentences and copied.
 */
int elf_file_open_take(struct elf_file **ret_file, uint8_t *bytes, size_t length, const char *name,
		       struct err *err);

/*
 * Makes a range of the file readable through the image: whole pages are read, each once; for a
 * range that is there it costs a look at a bit per page. -EBADMSG when the file ends before it,
 * -ESTALE when it was overwritten since it was opened, -EFBIG when more than 4 GiB of one file
 * would be held.
 */
int elf_file_load(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err);

/*
 * Loads what symbol/ reads: symbol tables and their names, relocations and the PLT. -ESTALE when
 * the file was overwritten since it was opened.
 */
int elf_file_load_symbols(struct elf_file *file, struct err *err);

/* The contents of a section, uncompressed; borrows from the file. */
struct elf_bytes {
	const uint8_t *bytes;
	uint64_t size;
	uint64_t svma;	      /* 0 = not in memory when the program runs */
	uint64_t file_offset; /* of `bytes`, unless is_loaded */
	bool is_loaded;	      /* all of it is readable */
};

/*
 * A section by name, readable as a whole. ".debug_info" also finds a compressed one (gABI's
 * SHF_COMPRESSED with zlib or zstd, and ".zdebug_info"), which is uncompressed once. -ENOENT
 * without such a section, or without contents (a separate file's .text); -EBADMSG when it is
 * damaged or states a size that no compressor reaches; -ENOTSUP for another compression and for
 * sections of object files (ET_REL) whose relocations would have to be applied; else as
 * elf_file_load().
 */
int elf_file_get_section(struct elf_file *file, const char *name, struct elf_bytes *ret_section,
			 struct err *err);

/*
 * The same, but one that is not compressed is not read: elf_file_load_section() makes those ranges
 * of it readable that are needed.
 */
int elf_file_reserve_section(struct elf_file *file, const char *name, struct elf_bytes *ret_section,
			     struct err *err);

/*
 * [offset, +size) of a section from elf_file_reserve_section(). -EBADMSG for a range that is not
 * inside; else as elf_file_load().
 */
int elf_file_load_section(struct elf_file *file, const struct elf_bytes *section, uint64_t offset,
			  uint64_t size, struct err *err);

/* Bytes of memory that the file holds: pages that were read and uncompressed sections. */
uint64_t elf_file_get_memory_bytes(const struct elf_file *file);

/* What was given as path or name. Borrows from the file. */
const char *elf_file_get_name(const struct elf_file *file);

/*
 * Reads past the image, for a checksum over all of it: how many bytes (at most INT_MAX), 0 at the
 * end, or -errno.
 */
int elf_file_read(const struct elf_file *file, uint64_t file_offset, void *ret_bytes, size_t size);

#endif
