/* A load as JSON: what sonde.load/1 is, and `load` of sonde.show/1 (docs/formats/json.md). */
#ifndef EXPORT_JSON_LOAD_H
#define EXPORT_JSON_LOAD_H

#include <jansson.h>

#include "view/load_view.h"

void json_load_set(json_t *object, const struct load_view *view);

#endif
