/* A compared metric as JSON, for sonde.gate/1 and sonde.track/1 (docs/formats/json-track.md). */
#ifndef EXPORT_JSON_CHANGE_H
#define EXPORT_JSON_CHANGE_H

#include <jansson.h>

#include "view/comparability.h"
#include "view/run_diff.h"
#include "view/value_diff.h"

json_t *json_change_make_metric(const struct run_diff_metric *metric);

/* base, head, difference, lo, hi, level, n_base and n_head of a row; what is not known is null. */
void json_change_set_values(json_t *object, const struct value_diff *values);

/* {what, base, head, refused} */
json_t *json_change_make_difference(const struct comparability_difference *difference);

/* The verdict's name; null = none. */
json_t *json_change_make_verdict(enum verdict verdict);

/* null instead of "". */
json_t *json_change_make_text(const char *text);

#endif
