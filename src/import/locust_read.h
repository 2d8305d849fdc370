/*
 * Locust's statistics, as `locust --csv X` writes them (locust/stats.py): X_stats.csv, one row a
 * request name and a last one of all. X_stats_history.csv beside it, when there is one, has users
 * and rates over time; of its rows only those of all requests together are taken. Since Locust 0.8
 * columns have changed names and order: they are found by their titles.
 *
 * Response times are milliseconds, and rounded to two digits by Locust. The rate of the statistics
 * is of the whole run; that of the history is a mean of ten seconds, which end two seconds before
 * the last request.
 */
#ifndef IMPORT_LOCUST_READ_H
#define IMPORT_LOCUST_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "import/import.h"
#include "import/import_input.h"

/* Whether a text begins like one of the files of Locust's --csv. */
bool locust_read_recognizes(const char *text, size_t length);

/*
 * Fills import->load. `path` tells where the history would be; NULL = nowhere. -EBADMSG when it is
 * another of Locust's files, or ends before its last row: the sentence begins with a verb.
 */
int locust_read(struct import *import, struct import_input *input, const char *path,
		struct err *err);

/* The history alone, into import->load: what locust_read() does with the file beside. */
void locust_read_history(struct import *import, struct import_input *input);

#endif
