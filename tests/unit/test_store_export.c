/* An experiment as a single file, and the end of one: both with everything that belongs to it. */
#include <errno.h>
#include <unistd.h>

#include "sample_store.h"
#include "store/store_proof.h"

static struct sample_store sample;

static int64_t count_rows(const char *file, const char *sql)
{
	sqlite3_stmt *row = NULL;
	int64_t count = -1;
	sqlite3 *db;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		count = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return count;
}

/* Tables of the machine: they belong to no experiment, and stay in the store. */
static bool is_of_machine(const char *table)
{
	static const char *const tables[] = {"selftest", "selftest_scenario", "selftest_quantile",
					     "null_estimate", "baseline"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(table, tables[i]) == 0)
			return true;
	return false;
}

/*
 * Each table that belongs to an experiment: the file has the rows of one, and the store of two, or
 * of the other one when is_left.
 */
static void compare_tables(const char *store, const char *file, bool is_left)
{
	sqlite3_stmt *row = NULL;
	uint32_t tables = 0, wrong = 0;
	sqlite3 *db;

	sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type='table'", -1, &row, NULL);
	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(row, 0);
		scoped_free char *sql = alloc_printf("SELECT count(*) FROM %s", table);
		int64_t here = count_rows(store, sql), there = count_rows(file, sql);
		bool is_good = is_left ? here == there && here > 0 : there > 0 && here == 2 * there;

		if (is_of_machine(table))
			continue;
		tables++;
		if (!is_good)
			printf("# %s: %lld rows in the store, %lld in the file\n", sql,
			       (long long)here, (long long)there);
		wrong += !is_good;
	}
	sqlite3_finalize(row);
	sqlite3_close(db);
	is_int(tables, 36, "every table was looked at");
	is_int(wrong, 0,
	       is_left ? "what is left is the other experiment"
		       : "the file has one of two like experiments");
}

static void fill_both(void)
{
	static const char *const ids[2] = {SAMPLE_ID, "zzzzzzzz"};
	struct err err = {0};

	for (int i = 0; i < 2; i++) {
		const struct arm_source arm = {.name = "proxy",
					       .word = "",
					       .revision = "",
					       .subject = "",
					       .content = "",
					       .patch = "",
					       .vars = "{}"};
		const struct proof_record proof = {
			.experiment = ids[i], .command = "prove", .end = "pairs"};

		sample_fill(&sample, ids[i], 1000);
		sample_check(store_set_arms(sample.store, ids[i], &arm, 1, &err), &err);
		sample_check(store_set_proof(sample.store, &proof, &err), &err);
		sample_check(
			store_set_tag(sample.store, i == 0 ? "one" : "two", ids[i], "/proxy", &err),
			&err);
		sample_check(store_add_note(sample.store, ids[i], "a note", &err), &err);
		sample_check(store_add_output(sample.store, sample_get_key(&sample, ids[i], 1),
					      "gateway", 3, "abc", 3, &err),
			     &err);
	}
}

static void test_export(const char *file)
{
	scoped_free char *database = alloc_printf("%s/sonde.db", sample.path);
	scoped_free char *nowhere = alloc_printf("%s/no/where.sonde", sample.folder);
	struct stored_experiment *list;
	struct arena arena;
	struct store *single;
	struct err err = {0};
	uint32_t count;

	arena_init(&arena);
	is_int(store_export_experiment(sample.store, SAMPLE_ID, file, &err), 0, "exported");
	compare_tables(database, file, false);
	is_int(count_rows(file, "PRAGMA user_version"), STORE_VERSION, "of the same version");
	sample_check(store_open_readonly(&single, file, &err), &err);
	sample_check(store_list_experiments(single, &arena, &list, &count, &err), &err);
	ok(count == 1 && strcmp(list[0].id, SAMPLE_ID) == 0 && strcmp(list[0].tags, "one") == 0 &&
		   list[0].run_count == SAMPLE_RUNS,
	   "the file reads like a store");
	is_int(store_export_experiment(single, SAMPLE_ID, database, &err), -EEXIST,
	       "nothing is written over");
	ok(store_add_note(single, SAMPLE_ID, "late", &err) == -EROFS, "nor into the file");
	store_close(single);
	ok(store_export_experiment(sample.store, SAMPLE_ID, nowhere, &err) < 0 &&
		   strstr(err_text(&err), nowhere) != NULL,
	   "a place that cannot be written is named");
	arena_release(&arena);
}

static void test_remove(const char *file)
{
	scoped_free char *database = alloc_printf("%s/sonde.db", sample.path);
	struct err err = {0};

	sample_check(store_reopen_experiment(sample.store, "zzzzzzzz", &err), &err);
	is_int(store_remove_experiment(sample.store, "zzzzzzzz", &err), 0, "removed");
	compare_tables(database, file, true);
	is_int(store_remove_experiment(sample.store, "zzzzzzzz", &err), 0, "twice is once");
}

/* The owner is the test's parent, which lives as long as the test. */
static void test_remove_running(void)
{
	scoped_free char *stat = alloc_printf("/proc/%d/stat", getppid());
	unsigned long long start = 0;
	scoped_free char *sql = NULL;
	FILE *file = fopen(stat, "r");
	char line[1024] = "";
	struct err err = {0};
	char *at;

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		sample_check(-1, NULL);
	fclose(file);
	at = strrchr(line, ')');
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL || sscanf(at, "%llu", &start) != 1)
		sample_check(-1, NULL);
	sample_check(store_reopen_experiment(sample.store, SAMPLE_ID, &err), &err);
	sql = alloc_printf("UPDATE experiment SET owner_pid=%d, owner_start=%llu", getppid(),
			   start);
	sample_store_sql(&sample, sql);
	is_int(store_remove_experiment(sample.store, SAMPLE_ID, &err), -EBUSY,
	       "what another process measures is not removed");
	ok(strstr(err_text(&err), "end it first") != NULL, "… with a sentence");
}

int main(void)
{
	scoped_free char *file = NULL;

	sample_store_open(&sample);
	file = alloc_printf("%s/one.sonde", sample.folder);
	fill_both();
	test_export(file);
	test_remove(file);
	test_remove_running();
	sample_store_close(&sample);
	return tap_done();
}
