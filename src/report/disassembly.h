/*
 * Machine code as text, by Capstone: the one place that knows instruction sets.
 */
#ifndef REPORT_DISASSEMBLY_H
#define REPORT_DISASSEMBLY_H

#include <stdbool.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/code_view.h"

struct disassembly_options {
	const char *machine; /* as `uname -m` says: "x86_64", "aarch64" */
	bool is_intel;	     /* of x86: Intel's syntax instead of AT&T's */
};

/*
 * Fills in the instructions of a block, with the shares of their bytes. Bytes that are no
 * instruction are ".byte". -EOPNOTSUPP in a sentence for a machine that is not known here.
 */
int disassembly_fill(struct code_block *block, struct arena *arena,
		     const struct disassembly_options *options, struct err *err);

#endif
