/*
 * stat_tables as comma-separated values: a header line, then a line for each row. In front of the
 * table's own columns (view/stat_table.h: keys and units) stand
 *
 *	begin_wall_ns end_wall_ns   the interval, in ns since 1970
 *	seconds                     its length, in hundredths
 *
 * Values have all their digits; what is not known is empty. Lines end in LF, names are quoted as
 * RFC 4180 has it.
 */
#ifndef EXPORT_STAT_CSV_H
#define EXPORT_STAT_CSV_H

#include "util/strbuf.h"
#include "view/stat_table.h"

/* Once, in front of the rows of all tables of the kind. */
void stat_csv_write_head(struct strbuf *csv, const struct stat_table *table);
void stat_csv_write_rows(struct strbuf *csv, const struct stat_table *table);

#endif
