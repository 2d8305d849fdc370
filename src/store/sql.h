/*
 * The small door to SQLite inside of store/: statements with typed arguments, and errors as
 * sentences.
 *
 * Argument letters: i int64_t · u uint64_t (UINT64_MAX, "not known" → NULL) · d double · s const
 * char * (NULL → NULL) · b const void *, size_t (NULL → NULL).
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

struct store {
	sqlite3 *db;
	char *path; /* as given: folder or file */
	char *file; /* the database itself */
	bool is_readonly;
};

/* The sentence and errno for the database's last error. */
int sql_error(const struct store *store, int code, struct err *err);

/* Runs statements without arguments or results. */
int sql_execute(struct store *store, const char *sql, struct err *err);

/* Runs one statement without results. */
int sql_run(struct store *store, struct err *err, const char *sql, const char *types, ...);

/*
 * Prepares one statement and binds its arguments; NULL (and err) on failure. sql_finish() ends it.
 */
sqlite3_stmt *sql_query(struct store *store, struct err *err, const char *sql, const char *types,
			...);

/* Runs a prepared statement once more with new arguments, for many rows; 0 or error. */
int sql_rerun(struct store *store, sqlite3_stmt *statement, struct err *err, const char *types,
	      ...);

/*
 * 1 = a row is ready, 0 = no more, negative = error. A NULL statement is the error of the
 * sql_query() that gave it.
 */
int sql_next(struct store *store, sqlite3_stmt *statement, struct err *err);

/* A text column, "" for NULL; valid until the next sql_next. */
const char *sql_text(sqlite3_stmt *statement, int column);

void sql_finish(sqlite3_stmt *statement); /* NULL accepted */
void sql_statement_cleanup(sqlite3_stmt **statement);
#define scoped_statement scoped(sql_statement_cleanup)

/*
 * BEGIN IMMEDIATE … COMMIT, or ROLLBACK when `result` is negative; returns the result or the
 * commit's error.
 */
int sql_begin(struct store *store, struct err *err);
int sql_end(struct store *store, int result, struct err *err);

static inline uint64_t sql_u64(sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

/* What letter u wrote. */
static inline uint64_t sql_known(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? UINT64_MAX : sql_u64(row, column);
}

/* Gives a vector's items to the arena. */
#define sql_move_to_arena(arena, vec, ret_items, ret_count)                                        \
	do {                                                                                       \
		*(ret_items) = arena_alloc((arena), (vec).count + 1, sizeof(*(vec).items));        \
		if ((vec).count > 0)                                                               \
			memcpy(*(ret_items), (vec).items, (vec).count * sizeof(*(vec).items));     \
		*(ret_count) = (uint32_t)(vec).count;                                              \
		vec_release(&(vec));                                                               \
	} while (0)

#endif
