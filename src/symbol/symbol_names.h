/*
 * Names as reports show them, each demangled once: a profile asks for the same few thousand again
 * and again.
 */
#ifndef SYMBOL_SYMBOL_NAMES_H
#define SYMBOL_SYMBOL_NAMES_H

#include "symbol/elf_symbols.h"
#include "symbol/symbol_answers.h"
#include "util/arena.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct known_name {
	const char *mangled, *name;
};

struct symbol_names {
	struct symbol_answers *answers; /* whose texts the names are */
	VEC(struct known_name) known;
	struct hashmap index; /* by mangled name */
	struct arena arena;   /* mangled names */
};

void symbol_names_init(struct symbol_names *names, struct symbol_answers *answers);
void symbol_names_release(struct symbol_names *names);

/* The demangled name, interned in the answers. */
const char *symbol_names_get(struct symbol_names *names, const char *mangled);

/* "memcpy@@GLIBC_2.14" → "memcpy"; stubs are called "memcpy@plt", as in objdump and perf. */
const char *symbol_names_get_elf(struct symbol_names *names, const struct elf_function *function);

/*
 * What the function with this symbol (NULL = none) is called whose DWARF says `linkage_name`
 * ("" = nothing). Where they disagree, because functions with the same code were folded into one
 * (ICF) or have several names, DWARF's is right, if the file has it for that address too; but of
 * reserved names ("__GI___libc_malloc") the best-known alias is taken.
 */
const char *symbol_names_choose(struct symbol_names *names, const struct elf_symbols *symbols,
				const struct elf_function *function, const char *linkage_name);

#endif
