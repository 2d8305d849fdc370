/*
 * perf record --call-graph lbr: the calls that led to a sample are in the processor's branch stack,
 * and the chain beside it has only the kernel's part and where the program was. Pure.
 */
#ifndef IMPORT_BRANCH_CHAIN_H
#define IMPORT_BRANCH_CHAIN_H

#include <stdint.h>

#include "capture/perf_record.h"
#include "util/vec.h"

struct branch_chain {
	VEC(uint64_t) addresses;
};

/* Zeroed is initialized. */
void branch_chain_release(struct branch_chain *chain);

/*
 * Gives the sample a chain with the callers of its branch stack; it is valid until the next call.
 * `sample` has been decoded with `layout`, which has the call chain and the branch stack; one
 * without branches stays as it is.
 */
void branch_chain_replace(struct branch_chain *chain, struct perf_record_sample *sample,
			  const struct perf_layout *layout);

#endif
