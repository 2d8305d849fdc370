/*
 * Compressed sections: gABI's SHF_COMPRESSED (zlib, zstd) and GNU's older ".zdebug_…". Pure: reads
 * through a callback, writes into the caller's memory. Any thread.
 */
#ifndef ELF_ELF_COMPRESSED_H
#define ELF_ELF_COMPRESSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum elf_compression { ELF_COMPRESSION_ZLIB, ELF_COMPRESSION_ZSTD };

enum { ELF_COMPRESSED_HEADER_BYTES = 24 }; /* the longest of the three kinds */

struct elf_compressed {
	enum elf_compression compression;
	uint32_t header_bytes; /* before the stream */
	uint64_t size;	       /* when uncompressed */
	uint64_t stream_bytes;
};

/*
 * Reads the header at the start of a section of `section_bytes`, of which `header` has the first
 * ELF_COMPRESSED_HEADER_BYTES, or all. `is_zdebug`: GNU's kind, else Elf64_Chdr or Elf32_Chdr.
 * -EBADMSG for a cut header and for a size that such a stream cannot have: sections of more than 1
 * MiB that would grow by more than 256; -ENOTSUP for another compression.
 */
int elf_compressed_decode_header(struct elf_compressed *ret_compressed, bool is_zdebug, bool is_64,
				 const uint8_t *header, uint64_t section_bytes, struct err *err);

/* Up to `size` bytes at `offset` of the stream: how many, 0 at the end, or -errno. */
typedef int (*elf_compressed_read_fn)(void *arg, uint64_t offset, void *ret_bytes, size_t size);

/*
 * Writes exactly compressed->size bytes. -EBADMSG when the stream is damaged, or makes fewer or
 * more.
 */
int elf_compressed_decode(const struct elf_compressed *compressed, elf_compressed_read_fn read,
			  void *arg, uint8_t *ret_bytes, struct err *err);

#endif
