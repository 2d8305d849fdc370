/*
 * One experiment as a single file: the same schema, the same rows, a database without WAL that
 * opens anywhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/sql.h"
#include "store/store_schema.h"
#include "store/store_write.h"
#include "util/alloc.h"
#include "util/strbuf.h"

#define OF_EXPERIMENT "experiment=?"
#define OF_RUN "run IN (SELECT key FROM run WHERE experiment=?)"

/* Every table that belongs to an experiment, referred to before referring. */
static const struct {
	const char *name, *where;
} tables[] = {
	{"experiment", "id=?"},
	{"run", OF_EXPERIMENT},
	{"arm", OF_EXPERIMENT},
	{"proof", OF_EXPERIMENT},
	{"phase", OF_RUN},
	{"metric", OF_RUN},
	{"request_name", OF_RUN},
	{"load_second", OF_RUN},
	{"load_thread_second", OF_RUN},
	{"load_status", OF_RUN},
	{"load_failure", OF_RUN},
	{"load_summary", OF_RUN},
	{"load_histogram", OF_RUN},
	{"series", OF_RUN},
	{"point", OF_RUN},
	{"profile", OF_RUN},
	{"profile_event", OF_RUN},
	{"profile_truncation", OF_RUN},
	{"profile_string", OF_RUN},
	{"module", OF_RUN},
	{"frame", OF_RUN},
	{"stack", OF_RUN},
	{"thread", OF_RUN},
	{"sample_chunk", OF_RUN},
	{"profile_code", OF_RUN},
	{"profile_code_line", OF_RUN},
	{"profile_source", OF_RUN},
	{"task", OF_RUN},
	{"counter", OF_RUN},
	{"syscall_trace", OF_RUN},
	{"syscall", OF_RUN},
	{"syscall_error", OF_RUN},
	{"lens", OF_RUN},
	{"output", OF_RUN},
	{"tag", OF_EXPERIMENT},
	{"note", OF_EXPERIMENT},
};

/* INSERT with a place for each column of `row`; NULL (and err) on failure. */
static sqlite3_stmt *prepare_insert(struct store *target, const char *table, sqlite3_stmt *row,
				    struct err *err)
{
	struct strbuf sql;
	sqlite3_stmt *insert;

	strbuf_init(&sql, STRBUF_MAX_DEFAULT);
	strbuf_addf(&sql, "INSERT INTO %s VALUES(?", table);
	for (int i = 1; i < sqlite3_column_count(row); i++)
		strbuf_add_text(&sql, ",?");
	strbuf_add_char(&sql, ')');
	insert = sql_query(target, err, strbuf_text(&sql), "");
	strbuf_release(&sql);
	return insert;
}

static int insert_row(struct store *target, sqlite3_stmt *insert, sqlite3_stmt *row,
		      struct err *err)
{
	int code;

	if (insert == NULL)
		return sql_next(target, insert, err);
	code = sqlite3_reset(insert);
	for (int i = 0; i < sqlite3_column_count(row) && code == SQLITE_OK; i++)
		code = sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
	return code == SQLITE_OK ? sql_next(target, insert, err) : sql_error(target, code, err);
}

static int copy_table(struct store *target, struct store *source, const char *table,
		      const char *where, const char *id, struct err *err)
{
	scoped_free char *sql = alloc_printf("SELECT * FROM %s WHERE %s", table, where);
	scoped_statement sqlite3_stmt *row = sql_query(source, err, sql, "s", id);
	scoped_statement sqlite3_stmt *insert = NULL;
	int r = sql_next(source, row, err);

	if (r == 1)
		insert = prepare_insert(target, table, row, err);
	while (r == 1) {
		r = insert_row(target, insert, row, err);
		if (r == 0)
			r = sql_next(source, row, err);
	}
	return r;
}

static int copy_tables(struct store *target, struct store *source, const char *id, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && r == 0; i++)
		r = copy_table(target, source, tables[i].name, tables[i].where, id, err);
	return r;
}

/*
 * Two connections, and not one with both databases: the source may be of an older version and read
 * through views, and may not be writable. Its transaction makes all tables be of the same moment.
 */
static int fill(struct store *target, struct store *source, const char *id, struct err *err)
{
	int r = store_schema_update(target, err);

	if (r == 0)
		r = sql_execute(source, "BEGIN", err);
	if (r < 0)
		return r;
	r = sql_begin(target, err);
	if (r == 0)
		r = sql_end(target, copy_tables(target, source, id, err), err);
	return sql_end(source, r, err);
}

int store_export_experiment(struct store *store, const char *id, const char *path, struct err *err)
{
	struct store target = {.file = alloc_strdup(path)};
	int code, r;

	if (access(path, F_OK) == 0) {
		free(target.file);
		return err_set(err, -EEXIST, "%s exists already", path);
	}
	code = sqlite3_open_v2(path, &target.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	r = code == SQLITE_OK ? fill(&target, store, id, err) : sql_error(&target, code, err);
	sqlite3_close(target.db);
	free(target.file);
	if (r < 0)
		unlink(path);
	return r;
}
