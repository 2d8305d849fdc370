/*
 * Split DWARF: a skeleton unit in the program names a unit in a .dwo file, or in the package (.dwp)
 * of all of them, which has the entries. Version 5 (sections 3.1.2 and 7.3.5) and GNU's before it
 * (gcc wiki, DebugFission and DebugFissionDWP).
 */
#ifndef SYMBOL_DWARF_SPLIT_H
#define SYMBOL_DWARF_SPLIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "symbol/dwarf.h"
#include "symbol/dwarf_object.h"

struct dwarf_split {
	const struct dwarf_file *(*open_dwo)(void *arg, const char *dwo_name, const char *comp_dir,
					     uint64_t dwo_id);
	void *arg;
	struct dwarf_object *package;	/* NULL = none */
	_Atomic uint32_t missing_count; /* split units that were not to be had */
	pthread_mutex_t lock;		/* of what follows */
	VEC(struct dwarf_object *) dwos;
	VEC(struct dwarf_unit *) package_units;
};

void dwarf_split_init(struct dwarf_split *split, const struct dwarf_input *input);
void dwarf_split_release(struct dwarf_split *split);

/* Whether the entries of this opened unit are elsewhere. */
bool dwarf_split_is_skeleton(const struct dwarf_unit *unit);

/* The opened unit with a skeleton's entries; NULL = missing, which is counted. Any thread. */
struct dwarf_unit *dwarf_split_find(struct dwarf_split *split, struct dwarf_unit *skeleton);

/* Damaged units of all files that were opened here. */
uint32_t dwarf_split_get_damaged_count(struct dwarf_split *split);

#endif
