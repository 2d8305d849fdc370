/*
 * One experiment as a single file: the same schema, the same rows, a database without WAL that
 * opens anywhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sql.h"
#include "store/store_write.h"
#include "util/alloc.h"

extern const char store_schema_sql[];

/* Tables whose rows belong to a run. */
static const char *const run_tables[] = {
	"phase",	"metric", "request_name", "load_second",  "load_status",    "load_failure",
	"load_summary", "series", "point",	  "profile",	  "profile_string", "module",
	"frame",	"stack",  "thread",	  "sample_chunk", "output",
};

static int copy_rows(struct store *target, const char *id, struct err *err)
{
	int r = sql_run(target, err,
			"INSERT INTO experiment SELECT * FROM source.experiment WHERE id=?", "s",
			id);

	if (r == 0)
		r = sql_run(target, err,
			    "INSERT INTO run SELECT * FROM source.run WHERE experiment=?", "s", id);
	for (size_t i = 0; i < sizeof(run_tables) / sizeof(run_tables[0]) && r == 0; i++) {
		scoped_free char *sql =
			alloc_printf("INSERT INTO main.%s SELECT * FROM source.%s WHERE run IN"
				     " (SELECT key FROM main.run)",
				     run_tables[i], run_tables[i]);

		r = sql_execute(target, sql, err);
	}
	if (r == 0)
		r = sql_run(target, err,
			    "INSERT INTO tag SELECT * FROM source.tag WHERE experiment=?", "s", id);
	if (r == 0)
		r = sql_run(target, err,
			    "INSERT INTO note SELECT * FROM source.note WHERE experiment=?", "s",
			    id);
	return r;
}

/*
 * The new file is the main database and the store is attached: so a store that cannot be written
 * can be exported.
 */
static int fill(struct store *target, const struct store *source, const char *id, struct err *err)
{
	int r = sql_execute(target, store_schema_sql, err);

	if (r == 0)
		r = sql_execute(target, "PRAGMA user_version=1", err);
	if (r == 0)
		r = sql_run(target, err, "ATTACH DATABASE ? AS source", "s", source->uri);
	if (r == 0)
		r = sql_begin(target, err);
	return r < 0 ? r : sql_end(target, copy_rows(target, id, err), err);
}

int store_export_experiment(struct store *store, const char *id, const char *path, struct err *err)
{
	struct store target = {.file = alloc_strdup(path)};
	int code, r;

	if (access(path, F_OK) == 0) {
		free(target.file);
		return err_set(err, -EEXIST, "%s exists already", path);
	}
	code = sqlite3_open_v2(path, &target.db,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);
	r = code == SQLITE_OK ? fill(&target, store, id, err) : sql_error(&target, code, err);
	sqlite3_close(target.db);
	free(target.file);
	if (r < 0)
		unlink(path);
	return r;
}
