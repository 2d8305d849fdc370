/* What `perf script` prints becomes a profile (perf_script_line.h has its lines). */
#ifndef IMPORT_PERF_SCRIPT_READ_H
#define IMPORT_PERF_SCRIPT_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "import/import.h"
#include "import/import_input.h"

/* Whether a text that begins like this is one. */
bool perf_script_read_recognizes(const char *text, size_t length);

/*
 * Fills import->data and what the comments at its front say (perf script --header). -ENODATA when
 * there is no sample; the sentence begins with a verb.
 */
int perf_script_read(struct import *import, struct import_input *input, struct err *err);

#endif
