/* CPUs by their numbers, and their text as the kernel and people write it: "0-3,6". */
#ifndef MODEL_CPU_LIST_H
#define MODEL_CPU_LIST_H

#include <stdint.h>

#include "util/strbuf.h"
#include "util/vec.h"

enum { CPU_LIST_MAX = 8192 }; /* numbers are below, and there are no more of them */

struct cpu_list {
	VEC_FIELDS(uint32_t);
};

/*
 * Replaces the content by what the text names, in its order; what is no such list ends it, as a
 * newline does. -EBADMSG when it names none.
 */
int cpu_list_parse(struct cpu_list *list, const char *text);

/* Adds the text of an ascending list, neighbours as ranges. */
void cpu_list_format(struct strbuf *text, const struct cpu_list *list);

#endif
