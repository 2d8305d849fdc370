/*
 * Profiles as JSON: what sonde.report/1 and sonde.annotate/1 are made of, and `profile` of
 * sonde.show/1 (docs/formats/json.md).
 */
#ifndef EXPORT_JSON_PROFILE_H
#define EXPORT_JSON_PROFILE_H

#include <jansson.h>

#include "export/json.h"

json_t *json_profile_make(const struct profile_summary *summary);
void json_profile_set_report(json_t *object, const struct hot_functions *view,
			     const struct json_report_parts *parts);
void json_profile_set_code(json_t *object, const struct code_view *view,
			   const struct profile_summary *summary);

#endif
