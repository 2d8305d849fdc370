/*
 * One function from inside: shares of its source lines and of its instructions, with what the
 * compiler inlined into it marked. Code and source come from the profile, so that it is the same
 * wherever the store is looked at.
 *
 * Of a line of the function itself, `self` is time in that line and `total` that and what it called
 * or inlined, once per stack. Lines of other functions are those inlined into this one; their time
 * is this function's too. Of an instruction, `self` is time there, and `total` also time in what it
 * called.
 */
#ifndef VIEW_CODE_VIEW_H
#define VIEW_CODE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/profile_filter.h"
#include "view/selection.h"
#include "view/source_text.h"

struct code_line {
	uint32_t line;
	double self, total; /* samples */
};

/* The lines of one function in one file, ascending. */
struct code_source {
	const char *function, *file;
	bool is_inlined; /* into the function that the view is of */
	struct code_line *lines;
	uint32_t line_count;
	double self; /* sum of the lines' */
};

/* From `offset` on to the next place's. */
struct code_place {
	uint32_t offset;
	const char *function, *file; /* "" = unknown */
	uint32_t line;
	bool is_inlined;
};

struct code_instruction {
	uint32_t offset, size;
	const char *text; /* "mov %rsp,%rbp" */
	double self, total;
};

/* A stretch of machine code; several when runs had different builds. */
struct code_block {
	const char *module; /* path */
	uint64_t svma;
	const uint8_t *bytes;
	uint32_t size;
	double *self, *total; /* samples by byte */
	struct code_place *places;
	uint32_t place_count;
	/* none until somebody who knows the machine fills them in (report/disassembly.h) */
	struct code_instruction *instructions;
	uint32_t instruction_count;
};

/* A function that another was inlined into. */
struct code_host {
	const char *name, *module;
	double samples;
};

struct code_view {
	const char *function, *module;
	double self, total;	     /* self: in its code, inlined functions included */
	struct code_source *sources; /* its own first, then by self */
	uint32_t source_count;
	struct source_text text;
	struct code_block *blocks;
	uint32_t block_count;
	/* where it was inlined, by samples: its instructions are there */
	struct code_host *hosts;
	uint32_t host_count;
	const char *why_no_code; /* a sentence when there are no blocks, else NULL */
};

/*
 * Of the function that views call `name` in `module` (hot_functions.h). A function without samples
 * behind the filter gives a view without any.
 */
int code_view_read(struct code_view *ret_view, struct arena *arena,
		   const struct selection *selection, uint32_t arm, const char *name,
		   const char *module, const struct profile_filter *filter, struct err *err);

/* The place of an offset; NULL = unknown. */
const struct code_place *code_view_find_place(const struct code_block *block, uint32_t offset);

#endif
