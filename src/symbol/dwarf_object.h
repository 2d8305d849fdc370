/*
 * One file with debug information: its sections, its units in the order of .debug_info, and the
 * abbreviation tables that were needed so far (units may share them).
 */
#ifndef SYMBOL_DWARF_OBJECT_H
#define SYMBOL_DWARF_OBJECT_H

#include <pthread.h>
#include <stdatomic.h>

#include "symbol/dwarf_source.h"
#include "symbol/dwarf_unit.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct dwarf_object_abbrevs;

struct dwarf_object {
	struct dwarf_source source;
	struct dwarf_object *alternate; /* NULL = none */
	VEC(struct dwarf_unit) units;	/* by offset; never changes after dwarf_object_read() */
	_Atomic uint32_t damaged_count; /* units; and a chain of headers that breaks off */
	pthread_mutex_t lock;		/* of what follows */
	struct hashmap abbrevs_by_key;
	VEC(struct dwarf_object_abbrevs *) abbrevs;
};

void dwarf_object_init(struct dwarf_object *object, const struct dwarf_file *file);
void dwarf_object_release(struct dwarf_object *object);

/* Reads the headers of all units, but of type units. */
void dwarf_object_read(struct dwarf_object *object);

/* The unit that an offset into .debug_info is in; NULL = none. */
struct dwarf_unit *dwarf_object_find_unit(struct dwarf_object *object, uint64_t offset);

/* Whether a neighbour of the unit has the same table: then all of it is worth reading. */
bool dwarf_object_shares_abbrevs(const struct dwarf_object *object, const struct dwarf_unit *unit);

/* A shared table; NULL = damaged. Any thread. */
const struct dwarf_abbrev_table *dwarf_object_find_abbrevs(struct dwarf_object *object,
							   uint64_t offset,
							   const struct dwarf_format *format);

#endif
