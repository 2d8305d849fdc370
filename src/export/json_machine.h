/* The part of the JSON documents that is of monitors and of the other lenses beside the load. */
#ifndef EXPORT_JSON_MACHINE_H
#define EXPORT_JSON_MACHINE_H

#include <jansson.h>

#include "view/machine_view.h"
#include "view/series_diff.h"

/*
 * `monitors`, `tasks`, `counters`, `syscalls` and `lenses` of a document; NULL = nothing is known.
 */
void json_machine_set(json_t *document, const struct machine_view *machine);

/* A list of series that are compared; NULL = an empty one. */
json_t *json_machine_make_series(const struct series_diff *series);

#endif
