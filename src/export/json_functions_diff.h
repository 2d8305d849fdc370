/* `functions` of sonde.compare/1: what changed function by function. */
#ifndef EXPORT_JSON_FUNCTIONS_DIFF_H
#define EXPORT_JSON_FUNCTIONS_DIFF_H

#include <jansson.h>

#include "view/function_diff.h"

/* The object; NULL gives null. The caller owns it. */
json_t *json_functions_diff_make(const struct function_diff *diff);

#endif
