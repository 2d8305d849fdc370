/*
 * symbol/ turns addresses into function names. symbolizer is the door: it holds the modules of one
 * profile, loads the symbols of each at the first question about it, and remembers what it
 * demangled. Behind it, one source of names a file: elf_symbols (ELF symbol tables and PLT stubs),
 * kallsyms (kernel), vdso, perf_map (JIT code); demangle (C++ and Rust). All but symbolizer and
 * vdso are pure: they take bytes.
 *
 * What cannot be named stays unnamed, and symbolizer_get_trouble() says why; a wrong name is worse
 * than none (a file whose build id is not the one that ran gives no names).
 *
 * One thread at a time per symbolizer.
 */
#ifndef SYMBOL_SYMBOLIZER_H
#define SYMBOL_SYMBOLIZER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/profile_data.h"
#include "util/scoped.h"

struct symbolizer;

/*
 * Where a module's names come from. Everything is copied (the descriptor duplicated) by
 * symbolizer_add_module().
 */
struct symbol_source {
	enum module_kind kind;
	const char *path; /* as mapped */
	/* MODULE_FILE: the file, open for reading; -1 = open `path` when it is needed */
	int fd;
	pid_t pid;			  /* MODULE_ANON: whose /tmp/perf-PID.map; 0 = none */
	uint8_t build_id[BUILD_ID_BYTES]; /* MODULE_FILE: what ran, if known */
	uint8_t build_id_length;	  /* 0 = not known: not checked */
};

struct symbol_name {
	const char *name; /* demangled; valid until symbolizer_free() */
	uint64_t svma;	  /* where the function starts */
	uint64_t size;	  /* in bytes, above 0 */
};

struct symbolizer *symbolizer_new(void);
void symbolizer_free(struct symbolizer *symbolizer); /* NULL accepted */
SCOPED_POINTER(symbolizer, symbolizer_free)

/* Returns the module's id: 0, 1, 2, … Opens and reads nothing yet. */
uint32_t symbolizer_add_module(struct symbolizer *symbolizer, const struct symbol_source *source);

/*
 * The function around `lookup_addr`: an address as the module's file states it (MODULE_KERNEL and
 * MODULE_ANON: the live one), from which the caller has subtracted 1 if it is a return address.
 * False when it has no name.
 */
bool symbolizer_find(struct symbolizer *symbolizer, uint32_t module_id, uint64_t lookup_addr,
		     struct symbol_name *ret_name);

/*
 * One sentence on why this module gives no names, or only some of them (stripped); "" when nothing
 * is in the way. Loads its symbols if that did not happen yet.
 */
const char *symbolizer_get_trouble(struct symbolizer *symbolizer, uint32_t module_id);

#endif
