/*
 * How to find the caller from any address of one binary, compiled from its .eh_frame and
 * .debug_frame into a few bytes a row: made to be searched millions of times by the unwinder, kept
 * on disk, shared by all processes that map the file, and searched by a bounded program in the
 * kernel (BPF): no pointers, fixed-size elements, at most 16 steps inside a page.
 *
 *	pages: one per 64 KiB of svma that has code, by number; each says where its rows begin
 *	rows:  4 bytes { u16 low half of the svma, u16 rule }, ascending within the page; a row
 *	  holds
 *	       until the next. The first row of a page is at its low half 0: pages stand alone
 *	rules: 16 bytes, interned: programs have a few hundred different ones
 *
 * Where an FDE ends and no other begins, a row with RULE_NONE says so: an address behind the last
 * function must not be unwound with that function's rule. Only pc, sp and fp (rbp, x29, and x30)
 * are followed: rules that need more are RULE_PROGRAM, for which the sections themselves are run
 * (cfi_program.h); the table keeps a reference to them for that.
 *
 * Pure and read-only once made: any number of threads.
 */
#ifndef UNWIND_CFI_TABLE_H
#define UNWIND_CFI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

enum cfi_arch { CFI_X86_64, CFI_AARCH64 };

enum cfi_cfa {
	CFI_CFA_NONE,	 /* no function here */
	CFI_CFA_SP,	 /* sp + cfa_offset */
	CFI_CFA_FP,	 /* fp + cfa_offset */
	CFI_CFA_AT_SP,	 /* the word at sp + cfa_offset (signal frames) */
	CFI_CFA_AT_FP,	 /* the word at fp + cfa_offset (realigned stacks) */
	CFI_CFA_PLT,	 /* sp + 8 + ((pc & 15) >= cfa_offset ? 8 : 0): the stubs of x86-64 */
	CFI_CFA_PROGRAM, /* something else: run the call frame program with all registers */
};

enum cfi_from {
	CFI_SAME,      /* the callee has not changed it */
	CFI_AT_CFA,    /* the word at CFA + offset */
	CFI_AT_SP,     /* the word at sp + offset (signal frames) */
	CFI_AT_FP,     /* the word at fp + offset (realigned stacks) */
	CFI_UNDEFINED, /* of the return address: there is no caller, a root; of fp: not known */
	CFI_IN_LR,     /* of the return address: in x30 */
};

struct cfi_rule {
	uint8_t cfa;	       /* enum cfi_cfa */
	uint8_t fp;	       /* enum cfi_from */
	uint8_t return_addr;   /* enum cfi_from */
	uint8_t is_signal : 1; /* of a signal frame: the caller's pc is exact, it was interrupted */
	uint8_t is_signed : 1; /* aarch64: the return address carries an authentication code */
	int32_t cfa_offset;
	int32_t fp_offset;
	int32_t return_addr_offset;
};

struct cfi_row {
	uint16_t low; /* of the svma */
	uint16_t rule;
};

struct cfi_page {
	uint32_t number; /* svma >> 16 */
	uint32_t first_row;
};

/* The sections of one file. All bytes are borrowed for the table's life. */
struct cfi_sections {
	enum cfi_arch arch;
	const uint8_t *eh_frame, *debug_frame; /* NULL = none */
	uint64_t eh_frame_size, debug_frame_size;
	uint64_t eh_frame_svma;
	uint64_t text_svma, data_svma; /* bases of DW_EH_PE_textrel and _datarel (.eh_frame_hdr) */
};

struct cfi_table;

/*
 * Compiles. What is damaged is left out (counted below): code without a row. -EFBIG beyond
 * 2^32 rows or 65,535 rules; -ENODATA when no section has an FDE.
 */
int cfi_table_new(struct cfi_table **ret_table, const struct cfi_sections *sections,
		  struct err *err);

/*
 * From what cfi_table_encode() made, e.g. of a cache on disk: not trusted, checked in one pass.
 * `sections` as above, for RULE_PROGRAM; the bytes are copied or borrowed as the table likes, so
 * they must outlive it.
 */
int cfi_table_decode(struct cfi_table **ret_table, const struct cfi_sections *sections,
		     const void *bytes, size_t length, struct err *err);

void cfi_table_free(struct cfi_table *table); /* NULL accepted */
SCOPED_POINTER(cfi_table, cfi_table_free)

/* The bytes for cfi_table_decode(); borrows from the table. */
const void *cfi_table_encode(const struct cfi_table *table, size_t *ret_length);

/* The rule at an svma; never NULL: where there is no function, one with CFI_CFA_NONE. */
const struct cfi_rule *cfi_table_find(const struct cfi_table *table, uint64_t svma);

/* The start of the FDE that holds the svma; the svma itself where there is none. */
uint64_t cfi_table_get_function(const struct cfi_table *table, uint64_t svma);

/*
 * The entry of the function that holds the svma, for cfi_program_run(); false where there is none.
 * `fde` as for cfi_section_next().
 */
struct cfi_fde;
bool cfi_table_find_fde(const struct cfi_table *table, uint64_t svma, struct cfi_fde *fde);

/* What is in it, for reports and tests. */
struct cfi_counts {
	uint64_t fdes, rows, rules, pages, program_rules;
	uint64_t damaged; /* FDEs left out */
};
struct cfi_counts cfi_table_get_counts(const struct cfi_table *table);

#endif
