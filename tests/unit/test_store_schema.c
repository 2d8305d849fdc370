/*
 * Stores of versions 1 to 3 (tests/data/store_vN.sql): brought up to date when they are opened for
 * writing, read as they are when they are looked at; either way with all that is in them.
 */
#include "store/store_schema.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample_store.h"
#include "util/arena.h"

/* The sample, without what version 1 could not hold: what any old store must read like. */
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

/* The number at *at; moves on. */
static uint64_t get_leb(const unsigned char **at)
{
	uint64_t value = 0;
	unsigned shift = 0;

	do {
		value |= (uint64_t)(**at & 0x7f) << shift;
		shift += 7;
	} while ((*(*at)++ & 0x80) != 0);
	return value;
}

/* SQL: as_triples(data), the samples of a chunk as version 2 wrote them: time, thread, stack. */
static void as_triples(sqlite3_context *context, int count, sqlite3_value **values)
{
	const unsigned char *at = sqlite3_value_blob(values[0]);
	const unsigned char *end = at + sqlite3_value_bytes(values[0]);
	struct strbuf triples;

	strbuf_init(&triples, 1 << 16);
	while (count == 1 && at < end) {
		const unsigned char *begin = at;

		get_leb(&at);
		get_leb(&at);
		get_leb(&at);
		strbuf_add(&triples, begin, (size_t)(at - begin));
		if ((get_leb(&at) & 1) != 0)
			sample_check(-EINVAL, NULL); /* a period of its own */
		get_leb(&at);
	}
	sqlite3_result_blob(context, triples.data, (int)triples.length, SQLITE_TRANSIENT);
	strbuf_release(&triples);
}

static void change_chunks(const char *file)
{
	sqlite3 *db;

	if (sqlite3_open(file, &db) != SQLITE_OK ||
	    sqlite3_create_function(db, "as_triples", 1, SQLITE_UTF8, NULL, as_triples, NULL,
				    NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "UPDATE sample_chunk SET data=as_triples(data), form=2", NULL, NULL,
			 NULL) != SQLITE_OK)
		sample_check(-EBADMSG, NULL);
	sqlite3_close(db);
}

static void make_reference(void)
{
	sample_store_open(&reference);
	sample_fill(&reference, SAMPLE_ID, 1000);
	reference_file = alloc_printf("%s/sonde.db", reference.path);
	change_chunks(reference_file);
	sample_sql(reference_file,
		   "DELETE FROM task; DELETE FROM counter; DELETE FROM syscall_trace;"
		   " DELETE FROM syscall; DELETE FROM syscall_error; DELETE FROM lens;"
		   " DELETE FROM profile_code; DELETE FROM profile_code_line;"
		   " DELETE FROM profile_source; DELETE FROM load_thread_second; UPDATE "
		   "load_second SET censored=NULL,"
		   " censored_sum_ns=0, censored_min_ns=0, censored_max_ns=0;"
		   " DELETE FROM load_histogram WHERE kind<>'send_lag';"
		   " UPDATE load_summary SET schedule='', depth=1, protocol='', tls_cipher='',"
		   " resolve_ns=0, connects=0, tls_resumed=0, resent=0, cut_seconds=0, warmup=''");
}

static char *read_old_schema(int version)
{
	scoped_free char *path =
		alloc_printf("%s/store_v%d.sql", getenv("SONDE_TEST_DATA"), version);
	FILE *file = fopen(path, "r");
	char *text = alloc_array(1 << 16, 1);

	if (file == NULL || fread(text, 1, (1 << 16) - 1, file) < 1000)
		sample_check(-ENOENT, NULL);
	fclose(file);
	return text;
}

/* What the versions since then hold in another form. */
static const char fill_profiles[] =
	"INSERT INTO main.profile SELECT p.run, name, sampler, frequency_hz, period, samples,"
	" complete, joined, truncated, lost, throttled, kernel_hidden, kernel_hidden_ns,"
	" bytes_from_kernel, cpu_ns FROM ref.profile p JOIN ref.profile_event e ON e.run=p.run;"
	"INSERT INTO main.module SELECT run, id, path, kind, build_id FROM ref.module;"
	"INSERT INTO main.frame SELECT run, id, module, svma, function, file, line FROM ref.frame;"
	"INSERT INTO main.sample_chunk SELECT run, begin_ns, count, data FROM ref.sample_chunk;";
static const char fill_load_1[] =
	"INSERT INTO main.load_second SELECT run, second, name, offered, answered,"
	" completed, connect, timeout, protocol, unanswered, status, expect,"
	" bytes_in, bytes_out, response, response_sum_ns, response_min_ns,"
	" response_max_ns, service, service_sum_ns, service_min_ns, service_max_ns"
	" FROM ref.load_second;"
	"INSERT INTO main.load_summary SELECT s.run, url, mode, connections,"
	" threads, rate_hz, begin_ns, end_ns, timeout_ns, client_cpu_ns,"
	" client_wait_ns, in_flight_max, reconnects, data, ifnull(sum_ns, 0),"
	" ifnull(min_ns, 0), ifnull(max_ns, 0) FROM ref.load_summary s"
	" LEFT JOIN ref.load_histogram h ON h.run=s.run AND kind='send_lag';";
static const char fill_load_2[] =
	"INSERT INTO main.load_second SELECT * FROM ref.load_second;"
	"INSERT INTO main.load_summary SELECT * FROM ref.load_summary;"
	"INSERT INTO main.load_histogram SELECT * FROM ref.load_histogram;";
static const char fill_profiles_3[] =
	"INSERT INTO main.profile SELECT * FROM ref.profile;"
	"INSERT INTO main.profile_event SELECT * FROM ref.profile_event;"
	"INSERT INTO main.profile_truncation SELECT * FROM ref.profile_truncation;"
	"INSERT INTO main.module SELECT * FROM ref.module;"
	"INSERT INTO main.frame SELECT * FROM ref.frame;"
	"INSERT INTO main.sample_chunk SELECT * FROM ref.sample_chunk;";

/* A store of an old version with the reference's rows. `ret_file` is its database; the caller
 * frees. */
static char *make_old(int version, const char *name, char **ret_file)
{
	/* same in all versions */
	static const char *const tables[] = {"experiment",     "phase",	 "metric", "request_name",
					     "load_status",    "series", "point",  "load_failure",
					     "stack",	       "thread", "output", "tag",
					     "profile_string", "note"};
	char *folder = alloc_printf("%s/%s %d", reference.folder, name, version);
	char *file = alloc_printf("%s/sonde.db", folder);
	scoped_free char *schema = read_old_schema(version);
	struct strbuf sql;

	mkdir(folder, 0755);
	strbuf_init(&sql, 1 << 20);
	strbuf_addf(&sql,
		    "PRAGMA journal_mode=WAL; %s; PRAGMA user_version=%d; ATTACH '%s' AS ref;",
		    schema, version, reference_file);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		strbuf_addf(&sql, "INSERT INTO main.%s SELECT * FROM ref.%s;", tables[i],
			    tables[i]);
	strbuf_add_text(&sql, "INSERT INTO main.run SELECT key, experiment, number, arm, arm_place,"
			      " pair, state, started_wall_ns, failure, validity, reasons"
			      " FROM ref.run;");
	strbuf_add_text(&sql, version < 3 ? fill_profiles : fill_profiles_3);
	strbuf_add_text(&sql, version == 1 ? fill_load_1 : fill_load_2);
	sample_sql(file, strbuf_text(&sql));
	strbuf_release(&sql);
	*ret_file = file;
	return folder;
}

static const char *get_number(int version)
{
	static const char *const numbers[] = {"0", "1", "2", "3", "4", "5"};

	return numbers[version];
}

static void test_update(int version)
{
	scoped_free char *file = NULL, *folder = make_old(version, "old", &file);
	scoped_free char *got = NULL, *want = describe_schema(reference_file);
	struct err err = {0};
	struct store *store;
	bool is_new = true;

	has_version(file, get_number(version), "an old store");
	sample_check(store_open(&store, folder, &is_new, &err), &err);
	store_close(store);
	ok(!is_new, "is not a new one");
	has_version(file, get_number(STORE_VERSION), "becomes one of this version");
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

static void test_profile(struct store *store, int64_t key)
{
	const struct profile_quality *quality;
	struct profile_data data;
	struct err err = {0};

	profile_data_init(&data);
	sample_check(store_read_profile(store, key, &data, &err), &err);
	quality = &data.quality;
	ok(data.events.count == 1 && strcmp(profile_data_get_event(&data), "cpu-clock") == 0 &&
		   profile_data_get_weight_ns(&data) == SAMPLE_WEIGHT_NS,
	   "a profile's one event");
	ok(data.samples.count == quality->sample_count && data.samples.count > 9 &&
		   data.samples.items[0].period == SAMPLE_WEIGHT_NS &&
		   data.samples.items[9].cpu == SAMPLE_CPU_UNKNOWN &&
		   data.samples.items[9].time_ns - data.samples.items[0].time_ns ==
			   UINT64_C(9) * SAMPLE_WEIGHT_NS,
	   "its samples");
	ok(quality->truncations[TRUNCATION_FRAME_POINTERS] == 1 && quality->stop_count == 0 &&
		   strcmp(string_table_get(&data.strings, data.stacks_from), "fp") == 0,
	   "and how its stacks were taken then");
	ok(data.codes.count == 0 && data.frames.items[0].inline_depth == 0, "without code");
	profile_data_release(&data);
}

static void test_machine(struct store *store, int64_t key)
{
	struct task_usages tasks = {0};
	struct syscall_table table = {0};
	struct err err = {0};

	is_int(store_read_tasks(store, key, &tasks, &err), 0, "threads are asked for");
	is_int(store_read_syscalls(store, key, &table, &err), 0, "and system calls");
	ok(tasks.count == 0 && table.rows.count == 0 && table.method[0] == '\0',
	   "and there are none");
	vec_release(&tasks);
	syscall_table_release(&table);
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
	test_profile(store, key);
	test_machine(store, key);
	arena_release(&arena);
}

/* Read as it is by somebody who may not write it; root takes the part of nobody. */
static void test_look(int version)
{
	scoped_free char *file = NULL, *folder = make_old(version, "only looked at", &file);
	scoped_free char *copy = alloc_printf("%s/copy %d.sonde", reference.folder, version);
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
	has_version(copy, get_number(STORE_VERSION), "as one of this version");
	has_version(file, get_number(version), "and stays of the version that it is");
}

/* A .sonde file that an older sonde exported. */
static void test_old_file(int version)
{
	scoped_free char *file = NULL, *folder = make_old(version, "exported", &file);
	scoped_free char *single = alloc_printf("%s.sonde", folder);
	struct err err = {0};
	struct store *store;

	sample_sql(file, "PRAGMA journal_mode=DELETE");
	sample_check(rename(file, single), NULL);
	sample_check(store_open_readonly(&store, single, &err), &err);
	test_queries(store);
	store_close(store);
	has_version(single, get_number(version), "an old file is not changed");
}

/* What cannot be brought up to date stays whole. */
static void test_failure(int version)
{
	scoped_free char *file = NULL, *folder = make_old(version, "fails", &file);
	struct err err = {0};
	struct store *store;

	sample_sql(file, "CREATE TABLE baseline(of_somebody)"); /* made last */
	is_int(store_open(&store, folder, NULL, &err), -EBADMSG, "an update that fails");
	ok(strstr(err_text(&err), "baseline") != NULL, "… says why");
	has_version(file, get_number(version), "… and undoes what it did");
	sample_check(store_open_readonly(&store, folder, &err), &err);
	test_queries(store);
	store_close(store);
	sample_sql(file, "DROP TABLE baseline");
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
		scoped_free char *file = NULL, *folder = make_old(1, name, &file);
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
static void test_owner(int version)
{
	scoped_free char *file = NULL, *folder = make_old(version, "measuring", &file);

	sample_sql(file, "UPDATE experiment SET state='running'");
	is_int(end_opening(start_opening(folder)), -EBUSY, "not while an older sonde measures");
	has_version(file, get_number(version), "which finds its tables as they were");
	sample_sql(file, "UPDATE experiment SET owner_start=owner_start-1");
	is_int(end_opening(start_opening(folder)), 0, "but when it has died");
	has_version(file, get_number(STORE_VERSION), "so that it cannot mind");
}

int main(void)
{
	make_reference();
	for (int version = 1; version < STORE_VERSION; version++) {
		test_update(version);
		test_look(version);
		test_old_file(version);
		test_failure(version);
		test_owner(version);
	}
	test_at_once();
	free(reference_file);
	sample_store_close(&reference);
	return tap_done();
}
