/* A foreign load's part of an imported run: metrics, request names, series, and what it was. */
#ifndef IMPORT_FOREIGN_STORE_H
#define IMPORT_FOREIGN_STORE_H

#include <jansson.h>
#include <stdint.h>

#include "import/foreign_load.h"
#include "store/store.h"

/* Adds its metrics, names and series to a run. Errors are those of the store. */
int foreign_store_add(const struct foreign_load *load, struct store *store, int64_t run,
		      struct err *err);

/* The object "load" of the environment (docs/formats/store.md); what is not known is absent. */
void foreign_store_describe(const struct foreign_load *load, json_t *environment);

#endif
