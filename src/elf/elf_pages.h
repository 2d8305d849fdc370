/*
 * The bytes of a file in memory of our own, read page by page when somebody asks for them: what
 * elf_file's image looks at. Any thread.
 */
#ifndef ELF_ELF_PAGES_H
#define ELF_ELF_PAGES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "util/err.h"

enum { ELF_PAGES_LOCK_COUNT = 16 };

struct elf_pages {
	uint8_t *bytes; /* as long as the file, zero where nothing was loaded */
	size_t length;
	int fd;			       /* -1: all bytes are there, and were allocated */
	const char *name;	       /* borrowed, for error sentences */
	struct timespec changed;       /* st_mtim when it was opened */
	_Atomic uint64_t *loaded;      /* a bit a page, 64 of them (256 KiB) a word */
	_Atomic uint64_t memory_bytes; /* held, of the file and of what was made of it */
	pthread_mutex_t locks[ELF_PAGES_LOCK_COUNT]; /* words by number modulo their count */
};

/*
 * Takes the descriptor. -EINVAL for what is no regular file, -EFBIG beyond 16 GiB. Must be closed,
 * also when it fails.
 */
int elf_pages_open(struct elf_pages *pages, int fd, const char *name, struct err *err);

/* Takes the bytes (free()), which are all there is. */
void elf_pages_open_take(struct elf_pages *pages, uint8_t *bytes, size_t length, const char *name);

void elf_pages_close(struct elf_pages *pages);

/* As elf_file_load(). */
int elf_pages_load(struct elf_pages *pages, uint64_t file_offset, uint64_t size, struct err *err);

/* Past the memory: how many bytes (at most INT_MAX), 0 at the end, or -errno. */
int elf_pages_read(const struct elf_pages *pages, uint64_t file_offset, void *ret_bytes,
		   size_t size);

/* -ESTALE when the file was overwritten since it was opened. */
int elf_pages_check_unchanged(const struct elf_pages *pages, struct err *err);

/*
 * Zeroed memory that counts as this file's, e.g. for an uncompressed section; munmap() it.
 * -EFBIG when the file would hold too much.
 */
int elf_pages_map(struct elf_pages *pages, uint64_t size, uint8_t **ret_bytes, struct err *err);
void elf_pages_unmap(struct elf_pages *pages, uint8_t *bytes, uint64_t size);

#endif
