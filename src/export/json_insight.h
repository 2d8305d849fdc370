/* A run's last block as JSON: `warnings` and `insight` of sonde.show/1 (docs/formats/json.md). */
#ifndef EXPORT_JSON_INSIGHT_H
#define EXPORT_JSON_INSIGHT_H

#include <jansson.h>

#include "view/run_insight.h"

/* Sets both keys of `object`. What is not known is null. */
void json_insight_set(json_t *object, const struct run_insight *insight);

#endif
