/*
 * Stores of version 1 (tests/data/store_v1.sql): brought up to date when they are opened for
 * writing, read as they are when they are looked at; either way with all that is in them.
 */
#include "store/store_schema.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample_store.h"
#include "util/arena.h"

/* The sample, without what version 1 could not hold: what an old store must read like. */
static struct sample_store reference;
static char *reference_file;

/* One text, of the first row's first column. Caller frees. */
static char *ask(const char *file, const char *sql)
{
	sqlite3_stmt *row = NULL;
	char *text = NULL;
	sqlite3 *db;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW && sqlite3_column_text(row, 0) != NULL)
		text = alloc_strdup((const char *)sqlite3_column_text(row, 0));
	else
		printf("# %s: %s\n", file, sqlite3_errmsg(db));
	sqlite3_finalize(row);
	sqlite3_close(db);
	return text;
}

static void has_version(const char *file, const char *want, const char *what)
{
	scoped_free char *got = ask(file, "PRAGMA user_version");

	is_str(got, want, what);
}

/* Every column, index and reference of every table, a line each. */
static char *describe_schema(const char *file)
{
	return ask(
		file,
		"SELECT group_concat(line, char(10)) FROM ("
		" SELECT m.name || ' column ' || c.cid || ' ' || c.name || ' ' || c.type || ' '"
		"  || c.\"notnull\" || ' ' || ifnull(c.dflt_value, '-') || ' ' || c.pk AS line"
		"  FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type='table'"
		" UNION ALL SELECT m.name || ' index ' || l.name || ' ' || l.\"unique\" || ' '"
		"  || l.origin || ' ' || i.seqno || ' ' || i.name"
		"  FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i"
		"  WHERE m.type='table'"
		" UNION ALL SELECT m.name || ' refers ' || f.\"from\" || ' ' || f.\"table\" || ' '"
		"  || ifnull(f.\"to\", '-') || ' ' || f.on_delete"
		"  FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type='table'"
		" ORDER BY line)");
}

/* Rows of a table that only one of the two databases has. */
static int64_t count_differences(const char *file, const char *other, const char *table)
{
	scoped_free char *attach = alloc_printf("ATTACH '%s' AS other", other);
	scoped_free char *sql =
		alloc_printf("SELECT (SELECT count(*) FROM (SELECT * FROM main.%1$s EXCEPT"
			     " SELECT * FROM other.%1$s)) + (SELECT count(*) FROM (SELECT * FROM"
			     " other.%1$s EXCEPT SELECT * FROM main.%1$s)) + abs((SELECT count(*)"
			     " FROM main.%1$s) - (SELECT count(*) FROM other.%1$s))",
			     table);
	sqlite3_stmt *row = NULL;
	int64_t count = -1;
	sqlite3 *db;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, attach, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		count = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return count;
}

/* All tables of `other` have the same rows in `file`. */
static void is_same_content(const char *file, const char *other, const char *what)
{
	sqlite3_stmt *row = NULL;
	uint32_t tables = 0, wrong = 0;
	sqlite3 *db;

	sqlite3_open_v2(other, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type='table'", -1, &row, NULL);
	for (; sqlite3_step(row) == SQLITE_ROW; tables++) {
		const char *table = (const char *)sqlite3_column_text(row, 0);
		int64_t count = count_differences(file, other, table);

		if (count != 0)
			printf("# %s: %" PRId64 " rows differ\n", table, count);
		wrong += count != 0;
	}
	sqlite3_finalize(row);
	sqlite3_close(db);
	ok(tables > 20 && wrong == 0, what);
}

static void make_reference(void)
{
	sample_store_open(&reference);
	sample_fill(&reference, SAMPLE_ID, 1000);
	reference_file = alloc_printf("%s/sonde.db", reference.path);
	sample_sql(reference_file,
		   "DELETE FROM load_thread_second; UPDATE load_second SET censored=NULL,"
		   " censored_sum_ns=0, censored_min_ns=0, censored_max_ns=0;"
		   " DELETE FROM load_histogram WHERE kind<>'send_lag';"
		   " UPDATE load_summary SET schedule='', depth=1, protocol='', tls_cipher='',"
		   " resolve_ns=0, connects=0, tls_resumed=0, resent=0, cut_seconds=0, warmup=''");
}

static char *read_old_schema(void)
{
	scoped_free char *path = alloc_printf("%s/store_v1.sql", getenv("SONDE_TEST_DATA"));
	FILE *file = fopen(path, "r");
	char *text = alloc_array(1 << 16, 1);

	if (file == NULL || fread(text, 1, (1 << 16) - 1, file) < 1000)
		sample_check(-ENOENT, NULL);
	fclose(file);
	return text;
}

/* A store of version 1 with the reference's rows. `ret_file` is its database; the caller frees. */
static char *make_old(const char *name, char **ret_file)
{
	/* same in both versions */
	static const char *const tables[] = {
		"experiment",	  "run",	  "phase",  "metric", "request_name",
		"load_status",	  "load_failure", "series", "point",  "profile",
		"profile_string", "module",	  "frame",  "stack",  "thread",
		"sample_chunk",	  "output",	  "tag",    "note"};
	char *folder = alloc_printf("%s/%s", reference.folder, name);
	char *file = alloc_printf("%s/sonde.db", folder);
	scoped_free char *schema = read_old_schema();
	struct strbuf sql;

	mkdir(folder, 0755);
	strbuf_init(&sql, 1 << 20);
	strbuf_addf(&sql, "PRAGMA journal_mode=WAL; %s; PRAGMA user_version=1; ATTACH '%s' AS ref;",
		    schema, reference_file);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		strbuf_addf(&sql, "INSERT INTO main.%s SELECT * FROM ref.%s;", tables[i],
			    tables[i]);
	strbuf_add_text(&sql,
			"INSERT INTO main.load_second SELECT run, second, name, offered, answered,"
			" completed, connect, timeout, protocol, unanswered, status, expect,"
			" bytes_in, bytes_out, response, response_sum_ns, response_min_ns,"
			" response_max_ns, service, service_sum_ns, service_min_ns, service_max_ns"
			" FROM ref.load_second;"
			"INSERT INTO main.load_summary SELECT s.run, url, mode, connections,"
			" threads, rate_hz, begin_ns, end_ns, timeout_ns, client_cpu_ns,"
			" client_wait_ns, in_flight_max, reconnects, data, ifnull(sum_ns, 0),"
			" ifnull(min_ns, 0), ifnull(max_ns, 0) FROM ref.load_summary s"
			" LEFT JOIN ref.load_histogram h ON h.run=s.run AND kind='send_lag'");
	sample_sql(file, strbuf_text(&sql));
	strbuf_release(&sql);
	*ret_file = file;
	return folder;
}

static void test_update(void)
{
	scoped_free char *file = NULL, *folder = make_old("old", &file);
	scoped_free char *got = NULL, *want = describe_schema(reference_file);
	struct err err = {0};
	struct store *store;
	bool is_new = true;

	has_version(file, "1", "an old store");
	sample_check(store_open(&store, folder, &is_new, &err), &err);
	store_close(store);
	ok(!is_new, "is not a new one");
	has_version(file, "2", "becomes one of this version");
	got = describe_schema(file);
	is_str(got, want, "with the same tables as a new one");
	is_same_content(file, reference_file, "and everything that was in it");
	sample_check(store_open(&store, folder, NULL, &err), &err);
	store_close(store);
	is_same_content(file, reference_file, "once");
}

static int count_second(void *context, const struct load_second *second)
{
	struct load_counts *counts = context;

	load_counts_add(counts, &second->counts);
	return second->censored->count == 0 ? 0 : -EBADMSG;
}

/* A run of the open loop, through the queries of today. */
static void test_queries(struct store *store)
{
	struct sample_store sample = {.store = store};
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 1);
	struct stored_load_summary summary;
	struct load_thread_second *seconds;
	struct load_counts counts = {0};
	struct err err = {0};
	struct arena arena;
	uint32_t count = 1;

	arena_init(&arena);
	sample_check(store_read_load_summary(store, &arena, key, &summary, &err), &err);
	is_int(summary.in_flight_max, 9, "settings and sums of the load");
	ok(summary.schedule[0] == '\0' && summary.protocol[0] == '\0' && summary.depth == 1,
	   "what was not known then is empty");
	ok(summary.histograms[LOAD_HISTOGRAM_SEND_LAG] != NULL &&
		   summary.histograms[LOAD_HISTOGRAM_SEND_LAG]->count == 369 &&
		   summary.histograms[LOAD_HISTOGRAM_CONNECT] == NULL,
	   "the send lag, which stood elsewhere");
	store_release_load_summary(&summary);
	is_int(store_read_seconds(store, key, count_second, &counts, &err), 0, "every second");
	is_int(counts.offered, 369, "and its counts");
	sample_check(store_read_load_thread_seconds(store, &arena, key, &seconds, &count, &err),
		     &err);
	is_int(count, 0, "nothing of the generator's threads");
	arena_release(&arena);
}

/* Read as it is by somebody who may not write it; root takes the part of nobody. */
static void test_look(void)
{
	scoped_free char *file = NULL, *folder = make_old("only looked at", &file);
	scoped_free char *copy = alloc_printf("%s/copy.sonde", reference.folder);
	struct err err = {0};
	struct store *store;
	bool is_root = geteuid() == 0;

	chmod(folder, 0555);
	chmod(reference.folder, 0777);
	if (is_root)
		sample_check(seteuid(65534), NULL);
	sample_check(store_open_readonly(&store, folder, &err), &err);
	test_queries(store);
	is_int(store_export_experiment(store, SAMPLE_ID, copy, &err), 0, "is exported");
	store_close(store);
	if (is_root)
		sample_check(seteuid(0), NULL);
	chmod(folder, 0755);
	is_same_content(copy, reference_file, "with everything that is in it");
	has_version(copy, "2", "as one of this version");
	has_version(file, "1", "and stays of the version that it is");
}

/* A .sonde file that an older sonde exported. */
static void test_old_file(void)
{
	scoped_free char *file = NULL, *folder = make_old("exported", &file);
	scoped_free char *single = alloc_printf("%s.sonde", folder);
	struct err err = {0};
	struct store *store;

	sample_sql(file, "PRAGMA journal_mode=DELETE");
	sample_check(rename(file, single), NULL);
	sample_check(store_open_readonly(&store, single, &err), &err);
	test_queries(store);
	store_close(store);
	has_version(single, "1", "an old file is not changed");
}

/* What cannot be brought up to date stays whole. */
static void test_failure(void)
{
	scoped_free char *file = NULL, *folder = make_old("fails", &file);
	struct err err = {0};
	struct store *store;

	sample_sql(file, "CREATE TABLE selftest_quantile(of_somebody)"); /* made last */
	is_int(store_open(&store, folder, NULL, &err), -EBADMSG, "an update that fails");
	ok(strstr(err_text(&err), "selftest_quantile") != NULL, "… says why");
	has_version(file, "1", "… and undoes what it did");
	sample_check(store_open_readonly(&store, folder, &err), &err);
	test_queries(store);
	store_close(store);
	sample_sql(file, "DROP TABLE selftest_quantile");
	sample_check(store_open(&store, folder, NULL, &err), &err);
	store_close(store);
	is_same_content(file, reference_file, "then it goes on from there");
}

/* In a process of its own; returns at once. */
static pid_t start_opening(const char *folder)
{
	struct err err = {0};
	struct store *store;
	pid_t child;
	int r;

	fflush(stdout);
	child = fork();
	if (child != 0)
		return child;
	r = store_open(&store, folder, NULL, &err);
	if (r < 0)
		printf("# %s\n", err_text(&err));
	else
		store_close(store);
	fflush(stdout);
	_exit(-r);
}

/* What store_open() returned in it. */
static int end_opening(pid_t child)
{
	int status = 0;

	sample_check(waitpid(child, &status, 0), NULL);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static void test_at_once(void)
{
	enum { ROUNDS = 5, OPENERS = 4 };
	int failed = 0;

	for (int round = 0; round < ROUNDS; round++) {
		scoped_free char *name = alloc_printf("at once %d", round);
		scoped_free char *file = NULL, *folder = make_old(name, &file);
		pid_t children[OPENERS];

		for (int i = 0; i < OPENERS; i++)
			children[i] = start_opening(folder);
		for (int i = 0; i < OPENERS; i++)
			failed += end_opening(children[i]) != 0;
		is_same_content(file, reference_file, "of several at once one does it");
	}
	is_int(failed, 0, "and the others wait");
}

/* This process is the owner, and the one that opens another. */
static void test_owner(void)
{
	scoped_free char *file = NULL, *folder = make_old("measuring", &file);

	sample_sql(file, "UPDATE experiment SET state='running'");
	is_int(end_opening(start_opening(folder)), -EBUSY, "not while an older sonde measures");
	has_version(file, "1", "which finds its tables as they were");
	sample_sql(file, "UPDATE experiment SET owner_start=owner_start-1");
	is_int(end_opening(start_opening(folder)), 0, "but when it has died");
	has_version(file, "2", "so that it cannot mind");
}

int main(void)
{
	make_reference();
	test_update();
	test_look();
	test_old_file();
	test_failure();
	test_at_once();
	test_owner();
	free(reference_file);
	sample_store_close(&reference);
	return tap_done();
}
