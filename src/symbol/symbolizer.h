/*
 * symbol/ turns addresses into functions, inlined ones too, and source lines. symbolizer is the
 * door: it holds the modules of one profile and answers all its hot addresses in one batch, on
 * several threads, loading of each file only what they need. Behind it, one source of names a file:
 * elf_symbols (ELF symbol tables and PLT stubs), dwarf (inlined functions, lines), go_pclntab
 * (Go binaries, stripped ones too), kallsyms (kernel, its modules and BPF programs), vdso, perf_map
 * and jitdump (JIT code); demangle (C++, Rust, D, Swift).
 *
 * Where names come from, in this order, a file: its own .symtab; the separate file (build-id
 * directories, debug link, debuginfod when it is asked for); .gnu_debugdata; .dynsym; Go's table.
 * Inlined functions and lines: DWARF of the same files. Answers are kept on disk by build id
 * (util/disk_cache.h), so that the same binary's hot addresses are read once.
 *
 * What cannot be named stays unnamed, and symbolizer_get_trouble() says why; a wrong name is worse
 * than none (a file whose build id is not the one that ran gives no names).
 *
 * One thread at a time per symbolizer; it has its own helpers.
 */
#ifndef SYMBOL_SYMBOLIZER_H
#define SYMBOL_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/profile_data.h"
#include "util/scoped.h"

struct symbolizer;

struct symbolizer_config {
	uint32_t thread_count; /* 0 = one a CPU, at most 8 */
	bool has_lines;	       /* inlined functions and lines too; else names only */
	const char *cache_dir; /* NULL = nothing is kept */
	/*
	 * Ask debuginfod servers (DEBUGINFOD_URLS): how long at most in all, counted from the first
	 * question; 0 = never.
	 */
	uint64_t debuginfod_ns;
	const char *debug_dir; /* NULL = /usr/lib/debug */
	/* a copy of the text, of an imported profile; NULL = this machine's */
	const char *kallsyms;
};

/*
 * Where a module's names come from. Everything is copied (the descriptor duplicated) by
 * symbolizer_add_module().
 */
struct symbol_source {
	enum module_kind kind;
	const char *path; /* as mapped */
	/* MODULE_FILE: the file, open for reading; -1 = open `path` when it is needed */
	int fd;
	/*
	 * MODULE_ANON: whose perf-PID.map and jitdump; MODULE_FILE: who mapped a jit-PID.dump; 0 =
	 * none
	 */
	pid_t pid;
	/*
	 * MODULE_ANON: the process's own root and pid inside its namespaces, as long as they could
	 * be seen: "/proc/PID/root" is tried first while the process lives. 0 = as pid
	 */
	pid_t namespace_pid;
	uint8_t build_id[BUILD_ID_BYTES]; /* MODULE_FILE: what ran, if known */
	uint8_t build_id_length;	  /* 0 = not known: not checked */
};

struct symbol_frame {
	const char *function; /* demangled; "" = no name */
	const char *file;     /* "" = unknown */
	uint32_t line;	      /* 0 = unknown */
};

/* All functions at one address, innermost inlined one first; the last has code of its own. */
struct symbol_place {
	const struct symbol_frame *frames; /* valid until symbolizer_free() */
	uint32_t frame_count;		   /* 0 = nothing is known */
	/* of the last: where its code is; size 0 = unknown */
	uint64_t function_svma, function_size;
};

/* `config` NULL = names and lines, nothing kept. */
struct symbolizer *symbolizer_new(const struct symbolizer_config *config);
void symbolizer_free(struct symbolizer *symbolizer); /* NULL accepted */
SCOPED_POINTER(symbolizer, symbolizer_free)

/* Returns the module's id: 0, 1, 2, … Opens and reads nothing yet. */
uint32_t symbolizer_add_module(struct symbolizer *symbolizer, const struct symbol_source *source);

/*
 * One address: as the module's file states it (MODULE_KERNEL and MODULE_ANON: the live one), from
 * which the caller has subtracted 1 if it is a return address.
 */
struct symbol_query {
	uint32_t module;
	uint64_t lookup_addr;
	uint64_t time_ns; /* of the last sample there, for JIT code that moves; 0 = the end */
};

/* Answers all of them; ret_places in the order of the queries. */
void symbolizer_find(struct symbolizer *symbolizer, const struct symbol_query *queries,
		     size_t count, struct symbol_place *ret_places);

/*
 * Which lines the code [svma, +size) of a module came from, ascending; none without DWARF. Valid
 * until symbolizer_free().
 */
struct symbol_line {
	uint64_t svma;
	const char *file;
	uint32_t line;
};
void symbolizer_get_lines(struct symbolizer *symbolizer, uint32_t module, uint64_t svma,
			  uint64_t size, const struct symbol_line **ret_lines, size_t *ret_count);

/*
 * The machine code itself, from the file; false when it cannot be had. `ret_bytes` has room for
 * `size`.
 */
bool symbolizer_read_code(struct symbolizer *symbolizer, uint32_t module, uint64_t svma,
			  uint64_t size, uint8_t *ret_bytes);

/* enum module_flag, as far as the answers so far tell. */
uint8_t symbolizer_get_flags(struct symbolizer *symbolizer, uint32_t module);

/*
 * One sentence on why this module gives no names, or only some of them, and what would help
 * ("install libc6-dbg"); "" when nothing is in the way.
 */
const char *symbolizer_get_trouble(struct symbolizer *symbolizer, uint32_t module);

#endif
