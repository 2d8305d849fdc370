/*
 * Finding the file that a command's first word names, before anything is forked, so that a mistake
 * gets a sentence.
 */
#ifndef LAB_PROGRAM_H
#define LAB_PROGRAM_H

#include "util/err.h"

/*
 * The path to execute for `name`: itself when it has a slash, else the first executable file along
 * the PATH of `env` (NULL-terminated "K=V"), as execvpe() finds it. Relative paths begin at
 * `directory` (NULL = the working directory), and so does the result; caller frees. -ENOENT,
 * -EISDIR, -EACCES, -ENOTDIR … in a sentence that names the path and the directory.
 */
int program_find(const char *name, const char *const *env, const char *directory, char **ret_path,
		 struct err *err);

#endif
