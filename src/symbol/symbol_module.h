/*
 * One module of a symbolizer, of whatever kind: what it was added with, where its names come from
 * once that was opened, and the answers it gave.
 *
 * One thread at a time per module; different modules at the same time.
 */
#ifndef SYMBOL_SYMBOL_MODULE_H
#define SYMBOL_SYMBOL_MODULE_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/elf_symbols.h"
#include "symbol/jit_code.h"
#include "symbol/kallsyms.h"
#include "symbol/symbol_answers.h"
#include "symbol/symbol_file.h"
#include "symbol/symbolizer.h"
#include "util/err.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* What all modules of a symbolizer have in common; does not change while they answer. */
struct symbol_options {
	bool has_lines;
	char *cache_dir; /* NULL = none */
	char *debug_dir;
	char *kallsyms;			 /* NULL = this machine's */
	uint64_t debuginfod_deadline_ns; /* CLOCK_MONOTONIC; 0 = never ask */
};

struct symbol_key {
	uint64_t lookup_addr, time_ns;
};

struct symbol_module {
	enum module_kind kind;
	char *path;
	int fd;
	struct jit_process process;
	char *dump_path; /* MODULE_ANON: the process's jitdump; NULL = none */
	int dump_fd;
	uint8_t build_id[BUILD_ID_BYTES], build_id_length;

	bool is_loaded; /* tried to: `trouble` says why there is nothing */
	struct err trouble;
	struct symbol_file *file; /* MODULE_FILE */
	struct elf_symbols *vdso; /* MODULE_VDSO; borrows from this process's memory */
	struct strbuf kallsyms_text;
	struct kallsyms *kallsyms; /* MODULE_KERNEL */
	struct jit_code jit;	   /* MODULE_ANON */

	VEC(struct symbol_key) wanted; /* to be answered next; ascending, each once */
	struct symbol_answers answers;
	size_t kept_count;  /* of the answers: those that are on disk */
	char *trouble_text; /* NULL = not made yet */
};

struct symbol_module *symbol_module_new(const struct symbol_source *source);
void symbol_module_free(struct symbol_module *module);

/* Opens what the names come from, once. */
void symbol_module_load(struct symbol_module *module, const struct symbol_options *options);

/* Answers all of `wanted` that has no answer yet, and keeps what was new. */
void symbol_module_answer(struct symbol_module *module, const struct symbol_options *options,
			  uint32_t thread_count);

#endif
