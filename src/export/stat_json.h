/*
 * A stat_table as a JSON value, for the documents of --json:
 *
 *	{"like": "pidstat -u", "begin_wall_ns": …, "end_wall_ns": …, "seconds": 1.0,
 *	 "is_average": false, "rows": [{"uid": 0, "pid": 1, "usr_percent": 1.0, …}]}
 *
 * The keys of a row are those of view/stat_table.h; with threads a row also has "tid", null for the
 * process. What is not known is null.
 */
#ifndef EXPORT_STAT_JSON_H
#define EXPORT_STAT_JSON_H

#include <jansson.h>

#include "view/stat_table.h"

/* A new reference, never NULL. */
json_t *stat_json_make(const struct stat_table *table);

#endif
