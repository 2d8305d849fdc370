/*
 * The namespaces, classes and modules that entries of a unit are in, as "outer::inner", for
 * functions of languages that have them but without a linkage name. Entries do not say what they
 * are in: the unit is walked once more, for all of them together.
 */
#ifndef SYMBOL_DWARF_SCOPE_H
#define SYMBOL_DWARF_SCOPE_H

#include <stddef.h>
#include <stdint.h>

#include "symbol/dwarf_unit.h"
#include "util/strbuf.h"

/* What a class without a name is called: a lambda's, when its function is operator(). */
#define DWARF_SCOPE_UNNAMED "{unnamed type}"

/* Called for the entries in their order; `scope` is "" outside of all. */
typedef void (*dwarf_scope_fn)(void *arg, size_t index, const struct strbuf *scope);

/* `entries`: ascending offsets from the header of an opened unit. Those not found are not told. */
void dwarf_scope_find(const struct dwarf_unit *unit, const uint64_t *entries, size_t count,
		      dwarf_scope_fn tell, void *arg);

#endif
