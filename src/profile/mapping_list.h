/*
 * What code lies where in one address space: executable mappings, sorted, without overlap. A
 * process that forks shares its list with the child; whoever changes it first gets a copy (so that
 * a fork storm costs a few bytes a process).
 *
 * Plain counters: one thread at a time for all lists that share.
 */
#ifndef PROFILE_MAPPING_LIST_H
#define PROFILE_MAPPING_LIST_H

#include <stdint.h>

#include "util/vec.h"

enum {
	MAPPING_LIST_MAX = 16384,    /* of one address space; JIT runtimes have a few hundred */
	MAPPING_LISTS_MAX = 1 << 20, /* of all that count into one total */
};

struct mapping {
	uint64_t start, end;  /* [start, end), avma */
	uint64_t file_offset; /* of start */
	uint64_t bias;	      /* avma - svma of its code (module_table_get_bias()) */
	uint32_t module;      /* module_table's id */
};

struct mapping_list {
	uint32_t references;
	uint64_t *total; /* mappings of all lists that count into it */
	VEC(struct mapping) mappings;
};

/* Empty, with one reference. `total` must outlive the list. */
struct mapping_list *mapping_list_new(uint64_t *total);

/* One reference more; returns the list. */
struct mapping_list *mapping_list_share(struct mapping_list *list);
void mapping_list_free(struct mapping_list *list); /* gives one reference back; NULL accepted */

/*
 * Puts a mapping over whatever was there: `*list` may become a copy. Empty ranges and what is
 * beyond the maxima are left out.
 */
void mapping_list_add(struct mapping_list **list, const struct mapping *mapping);

/* The mapping around the address, or NULL. Valid until the list changes. */
const struct mapping *mapping_list_find(const struct mapping_list *list, uint64_t avma);

#endif
