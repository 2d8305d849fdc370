#include "store/store_schema.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/owner.h"
#include "store/store.h"
#include "util/alloc.h"

/* Files of this folder, embedded by the build. */
extern const char store_schema_sql[], store_migrate_2_sql[], store_migrate_3_sql[];
extern const char store_migrate_4_sql[], store_migrate_5_sql[];
extern const char store_read_1_sql[], store_read_2_sql[], store_read_3_sql[], store_read_4_sql[];

/* What makes version n + 1 of version n, and what lets version n be read as version n + 1. */
static const char *const migrations[STORE_VERSION] = {
	NULL, store_migrate_2_sql, store_migrate_3_sql, store_migrate_4_sql, store_migrate_5_sql};
static const char *const readings[STORE_VERSION] = {NULL, store_read_1_sql, store_read_2_sql,
						    store_read_3_sql, store_read_4_sql};

static int read_number(struct store *store, const char *sql, int64_t *ret_number, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(store, err, sql, "");
	int r = sql_next(store, row, err);

	if (r == 1)
		*ret_number = sqlite3_column_int64(row, 0);
	return r == 1 ? 0 : r < 0 ? r : err_set(err, -EBADMSG, "%s has no version", store->file);
}

int store_schema_read_version(struct store *store, int *ret_version, struct err *err)
{
	int64_t version = 0, tables = 0;
	int r = read_number(store, "PRAGMA user_version", &version, err);

	if (r == 0)
		r = read_number(store, "SELECT count(*) FROM sqlite_master", &tables, err);
	if (r < 0)
		return r;
	if (tables == 0)
		version = 0;
	else if (version > STORE_VERSION)
		return err_set(err, -EPROTO,
			       "%s was written by a newer sonde (store version %lld; this one "
			       "reads up to %d)",
			       store->file, (long long)version, STORE_VERSION);
	else if (version < 1)
		return err_set(err, -EBADMSG, "%s is a database, but not a store of sonde",
			       store->file);
	*ret_version = (int)version;
	return 0;
}

/* An older sonde would fail in the middle of its run, when its tables are no longer there. */
static int check_nobody_measures(struct store *store, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT id, owner_pid, owner_start, owner_boot FROM experiment"
			  " WHERE state='running'",
			  "");
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct owner owner = {.pid = sqlite3_column_int64(row, 1),
				      .start = sqlite3_column_int64(row, 2)};

		snprintf(owner.boot, sizeof(owner.boot), "%s", sql_text(row, 3));
		if (owner_is_alive(&owner) && owner.pid != getpid())
			return err_set(err, -EBUSY,
				       "%s is of an older sonde, and one still measures %s into "
				       "it (process %lld); try again when that has ended",
				       store->file, sql_text(row, 0), (long long)owner.pid);
	}
	return r;
}

static int update(struct store *store, struct err *err)
{
	scoped_free char *set_version = alloc_printf("PRAGMA user_version=%d", STORE_VERSION);
	int version = 0;
	int r = store_schema_read_version(store, &version, err);

	if (r < 0 || version == STORE_VERSION)
		return r;
	if (version > 0)
		r = check_nobody_measures(store, err);
	if (version == 0)
		r = sql_execute(store, store_schema_sql, err);
	else
		for (; version < STORE_VERSION && r == 0; version++)
			r = sql_execute(store, migrations[version], err);
	return r < 0 ? r : sql_execute(store, set_version, err);
}

int store_schema_update(struct store *store, struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, update(store, err), err);
}

int store_schema_adapt(struct store *store, int version, struct err *err)
{
	int r;

	if (version >= STORE_VERSION)
		return 0;
	r = sql_execute(store, "PRAGMA temp_store=MEMORY", err);
	for (; version < STORE_VERSION && r == 0; version++)
		r = sql_execute(store, readings[version], err);
	return r;
}
