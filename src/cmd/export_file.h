/*
 * A run in the formats that files may have, ours and other tools': what `export` writes, and
 * `record -o`. The writers are in profile_file.h, sample_file.h and load_file.h.
 */
#ifndef CMD_EXPORT_FILE_H
#define CMD_EXPORT_FILE_H

#include "util/err.h"
#include "view/selection.h"

struct export_file_format;

/*
 * By its name, else (name NULL) by the suffix of the path. -EINVAL or -EOPNOTSUPP in a sentence
 * that names all formats.
 */
int export_file_find(const char *name, const char *path,
		     const struct export_file_format **ret_format, struct err *err);

/* By the suffix, a format that holds a profile. Likewise; the sentence names the suffixes. */
int export_file_find_profile(const char *path, const struct export_file_format **ret_format,
			     struct err *err);

/*
 * Each arm to a file (look_name_arm_file), an existing one kept as NAME.old, and the names to
 * stdout. `path` NULL = the format's own, "-" = standard output. An exit status, after a message.
 */
int export_file_write(const struct export_file_format *format, const struct selection *selection,
		      const char *path);

#endif
