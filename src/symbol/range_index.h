/*
 * Which range holds an address: the search behind every symbol table. Ranges may nest and overlap.
 * Filled with range_index_add(), then built once, then only searched (by any number of threads).
 */
#ifndef SYMBOL_RANGE_INDEX_H
#define SYMBOL_RANGE_INDEX_H

#include <stdint.h>

#include "util/vec.h"

struct address_range {
	uint64_t start, end; /* [start, end) */
	uint32_t value;	     /* the caller's */
	/* nearest range before this one that reaches into it; UINT32_MAX = none */
	uint32_t outer;
};

struct range_index {
	VEC_FIELDS(struct address_range);
};

void range_index_init(struct range_index *index);
void range_index_release(struct range_index *index);

/* Ranges that are empty or wrap around are left out. At most UINT32_MAX - 1 ranges. */
void range_index_add(struct range_index *index, uint64_t start, uint64_t size, uint32_t value);
void range_index_build(struct range_index *index);

/*
 * The range that holds the address and starts last (of several with one start: the highest value);
 * NULL = none.
 */
const struct address_range *range_index_find(const struct range_index *index, uint64_t address);

/* The next range outwards from `range` that holds the address too; NULL = no more. */
const struct address_range *range_index_find_outer(const struct range_index *index,
						   const struct address_range *range,
						   uint64_t address);

#endif
