/*
 * What annotate shows: machine code, source lines and source text of the functions that samples
 * hit most, taken while the files are there, so that a stored run can be looked at elsewhere and
 * after the next build.
 */
#ifndef PROFILE_HOT_CODE_H
#define PROFILE_HOT_CODE_H

#include "profile/stack_builder.h"
#include "symbol/symbolizer.h"

enum {
	HOT_CODE_FUNCTIONS_MAX = 200,
	HOT_CODE_BYTES_MAX = 64 << 10,	     /* of one function; longer ones are cut */
	HOT_CODE_SOURCE_BYTES_MAX = 4 << 20, /* of all source text */
	HOT_CODE_MARGIN_LINES = 12,	     /* shown before and behind what has code */
};

/* Functions that ran in at least this share of the samples, as leaf. */
#define HOT_CODE_SHARE 0.005

/*
 * Before stacks are moved: `places` are the answers for data->frames. Fills codes, code_bytes,
 * code_lines and sources.
 */
void hot_code_collect(struct stack_builder *builder, const struct symbol_place *places);

#endif
