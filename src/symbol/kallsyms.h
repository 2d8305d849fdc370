/*
 * Kernel functions from the text of /proc/kallsyms: "ffffffff81000000 T name" and, for modules,
 * "\t[module]". BPF programs are functions of the module "bpf", named "bpf_prog_TAG_name".
 */
#ifndef SYMBOL_KALLSYMS_H
#define SYMBOL_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

struct kallsyms;

struct kernel_function {
	const char *name;   /* not NUL-terminated: borrows from the text */
	const char *module; /* "nf_tables", likewise; NULL = the kernel itself */
	uint32_t name_length, module_length;
	uint64_t start, size;
};

/*
 * `text` must outlive the table. -EACCES when every address is zero: the kernel hides them from
 * this user; -EBADMSG (with the line) for text of another form; -ENODATA when there is no function
 * in it.
 */
int kallsyms_parse(struct kallsyms **ret_kallsyms, const char *text, size_t length,
		   struct err *err);
void kallsyms_free(struct kallsyms *kallsyms); /* NULL accepted */
SCOPED_POINTER(kallsyms, kallsyms_free)

/*
 * The function around the address. Sizes are not in the text: a function reaches to the next
 * symbol, or to the end of its page when the next one belongs to another module; generated code
 * (BPF) at most 128 KiB.
 */
bool kallsyms_find(const struct kallsyms *kallsyms, uint64_t lookup_addr,
		   struct kernel_function *ret_function);

#endif
