/* sonde.table/1: many runs, a row each (view/run_table.h). */
#ifndef EXPORT_JSON_RUN_TABLE_H
#define EXPORT_JSON_RUN_TABLE_H

#include "util/strbuf.h"
#include "view/run_table.h"

void json_run_table_write(struct strbuf *json, const struct run_table *table);

#endif
