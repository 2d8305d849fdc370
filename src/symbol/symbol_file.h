/*
 * The names, inlined functions and lines of one ELF file, out of itself and the separate files that
 * belong to it, whichever of them are there (symbolizer.h has the order).
 *
 * One thread at a time per file; several files at a time.
 */
#ifndef SYMBOL_SYMBOL_FILE_H
#define SYMBOL_SYMBOL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "symbol/symbol_answers.h"
#include "symbol/symbolizer.h"
#include "util/err.h"
#include "util/scoped.h"
#include "util/strbuf.h"

struct symbol_file;

struct symbol_file_config {
	const char *path;
	int fd;			 /* -1 = open `path` */
	const uint8_t *build_id; /* what ran */
	uint8_t build_id_length; /* 0 = not known: not checked */
	const char *debug_dir;
	bool has_lines;
	uint64_t deadline_ns; /* for debuginfod servers, CLOCK_MONOTONIC; 0 = never ask */
};

/*
 * Opens what there is and reads headers. -ESTALE when the file is not the one that ran; else as
 * elf_file_open(). The texts of the configuration are copied.
 */
int symbol_file_open(struct symbol_file **ret_file, const struct symbol_file_config *config,
		     struct err *err);
void symbol_file_close(struct symbol_file *file); /* NULL accepted */
SCOPED_POINTER(symbol_file, symbol_file_close)

/*
 * The build id in hexadecimal, "" without one; and a number that differs when other files are there
 * to answer from, or answers are made in another way: together what answers may be kept under.
 */
const char *symbol_file_get_build_id(const struct symbol_file *file);
uint64_t symbol_file_get_fingerprint(const struct symbol_file *file);

/* Adds the answers; `svmas` ascending. On up to `thread_count` threads. */
void symbol_file_find(struct symbol_file *file, const uint64_t *svmas, size_t count,
		      struct symbol_answers *answers, uint32_t thread_count);

/* enum module_flag, as far as was seen, or as they were kept with answers. */
uint8_t symbol_file_get_flags(const struct symbol_file *file);
void symbol_file_add_flags(struct symbol_file *file, uint8_t kept);

/* Whether the answers say all that its build id promises, and so may be kept. */
bool symbol_file_is_complete(const struct symbol_file *file);

/* As symbolizer_get_lines(); rows and texts live in `answers`. */
void symbol_file_get_lines(struct symbol_file *file, uint64_t svma, uint64_t size,
			   struct symbol_answers *answers, const struct symbol_line **ret_lines,
			   size_t *ret_count);
bool symbol_file_read_code(struct symbol_file *file, uint64_t svma, uint64_t size,
			   uint8_t *ret_bytes);

/* Whether a package with debug information would help. */
bool symbol_file_needs_package(const struct symbol_file *file);

/*
 * Appends the sentence of symbolizer_get_trouble(); nothing when all is well. `package` is what to
 * install, NULL = not known.
 */
void symbol_file_add_trouble(const struct symbol_file *file, const char *package,
			     struct strbuf *text);

#endif
