/* A perf.data through profile/'s builder. */
#ifndef IMPORT_PERF_IMPORT_H
#define IMPORT_PERF_IMPORT_H

#include "import/import.h"
#include "import/import_input.h"

/*
 * Fills import->data and what else the file says. `folder` as perf_data_open() has it. Errors:
 * import_read()'s; the sentence begins with a verb.
 */
int perf_import_read(struct import *import, struct import_input *input, const char *folder,
		     const struct import_options *options, struct err *err);

#endif
