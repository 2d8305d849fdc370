/*
 * Folded stacks become a profile: "thread;caller;…;leaf 12" a line, as stackcollapse-perf.pl, sonde
 * and many others write them. The count of a line is the period of one sample, so that large counts
 * cost nothing.
 */
#ifndef IMPORT_FOLDED_READ_H
#define IMPORT_FOLDED_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "import/import.h"
#include "import/import_input.h"

/* Whether this is such a line. */
bool folded_read_is_line(const char *text, size_t length);

/* Whether a text that begins like this is made of them. */
bool folded_read_recognizes(const char *text, size_t length);

/* Fills import->data. -ENODATA when there is no line; the sentence begins with a verb. */
int folded_read(struct import *import, struct import_input *input, struct err *err);

#endif
