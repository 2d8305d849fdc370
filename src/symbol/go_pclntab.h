/*
 * Go's own table of functions, which the runtime needs for its tracebacks and strip leaves in
 * place: functions, what was inlined into them, files and lines. Formats of Go 1.16 and 1.17, 1.18
 * and 1.19, 1.20 and later (go.dev/s/go12symtab; go/src/runtime/symtab.go, "pcHeader", "_func" and
 * "inlinedCall"); inlined functions from 1.18 on.
 *
 * Pure, allocates nothing; the bytes are not trusted. A parsed table never changes: any number of
 * threads may search it.
 */
#ifndef SYMBOL_GO_PCLNTAB_H
#define SYMBOL_GO_PCLNTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum { GO_PCLNTAB_MAX_FRAMES = 64 };

/* A stretch of the table; everything read from it is checked against its size. */
struct go_pclntab_part {
	const uint8_t *bytes;
	uint64_t size;
};

struct go_pclntab {
	uint32_t version; /* of Go, the first with this format: 16, 18, 20 */
	uint32_t pointer_bytes, quantum;
	uint64_t text_svma; /* what function offsets count from (Go 1.18 and later) */
	uint64_t function_count;
	struct go_pclntab_part names, units, files, values, functions;
	struct go_pclntab_part inline_trees; /* none = inlined functions are not told apart */
};

/*
 * `text_svma`: where the code starts, for a header that does not say it (position-independent
 * programs before relocation: it is 0 there). -EBADMSG for anything but such a table. The bytes
 * must outlive the table.
 */
int go_pclntab_parse(struct go_pclntab *ret_table, const uint8_t *bytes, uint64_t size,
		     uint64_t text_svma, struct err *err);

/*
 * The bytes that inline trees are offsets into: the symbol "go:func.*", which is moduledata's
 * field gofunc, at this byte of moduledata; 0 = this version's are not understood.
 */
uint64_t go_pclntab_get_gofunc_offset(const struct go_pclntab *table);
void go_pclntab_set_inline_trees(struct go_pclntab *table, const uint8_t *bytes, uint64_t size);

/* Whether these bytes look like the start of a table: for a search through a program's data. */
bool go_pclntab_has_magic(const uint8_t *bytes, uint64_t size);

struct go_frame {
	const char *function; /* "main.(*server).handle"; borrows from the table */
	const char *file;     /* "" = unknown */
	uint32_t line;	      /* 0 = unknown */
};

struct go_place {
	struct go_frame frames[GO_PCLNTAB_MAX_FRAMES]; /* innermost inlined one first */
	uint32_t frame_count;
	uint64_t function_svma, function_size; /* of the last */
};

/* False when no function holds the address. */
bool go_pclntab_find(const struct go_pclntab *table, uint64_t lookup_addr,
		     struct go_place *ret_place);

#endif
