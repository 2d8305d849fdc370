/*
 * The store: everything that was measured, in one SQLite database, written while it happens. The
 * only SQL in the tree lives in this folder; what is in the database stands in schema.sql and, in
 * prose, in docs/formats/store.md.
 *
 * A store is a folder (.sonde) that holds sonde.db, a .gitignore of `*`, and output/ with what
 * services wrote; or a single file made by `export -o x.sonde`, which opens read-only and answers
 * the same questions.
 *
 * Safe for several sondes at once: WAL mode, one writer at a time, up to 10 s of waiting for it.
 * Each call is one transaction: a kill loses at most the last second. Errors become sentences that
 * name the path: full disk -ENOSPC, locked -EBUSY, read-only -EROFS, damaged or no store at all
 * -EBADMSG, newer than this sonde -EPROTO. An older one is brought up to date by the first that
 * opens it for writing, and is read as it is by those that only look.
 *
 * One thread at a time.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

enum { STORE_VERSION = 5 };

struct store;

/*
 * Where the store is: `override` (--store), else SONDE_STORE, else .sonde in `directory` or above
 * it, else where one would be made: beside the plan (`directory`) when has_plan, else at the root
 * of the git repository above, else XDG_STATE_HOME/sonde or ~/.local/state/sonde. Caller frees.
 */
char *store_find_path(const char *override, const char *directory, bool has_plan);

/*
 * Opens for writing; makes the folder when it is missing (ret_is_new, may be NULL). Under sudo a
 * new store belongs to the invoking user.
 */
int store_open(struct store **ret_store, const char *path, bool *ret_is_new, struct err *err);

/*
 * Opens a folder or a .sonde file to look at. A store that is not there: -ENOENT with the sentence
 * what makes one.
 */
int store_open_readonly(struct store **ret_store, const char *path, struct err *err);
void store_close(struct store *store); /* NULL accepted */
SCOPED_POINTER(store, store_close)

const char *store_get_path(const struct store *store);

/* Under sudo, what is made belongs to the person who typed the command. Else does nothing. */
void store_give_to_user(const char *path);

/*
 * PATH/output/NAME for a service's output; makes the folder. Caller frees. NULL when it cannot be
 * made.
 */
char *store_make_output_path(const struct store *store, const char *name);

#endif
