#include "cmd/keep.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "util/scoped.h"

int keep_open(struct store **ret_store, const char *path, struct err *err)
{
	scoped(store_cleanup) struct store *existing = NULL;
	struct stat status;
	int r;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
		return err_set(err, -EROFS,
			       "%s is a file to read from; only a store can be changed", path);
	r = store_open_readonly(&existing, path, err);
	return r < 0 ? r : store_open(ret_store, path, NULL, err);
}
