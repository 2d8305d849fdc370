/* The parts of a perf.data that are no records: events at its front, features at its back. */
#ifndef IMPORT_PERF_DATA_FILE_H
#define IMPORT_PERF_DATA_FILE_H

#include <stdbool.h>

#include "import/import_input.h"
#include "import/perf_data_header.h"
#include "util/err.h"

/* The attribute section and its ids. -EBADMSG or -ENOTSUP as perf_data_open(). */
int perf_data_file_read_events(struct perf_data_info *info, const struct import_input *input,
			       const struct perf_file_header *header, struct err *err);

/*
 * Behind the records: a table of sections, one for each feature that the header names. False when
 * not all of it is there; what is, is kept.
 */
bool perf_data_file_read_features(struct perf_data_info *info, const struct import_input *input,
				  const struct perf_file_header *header);

#endif
