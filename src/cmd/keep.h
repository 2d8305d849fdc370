/* What the commands that change the store share. */
#ifndef CMD_KEEP_H
#define CMD_KEEP_H

#include "store/store.h"
#include "util/err.h"

/*
 * Opens a store that is there already for writing; the caller closes it. -ENOENT when there is none
 * (nothing to change, so none is made), -EROFS when `path` is a .sonde file.
 */
int keep_open(struct store **ret_store, const char *path, struct err *err);

#endif
