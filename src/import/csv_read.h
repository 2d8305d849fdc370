/*
 * Records of comma-separated values (RFC 4180) from an import's bytes: quotes, doubled quotes, line
 * ends within quotes, CRLF. The separator is a comma, a semicolon or a tab, whichever comes first
 * in the first record outside of quotes. One record at a time; its fields live until the next.
 */
#ifndef IMPORT_CSV_READ_H
#define IMPORT_CSV_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/import_input.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum { CSV_RECORD_MAX = 1 << 20 }; /* bytes; a longer record is cut */

struct csv_reader {
	struct import_input *input;
	char separator; /* 0 = not known yet */
	uint64_t line;	/* in which the record begins, from 1 */
	uint64_t next_line;
	bool is_open; /* the last record ended within quotes: the file was cut off there */
	struct strbuf record, text; /* as it stands; its fields, each with a NUL */
	VEC(const char *) fields;
};

void csv_reader_init(struct csv_reader *reader, struct import_input *input);
void csv_reader_release(struct csv_reader *reader);

/* False at the end. Empty lines are left out. NULs in the text read as blanks. */
bool csv_reader_next(struct csv_reader *reader);

/* "" for a field that is not there. */
const char *csv_reader_get(const struct csv_reader *reader, size_t field);

#endif
