/*
 * Profiles in the formats that hold samples one by one, or addresses: pprof, the Firefox
 * Profiler's, perf script's text. profile_file.h has those that are made of the call tree.
 */
#ifndef CMD_SAMPLE_FILE_H
#define CMD_SAMPLE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strbuf.h"
#include "view/selection.h"

enum sample_file_format { SAMPLE_FILE_PPROF, SAMPLE_FILE_FIREFOX, SAMPLE_FILE_PERF_SCRIPT };

/*
 * Of one arm, its runs merged. `is_packed`: gzip'd (pprof is always). -ENOENT in a sentence without
 * a profile, -EFBIG for one that is too large to be one file.
 */
int sample_file_make(struct strbuf *bytes, enum sample_file_format format, bool is_packed,
		     const struct selection *selection, uint32_t arm, struct err *err);

/*
 * The same for each arm, to a file each (look_name_arm_file), and the names to stdout. `path` "-"
 * needs one arm. What is binary is not written to a terminal. Firefox's JSON is packed unless the
 * path ends in .json. An exit status.
 */
int sample_file_write_arms(const char *path, enum sample_file_format format,
			   const struct selection *selection);

#endif
