/*
 * Asks the servers of DEBUGINFOD_URLS for debug information by build id, through elfutils'
 * libdebuginfod.so.1 (which keeps a cache of its own below ~/.cache). The library is loaded when
 * it is needed: sonde does not depend on it, and most machines have none.
 */
#ifndef ELF_DEBUGINFOD_H
#define ELF_DEBUGINFOD_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* Called about once a second, on the thread that fetches; true: give up. */
typedef bool (*debuginfod_cancel_fn)(void *arg);

/*
 * A descriptor of the file, and its path (either NULL or the caller's, free()). It ends at
 * `deadline_ns` (CLOCK_MONOTONIC) at the latest, plus about a second, with -ETIMEDOUT; 0 = never
 * ask. -ECANCELED when `is_cancelled` (may be NULL) said so; -ENOTSUP without URLs or library;
 * -ENOENT when no server has the file; else what the library returned.
 */
int debuginfod_fetch(int *ret_fd, char **ret_path, const uint8_t *build_id, uint8_t build_id_length,
		     uint64_t deadline_ns, debuginfod_cancel_fn is_cancelled, void *arg,
		     struct err *err);

#endif
