/* Profiles in the formats of files: what `flame` and `export` write. */
#ifndef CMD_PROFILE_FILE_H
#define CMD_PROFILE_FILE_H

#include <stdint.h>

#include "util/err.h"
#include "util/strbuf.h"
#include "view/profile_filter.h"
#include "view/selection.h"

enum profile_file_format {
	PROFILE_FILE_SVG,
	PROFILE_FILE_HTML, /* a page with the SVG in it */
	PROFILE_FILE_FOLDED,
	PROFILE_FILE_SPEEDSCOPE,
};

/*
 * By the suffix: .svg, .html, .folded, .speedscope.json. -EOPNOTSUPP or -EINVAL in a sentence for
 * others.
 */
int profile_file_find_format(const char *path, enum profile_file_format *ret_format,
			     struct err *err);

/*
 * Of one arm, its runs merged. `filter` NULL = all samples. -ENOENT in a sentence without a
 * profile.
 */
int profile_file_write(struct strbuf *bytes, enum profile_file_format format,
		       const struct selection *selection, uint32_t arm,
		       const struct profile_filter *filter, struct err *err);

/*
 * The same for each arm, to a file each (look_name_arm_file), and the names to stdout. `path` "-"
 * needs one arm. An exit status.
 */
int profile_file_write_arms(const char *path, enum profile_file_format format,
			    const struct selection *selection);
int profile_file_write_filtered(const char *path, enum profile_file_format format,
				const struct selection *selection,
				const struct profile_filter *filter);

#endif
