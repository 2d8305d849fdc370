/* An import becomes an experiment of the kind "import", of one run. */
#ifndef IMPORT_IMPORT_STORE_H
#define IMPORT_IMPORT_STORE_H

#include "import/import.h"
#include "model/experiment.h"
#include "store/store.h"

/*
 * Its environment is what the file says of its machine; its warnings become notes; its times are
 * the file's. `command_line` and `version` are of the sonde that imports. Errors are those of the
 * store.
 */
int import_store(const struct import *import, struct store *store, const char *command_line,
		 const char *version, char ret_id[static EXPERIMENT_ID_BYTES], struct err *err);

#endif
