/*
 * The values that sonde's JSON documents are made of: what is not known, not a number or a share of
 * nothing is null. Each returned value is the caller's.
 */
#ifndef EXPORT_JSON_VALUE_H
#define EXPORT_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

/* Takes `value`. */
void json_value_set(json_t *object, const char *key, json_t *value);

json_t *json_value_make_count(uint64_t count);
json_t *json_value_make_known(uint64_t count); /* 0 stands for "unknown" */
json_t *json_value_make_real(double value);
json_t *json_value_make_ratio(double part, double whole);

/* One text a line becomes a list of texts; NULL = an empty one. */
json_t *json_value_make_lines(const char *text);

#endif
