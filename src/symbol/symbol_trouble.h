/* The sentence on what an ELF file's names lack, and what would help. Pure. */
#ifndef SYMBOL_SYMBOL_TROUBLE_H
#define SYMBOL_SYMBOL_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

struct symbol_facts {
	const char *path;
	const char *package;	   /* that has its debug information; NULL = not known */
	const char *damage;	   /* why it could not be read; NULL = it could */
	const char *fetch_failure; /* why debuginfod did not help; NULL = it was not asked */
	bool is_stripped;	   /* without .symtab, here or in a separate file */
	bool has_exports;	   /* but with .dynsym */
	bool lacks_lines;	   /* without DWARF, though lines are wanted */
	bool has_build_id;
	uint32_t missing_dwo_count, damaged_count; /* hot units */
};

/* Appends one sentence about the worst of it; nothing when all is well. */
void symbol_trouble_add(const struct symbol_facts *facts, struct strbuf *text);

#endif
