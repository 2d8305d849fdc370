/*
 * Finds Go's table of functions in an ELF file: its section, or, where section names were removed,
 * by its first bytes in the data of a file that says to be Go's; and the inline trees, through the
 * runtime's "moduledata".
 */
#ifndef SYMBOL_GO_BINARY_H
#define SYMBOL_GO_BINARY_H

#include "elf/elf_file.h"
#include "symbol/go_pclntab.h"
#include "util/err.h"

/*
 * Loads what is needed of the file, which must outlive the table. -ENODATA when it is no Go
 * program; -EBADMSG when its table is damaged, or older than Go 1.16.
 */
int go_binary_read(struct go_pclntab *ret_table, struct elf_file *file, struct err *err);

#endif
