/*
 * Runs a function's call frame program (DWARF 5, 6.4.2 and 6.4.3): from each address, where every
 * register of the caller is. Slow and complete; cfi_table is what came of it for pc, sp and fp.
 *
 * Programs are not trusted: each instruction takes a byte or more of the entry, and what may nest
 * is bounded.
 */
#ifndef UNWIND_CFI_PROGRAM_H
#define UNWIND_CFI_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/cfi_section.h"
#include "unwind/unwinder.h"

enum {
	CFI_PROGRAM_MAX_REMEMBERED = 16, /* compilers nest one, hand-written code two */
	/* of a CIE: they are run again for each function. Real ones have ten */
	CFI_PROGRAM_MAX_INITIAL_BYTES = 512,
};

enum cfi_location_kind {
	CFI_LOCATION_UNSPECIFIED,
	CFI_LOCATION_SAME,
	CFI_LOCATION_UNDEFINED,
	CFI_LOCATION_AT_OFFSET,	    /* the word at CFA + offset */
	CFI_LOCATION_OFFSET,	    /* CFA + offset itself; of the CFA: register + offset */
	CFI_LOCATION_REGISTER,	    /* in another register */
	CFI_LOCATION_AT_EXPRESSION, /* the word at the expression's value */
	CFI_LOCATION_EXPRESSION,    /* the expression's value itself */
};

struct cfi_location {
	uint32_t kind; /* enum cfi_location_kind */
	uint32_t expression_size;
	union {
		int64_t offset;
		uint64_t reg;
		const uint8_t *expression; /* borrowed from the section */
	};
};

struct cfi_state {
	struct cfi_location cfa; /* UNSPECIFIED, OFFSET (of the register below) or EXPRESSION */
	uint64_t cfa_register;
	int64_t cfa_offset;
	struct cfi_location registers[UNWIND_REGISTER_COUNT];
	bool is_signed; /* aarch64: the return address carries an authentication code */
};

/* Working memory, to be kept from one function to the next. About 10 KiB. */
struct cfi_program {
	struct cfi_state state;
	struct cfi_state initial; /* behind the CIE's instructions */
	/* whose instructions `initial` is of, NULL = of none */
	const uint8_t *initial_of;
	uint32_t remembered_count;
	struct cfi_state remembered[CFI_PROGRAM_MAX_REMEMBERED];
};

/* `initial_of` is a borrowed address: init again before the bytes of other sections are run. */
void cfi_program_init(struct cfi_program *program);

/* A row: program->state holds from start up to end (svma, start < end). False ends the run. */
typedef bool (*cfi_program_visit_fn)(void *arg, uint64_t start, uint64_t end);

/* Visits the rows in order. -EBADMSG when the program is damaged; rows may have been visited. */
int cfi_program_run(struct cfi_program *program, const struct cfi_fde *fde,
		    cfi_program_visit_fn visit, void *arg);

/*
 * Leaves in program->state the row of an svma that lies in the function. -EBADMSG when the program
 * is damaged before it.
 */
int cfi_program_find(struct cfi_program *program, const struct cfi_fde *fde, uint64_t svma);

#endif
