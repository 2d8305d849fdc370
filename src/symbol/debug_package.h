/*
 * Which packages of Debian or Ubuntu would bring the symbols of files: for the sentence that says
 * what to install. dpkg's lists (/var/lib/dpkg/info/PACKAGE.list, a path a line) are read directly.
 */
#ifndef SYMBOL_DEBUG_PACKAGE_H
#define SYMBOL_DEBUG_PACKAGE_H

#include <stddef.h>

/*
 * "libc6:amd64.list" → "libc6-dbg", "nginx.list" → "nginx-dbgsym"; NULL for a file name of another
 * form. The caller frees.
 */
char *debug_package_format_name(const char *list_name);

/*
 * For each path the package with the symbols of the file there, NULL when no list has it; the
 * caller frees each. All in one pass over the lists below `info_dir` (NULL = /var/lib/dpkg/info):
 * some ten MB, at most 256.
 */
void debug_package_find(const char *info_dir, const char *const *paths, size_t count,
			char **ret_names);

#endif
