/*
 * The versions of the schema. Inside of store/ only: a store of an older version is brought up to
 * date when it is opened for writing, and read through views when it is only looked at.
 */
#ifndef STORE_STORE_SCHEMA_H
#define STORE_STORE_SCHEMA_H

#include "store/sql.h"
#include "util/err.h"

/*
 * The version of a store, 1 to STORE_VERSION; 0 = a database with nothing in it. Changes nothing.
 * -EPROTO: of a newer sonde; -EBADMSG: somebody else's database.
 */
int store_schema_read_version(struct store *store, int *ret_version, struct err *err);

/*
 * Makes the tables of an empty database, or brings those of an older version up to date, in one
 * transaction: two sondes that start at once do not do it twice. -EBUSY while an older sonde
 * measures into the store: it could not go on.
 */
int store_schema_update(struct store *store, struct err *err);

/*
 * Lets the queries of this version read a store of `version`. The file is not changed, and so need
 * not be writable.
 */
int store_schema_adapt(struct store *store, int version, struct err *err);

#endif
