/*
 * What wrk and wrk2 print (src/wrk.c of both): "Running 10s test @ URL" to "Transfer/sec:". With or
 * without --latency, and with what a script prints before, between and behind. wrk2 is told from
 * wrk by its calibration lines, or its distribution from an HdrHistogram; its rate (-R) is not in
 * its output.
 */
#ifndef IMPORT_WRK_READ_H
#define IMPORT_WRK_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "import/import.h"
#include "import/import_input.h"

/* Whether there is such a first line in the text. */
bool wrk_read_recognizes(const char *text, size_t length);

/*
 * Fills import->load. -EBADMSG when it ends before the result, -ENODATA when nothing was answered:
 * the sentence begins with a verb. Of several results the first is taken, with a warning.
 */
int wrk_read(struct import *import, struct import_input *input, struct err *err);

#endif
