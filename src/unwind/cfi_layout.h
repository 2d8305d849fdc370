/*
 * The bytes of a compiled table, as they lie in memory and on disk, in the machine's own order:
 *
 *	struct cfi_layout_header
 *	struct cfi_page pages[page_count]		ascending by number, each with a row or more
 *	struct cfi_rule rules[rule_count]		the first is of no function
 *	uint32_t function_starts[function_count]	svma - base, ascending
 *	uint32_t function_entries[function_count]	where a function's FDE is
 *	struct cfi_row rows[row_count]			pages say which are theirs
 *
 * Everything but the header is also what a program in the kernel would search.
 */
#ifndef UNWIND_CFI_LAYOUT_H
#define UNWIND_CFI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "unwind/cfi_table.h"
#include "util/err.h"

enum {
	CFI_LAYOUT_VERSION = 1,
	CFI_LAYOUT_MAX_RULES = UINT16_MAX,
	CFI_LAYOUT_NO_FUNCTION = 0, /* the number of the rule that says so */
};

/* An entry is an offset in .eh_frame; with this bit in .debug_frame. */
#define CFI_LAYOUT_ENTRY_IS_DEBUG ((uint32_t)1 << 31)

struct cfi_layout_header {
	char magic[8];
	uint32_t version;
	uint32_t arch; /* enum cfi_arch */
	/* of the sections that it was made of: another file's table is not taken for ours */
	uint64_t eh_frame_size, debug_frame_size, eh_frame_svma;
	uint64_t base; /* svma of the lowest function */
	uint32_t page_count, rule_count, function_count, row_count;
	uint32_t damaged;
	uint32_t reserved; /* 0 */
};

/* The parts; they borrow from the bytes. */
struct cfi_layout {
	const struct cfi_layout_header *header;
	const struct cfi_page *pages;
	const struct cfi_rule *rules;
	const uint32_t *function_starts, *function_entries;
	const struct cfi_row *rows;
};

/* A header for tables of these sections, with all counts 0. */
void cfi_layout_init_header(struct cfi_layout_header *ret_header,
			    const struct cfi_sections *sections);

/* The length of all parts together, by the header's counts. */
size_t cfi_layout_length(const struct cfi_layout_header *header);

/* Finds the parts of bytes that are known to be good; they are aligned to 8. */
void cfi_layout_map(struct cfi_layout *ret_layout, const void *bytes);

/*
 * Holds bytes that are not trusted against the format and against the sections: afterwards no index
 * in them leads outside. One pass. -EBADMSG with what is wrong, -ESTALE when they are of other
 * sections or of another version.
 */
int cfi_layout_check(const void *bytes, size_t length, const struct cfi_sections *sections,
		     struct err *err);

#endif
