/*
 * What hey prints (requester/print.go): "Summary:" to its status codes. Its URL and its number of
 * workers are not in it. Times are seconds with four digits: 0.1 ms.
 */
#ifndef IMPORT_HEY_READ_H
#define IMPORT_HEY_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "import/import.h"
#include "import/import_input.h"

/* Whether a text has its summary. */
bool hey_read_recognizes(const char *text, size_t length);

/*
 * Fills import->load. -EBADMSG when it ends before its status codes, -ENODATA when nothing was
 * sent: the sentence begins with a verb.
 */
int hey_read(struct import *import, struct import_input *input, struct err *err);

#endif
