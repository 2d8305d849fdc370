/*
 * What the compiler wrote down about addresses: functions, what was inlined into them, source
 * lines. DWARF 2 to 5, 32 and 64 bit, split (dwo, dwp), with the common parts of dwz in a second
 * file.
 *
 * Made for a profile: a few thousand hot addresses of a binary with hundreds of megabytes of debug
 * information, answered once, fast, with little memory. Units are found by .debug_aranges or by
 * their first DIE, only units with a hot address are read any further, each once, by one of
 * several threads; of its DIEs only those whose ranges hold a hot address are looked into. Nothing
 * is indexed that nobody asked for.
 *
 * Pure: bytes in, through `load`, which makes ranges of a section readable (elf_file_load()).
 * Nothing is trusted.
 *
 * Format: DWARF 5 (dwarfstd.org), and 2 to 4; GNU extensions of split DWARF and dwz as binutils
 * reads them.
 */
#ifndef SYMBOL_DWARF_H
#define SYMBOL_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/scoped.h"

enum dwarf_section_kind {
	DWARF_INFO,
	DWARF_TYPES,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_LINE,
	DWARF_LINE_STR,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_ADDR,
	DWARF_STR_OFFSETS,
	DWARF_ARANGES,
	DWARF_CU_INDEX, /* of a dwp */
	DWARF_SECTION_COUNT,
};

struct dwarf_section {
	const uint8_t *bytes; /* NULL = the file has none */
	uint64_t size;
};

/*
 * The sections of one file (uncompressed). `load` makes [offset, +size) of a section readable, from
 * any thread; NULL = all of them are. Negative errno: treated as damaged there.
 */
struct dwarf_file {
	struct dwarf_section sections[DWARF_SECTION_COUNT];
	int (*load)(void *arg, enum dwarf_section_kind kind, uint64_t offset, uint64_t size);
	void *arg;
};

struct dwarf_input {
	struct dwarf_file main;
	const struct dwarf_file *alternate; /* dwz's common file (.gnu_debugaltlink); NULL = none */
	const struct dwarf_file *package;   /* the .dwp beside the file; NULL = none */
	/*
	 * Opens the .dwo that a skeleton unit names (comp_dir may be ""), from any thread; what it
	 * returns must live as long as the dwarf. NULL, or returning NULL: the unit has lines, but
	 * no inlined functions, and counts as missing.
	 */
	const struct dwarf_file *(*open_dwo)(void *arg, const char *dwo_name, const char *comp_dir,
					     uint64_t dwo_id);
	void *arg;
};

struct dwarf;

/*
 * One function at an address: the innermost inlined first, last the one that has code of its own.
 */
struct dwarf_frame {
	/*
	 * the linkage name (mangled) if there is one, else the name qualified by its namespaces and
	 * classes ("ns::cls::name", from a language without linkage names); "" = unknown
	 */
	const char *function;
	/*
	 * of the frame: where it runs, or calls the next inner one. As the line table has it: an
	 * absolute path where the compiler gave a directory; "" = unknown
	 */
	const char *file;
	uint32_t line, column;	      /* 0 = unknown */
	const char *declaration_file; /* of the function; "" = unknown */
	uint32_t declaration_line;    /* 0 = unknown */
};

struct dwarf_place {
	const struct dwarf_frame *frames;
	uint32_t frame_count;		       /* 0 = no unit knows the address */
	uint64_t function_svma, function_size; /* of the outermost; 0 = unknown */
};

/* Reads headers only. -ENODATA without .debug_info (or with none that is readable). */
int dwarf_new(struct dwarf **ret_dwarf, const struct dwarf_input *input, struct err *err);
void dwarf_free(struct dwarf *dwarf); /* NULL accepted */
SCOPED_POINTER(dwarf, dwarf_free)

/*
 * Answers all addresses at once: `svmas` ascending, ret_places in the same order, on up to
 * `thread_count` threads (the caller's included). Frames and texts live in `arena`.
 */
void dwarf_find(struct dwarf *dwarf, const uint64_t *svmas, size_t count,
		struct dwarf_place *ret_places, struct arena *arena, uint32_t thread_count);

/* The line rows of a stretch of code, for annotate: ascending, in `arena`. */
struct dwarf_line {
	uint64_t svma;
	const char *file; /* "" = unknown */
	uint32_t line;
};
void dwarf_get_lines(struct dwarf *dwarf, uint64_t svma, uint64_t size, struct arena *arena,
		     const struct dwarf_line **ret_lines, size_t *ret_count);

/* What is known of the hot units after dwarf_find(): whether optimised, the compiler's words. */
struct dwarf_build {
	const char *producer; /* "GNU C17 12.2.0 -O2 …" of the unit with most addresses; "" */
	uint32_t unit_count, unit_count_unoptimized, unit_count_sanitized; /* hot ones */
	uint32_t missing_dwo_count, damaged_count;
};
void dwarf_get_build(const struct dwarf *dwarf, struct dwarf_build *ret_build);

#endif
