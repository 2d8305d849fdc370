#include "store/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

int sql_error(const struct store *store, int code, struct err *err)
{
	const char *detail = sqlite3_errmsg(store->db);

	switch (code & 0xff) {
	case SQLITE_FULL:
		return err_set(err, -ENOSPC,
			       "the disk is full: cannot write %s; what was stored before is kept",
			       store->file);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, -EBUSY,
			       "%s is locked by another process for more than 10 s; try again",
			       store->file);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return err_set(err, -EROFS,
			       "%s is read-only; use --store DIR or SONDE_STORE for one that can "
			       "be written",
			       store->file);
	case SQLITE_CANTOPEN:
		return err_set(err, -EACCES, "cannot open %s (%s)", store->file, detail);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(err, -EBADMSG,
			       "%s is damaged or not a store (%s); move it away, or try `sqlite3 … "
			       ".recover`",
			       store->file, detail);
	case SQLITE_IOERR:
		return err_set(err, -EIO, "cannot read or write %s (%s)", store->file, detail);
	default:
		return err_set(err, -EBADMSG, "%s: %s", store->file, detail);
	}
}

int sql_execute(struct store *store, const char *sql, struct err *err)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : sql_error(store, code, err);
}

static int bind(sqlite3_stmt *statement, const char *types, va_list args)
{
	int code = SQLITE_OK;

	for (int i = 1; *types != '\0' && code == SQLITE_OK; types++, i++) {
		const void *bytes;
		uint64_t count;

		switch (*types) {
		case 'i':
			code = sqlite3_bind_int64(statement, i, va_arg(args, int64_t));
			break;
		case 'u':
			count = va_arg(args, uint64_t);
			code = count == UINT64_MAX
				       ? sqlite3_bind_null(statement, i)
				       : sqlite3_bind_int64(statement, i, (int64_t)count);
			break;
		case 'd':
			code = sqlite3_bind_double(statement, i, va_arg(args, double));
			break;
		case 's':
			code = sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
						 SQLITE_TRANSIENT);
			break;
		default: /* b */
			bytes = va_arg(args, const void *);
			code = sqlite3_bind_blob64(statement, i, bytes, va_arg(args, size_t),
						   SQLITE_TRANSIENT);
			break;
		}
	}
	return code;
}

static sqlite3_stmt *prepare(struct store *store, struct err *err, const char *sql,
			     const char *types, va_list args)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = bind(statement, types, args);
	if (code == SQLITE_OK)
		return statement;
	sql_error(store, code, err);
	sqlite3_finalize(statement);
	return NULL;
}

sqlite3_stmt *sql_query(struct store *store, struct err *err, const char *sql, const char *types,
			...)
{
	sqlite3_stmt *statement;
	va_list args;

	va_start(args, types);
	statement = prepare(store, err, sql, types, args);
	va_end(args);
	return statement;
}

int sql_run(struct store *store, struct err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list args;
	int code;

	va_start(args, types);
	statement = prepare(store, err, sql, types, args);
	va_end(args);
	code = statement != NULL ? sqlite3_step(statement) : sqlite3_errcode(store->db);
	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		int r = sql_error(store, code, err);

		sqlite3_finalize(statement);
		return r;
	}
	sqlite3_finalize(statement);
	return 0;
}

int sql_rerun(struct store *store, sqlite3_stmt *statement, struct err *err, const char *types, ...)
{
	va_list args;
	int code;

	sqlite3_reset(statement);
	va_start(args, types);
	code = bind(statement, types, args);
	va_end(args);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	return code == SQLITE_DONE || code == SQLITE_OK ? 0 : sql_error(store, code, err);
}

int sql_next(struct store *store, sqlite3_stmt *statement, struct err *err)
{
	int code = statement != NULL ? sqlite3_step(statement) : sqlite3_errcode(store->db);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : sql_error(store, code, err);
}

const char *sql_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text != NULL ? (const char *)text : "";
}

void sql_finish(sqlite3_stmt *statement)
{
	sqlite3_finalize(statement);
}

void sql_statement_cleanup(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

int sql_begin(struct store *store, struct err *err)
{
	return sql_execute(store, "BEGIN IMMEDIATE", err);
}

int sql_end(struct store *store, int result, struct err *err)
{
	if (result >= 0)
		result = sql_execute(store, "COMMIT", err);
	if (result < 0 && !sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}
