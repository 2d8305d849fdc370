/*
 * elf/ reads ELF files: what unwind/ and symbol/ both need of them. elf_image is the pure half: it
 * looks at (bytes, length) and neither copies nor owns. elf_file is the other half and alone opens
 * files.
 *
 * ELF64 and ELF32, little endian. The bytes are not trusted: nothing outside them is ever read,
 * every count is limited by what fits in the file, and what is missing or points elsewhere
 * (stripped, cut or damaged files) is simply not found. Everything returned borrows from the
 * image's bytes. An image never changes after parsing: any number of threads may read it.
 *
 * Format: System V ABI, chapters 4 and 5; note and debug link layout: binutils' and gdb's manuals.
 */
#ifndef ELF_ELF_IMAGE_H
#define ELF_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum {
	ELF_BUILD_ID_BYTES = 20, /* SHA-1, what ld and lld write; longer ids are cut to this */
	/*
	 * More is not looked at: real files have tens, and a damaged one must not keep us busy for
	 * minutes.
	 */
	ELF_MAX_SEGMENTS = 1 << 16,
	ELF_MAX_SECTIONS = 1 << 20,
	ELF_MAX_NOTES = 64, /* note segments and sections together */
	ELF_MAX_NOTE_BYTES = 65536,
};

struct elf_image {
	const uint8_t *bytes;
	size_t length;
	bool is_64;
	uint16_t type;	     /* ET_EXEC, ET_DYN, … */
	uint16_t machine;    /* EM_X86_64, … */
	uint64_t entry_svma; /* 0 = none */
	uint32_t segment_count, section_count;
	uint64_t segments_file_offset, sections_file_offset;
	uint32_t names_section; /* number of the section with the sections' names, 0 = none */
	const char *names;	/* its contents, NULL = none; ends with a NUL */
	uint64_t names_bytes;
};

struct elf_segment {
	uint32_t type, flags; /* PT_LOAD, …; PF_X, … */
	uint64_t file_offset, file_bytes;
	uint64_t svma, memory_bytes;
	uint64_t alignment;
};

struct elf_section {
	const char *name; /* "" when there is none */
	uint32_t index;
	uint32_t type, link, info; /* SHT_PROGBITS, … */
	uint64_t flags;		   /* SHF_EXECINSTR, … */
	uint64_t svma, file_offset, size, entry_bytes;
};

struct elf_symbol_table {
	const struct elf_image *image;
	uint64_t file_offset;
	uint32_t count;
	const char *names; /* ends with a NUL */
	uint64_t names_bytes;
};

struct elf_symbol {
	const char *name;
	uint64_t svma, size;
	uint8_t type, binding; /* STT_FUNC, …; STB_GLOBAL, … */
	uint16_t section;      /* SHN_UNDEF = defined elsewhere */
};

/*
 * -EBADMSG when this is not an ELF file that sonde can read; the sentence says why. `bytes` must
 * outlive the image.
 */
int elf_image_parse(struct elf_image *ret_image, const void *bytes, size_t length, struct err *err);

/* The bytes [file_offset, +size), or NULL when they are not all inside the file. */
const uint8_t *elf_image_find_bytes(const struct elf_image *image, uint64_t file_offset,
				    uint64_t size);

/* Segments (program headers) and sections by number below segment_count and section_count. */
void elf_image_get_segment(const struct elf_image *image, uint32_t index,
			   struct elf_segment *ret_segment);
void elf_image_get_section(const struct elf_image *image, uint32_t index,
			   struct elf_section *ret_section);

/* The first section of that name; of that type (SHT_SYMTAB, …). False when there is none. */
bool elf_image_find_section(const struct elf_image *image, const char *name,
			    struct elf_section *ret_section);
bool elf_image_find_section_type(const struct elf_image *image, uint32_t type,
				 struct elf_section *ret_section);

/* The GNU build id from the notes; false when the file has none. */
bool elf_image_find_build_id(const struct elf_image *image, uint8_t ret_id[ELF_BUILD_ID_BYTES],
			     uint8_t *ret_length);

/*
 * Where the linker put the byte at `file_offset` of an executable segment; false when it is in
 * none.
 */
bool elf_image_file_offset_to_svma(const struct elf_image *image, uint64_t file_offset,
				   uint64_t *ret_svma);

/*
 * The reverse, for code and data: where the file has the byte that is at `svma` in memory; false
 * for what is in no segment, or only zeros in memory (.bss).
 */
bool elf_image_svma_to_file_offset(const struct elf_image *image, uint64_t svma,
				   uint64_t *ret_file_offset);

/* The loaded segment, or section, that holds the byte at `svma` in memory; false without one. */
bool elf_image_find_segment_at(const struct elf_image *image, uint64_t svma,
			       struct elf_segment *ret_segment);
bool elf_image_find_section_at(const struct elf_image *image, uint64_t svma,
			       struct elf_section *ret_section);

/*
 * Whether it was built with AddressSanitizer, Memory-, Thread- or UndefinedBehaviorSanitizer, as
 * its symbols tell (they must be loaded). Timings of such a program are not those of the real one.
 */
bool elf_image_is_sanitized(const struct elf_image *image);

/* .gnu_debuglink: the base name of the file with the symbols, and the CRC-32 of that whole file. */
bool elf_image_find_debuglink(const struct elf_image *image, const char **ret_name,
			      uint32_t *ret_crc);

/*
 * SHT_SYMTAB (all symbols, removed by strip) or SHT_DYNSYM (those that dynamic linking needs);
 * false without one.
 */
bool elf_image_find_symbol_table(const struct elf_image *image, uint32_t section_type,
				 struct elf_symbol_table *ret_table);

/* Symbol `index` below table->count. False when its name lies outside of the names. */
bool elf_image_find_symbol(const struct elf_symbol_table *table, uint32_t index,
			   struct elf_symbol *ret_symbol);

#endif
