/* Profiles of other tools where a RUN is expected: `sonde flame perf.data`, `… | sonde flame -`. */
#ifndef CMD_IMPORT_FILE_H
#define CMD_IMPORT_FILE_H

#include <stdbool.h>

#include "import/import.h"
#include "util/err.h"
#include "view/selection.h"

/*
 * Imports it into a store of its own, which is gone when the selection is released, and selects it
 * there. Its warnings go to stderr. import_read()'s errors; release the selection also after one.
 */
int import_file_open(struct selection *selection, const char *word, struct err *err);

/* The warnings, one a line, to stderr. */
void import_file_print_warnings(const struct import *import);

#endif
