/*
 * A cache on disk: bytes by name, for what can be computed again at any time (tables of unwind
 * rules, symbols of a binary by build id). It may be read-only, full, shared by several sondes, or
 * gone: none of these is an error, it then only caches nothing. Readers check what they get: the
 * bytes come with a checksum, but are as trustworthy as the directory.
 *
 * DIR/KIND-NAME; written beside and moved into place. disk_cache_trim() keeps it below a size by
 * removing what was not used for longest.
 *
 * Any thread; nothing is shared.
 */
#ifndef UTIL_DISK_CACHE_H
#define UTIL_DISK_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

enum { DISK_CACHE_BYTES = 512 << 20 };

/* $XDG_CACHE_HOME/sonde, else ~/.cache/sonde; NULL without either. Caller frees. */
char *disk_cache_find_dir(void);

/*
 * Replaces the buffer's content. -ENOENT when there is none, or it is damaged. `dir` NULL = none.
 */
int disk_cache_read(const char *dir, const char *kind, const char *name, struct strbuf *ret_bytes);

/* Makes the directory if need be (0700). Negative errno is for tests: callers go on. */
int disk_cache_write(const char *dir, const char *kind, const char *name, const void *bytes,
		     size_t length);

void disk_cache_trim(const char *dir, uint64_t bytes_max);

#endif
