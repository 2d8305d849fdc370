#include "store/store_selftest.h"

#include <errno.h>
#include <stdio.h>

#include "store/sql.h"

/* ---- writing ---- */

static int add_quantiles(struct store *store, int64_t key,
			 const struct store_selftest_scenario *scenario, struct err *err)
{
	int r = 0;

	for (int i = 0; i < STORE_SELFTEST_QUANTILES && r == 0; i++) {
		const struct store_selftest_quantile *quantile = &scenario->quantiles[i];

		r = sql_run(store, err, "INSERT INTO selftest_quantile VALUES(?,?,?,?,?,?,?,?,?)",
			    "isdiiiiii", key, scenario->name, quantile->q,
			    (int64_t)quantile->is_earned, (int64_t)quantile->truth_ns,
			    (int64_t)quantile->measured_ns, (int64_t)quantile->is_bound,
			    (int64_t)quantile->law_ns, (int64_t)quantile->is_within);
	}
	return r;
}

static int add_scenario(struct store *store, int64_t key, int64_t place,
			const struct store_selftest_scenario *scenario, struct err *err)
{
	int r = sql_run(
		store, err, "INSERT INTO selftest_scenario VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		"iisiiiiiddiiiidd", key, place, scenario->name, (int64_t)scenario->duration_ns,
		(int64_t)scenario->offered, (int64_t)scenario->answered, (int64_t)scenario->served,
		(int64_t)scenario->has_late, scenario->late_truth_ratio, scenario->late_ratio,
		(int64_t)scenario->ping_p50_ns, (int64_t)scenario->ping_p99_ns,
		(int64_t)scenario->lag_p50_ns, (int64_t)scenario->lag_p99_ns,
		scenario->client_wait_ratio, scenario->server_wait_ratio);

	return r < 0 ? r : add_quantiles(store, key, scenario, err);
}

static int add_all(struct store *store, const struct store_selftest *selftest, struct err *err)
{
	int64_t key;
	int r = sql_run(store, err,
			"INSERT INTO selftest(kind, wall_ns, boot_id, version, rate_hz, is_within,"
			" p50_error_ns, p99_error_ratio, has_p99, other_cpus, steal_ratio)"
			" VALUES(?,?,?,?,?,?,?,?,?,?,?)",
			"sissdiididd", selftest->kind, (int64_t)selftest->wall_ns,
			selftest->boot_id, selftest->version, selftest->rate_hz,
			(int64_t)selftest->is_within, selftest->p50_error_ns,
			selftest->p99_error_ratio, (int64_t)selftest->has_p99, selftest->other_cpus,
			selftest->steal_ratio);

	key = sqlite3_last_insert_rowid(store->db);
	for (uint32_t i = 0; i < selftest->scenario_count && r == 0; i++)
		r = add_scenario(store, key, i, &selftest->scenarios[i], err);
	return r;
}

int store_add_selftest(struct store *store, const struct store_selftest *selftest, struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, add_all(store, selftest, err), err);
}

/* ---- reading ---- */

static uint64_t column_u64(sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

static bool column_bool(sqlite3_stmt *row, int column)
{
	return sqlite3_column_int64(row, column) != 0;
}

static int read_quantiles(struct store *store, int64_t key,
			  struct store_selftest_scenario *scenario, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT quantile, is_earned, truth_ns, measured_ns, is_bound, law_ns,"
			  " is_within FROM selftest_quantile WHERE selftest=? AND scenario=?"
			  " ORDER BY quantile",
			  "is", key, scenario->name);
	int count = 0, r;

	while ((r = sql_next(store, row, err)) == 1 && count < STORE_SELFTEST_QUANTILES)
		scenario->quantiles[count++] = (struct store_selftest_quantile){
			.q = sqlite3_column_double(row, 0),
			.is_earned = column_bool(row, 1),
			.truth_ns = column_u64(row, 2),
			.measured_ns = column_u64(row, 3),
			.is_bound = column_bool(row, 4),
			.law_ns = column_u64(row, 5),
			.is_within = column_bool(row, 6),
		};
	if (r == 1 || (r == 0 && count < STORE_SELFTEST_QUANTILES))
		return err_set(err, -EBADMSG, "%s: the self-test's scenario %s is damaged",
			       store->path, scenario->name);
	return r;
}

static void fill_scenario(sqlite3_stmt *row, struct store_selftest_scenario *out)
{
	*out = (struct store_selftest_scenario){
		.duration_ns = column_u64(row, 1),
		.offered = column_u64(row, 2),
		.answered = column_u64(row, 3),
		.served = column_u64(row, 4),
		.has_late = column_bool(row, 5),
		.late_truth_ratio = sqlite3_column_double(row, 6),
		.late_ratio = sqlite3_column_double(row, 7),
		.ping_p50_ns = column_u64(row, 8),
		.ping_p99_ns = column_u64(row, 9),
		.lag_p50_ns = column_u64(row, 10),
		.lag_p99_ns = column_u64(row, 11),
		.client_wait_ratio = sqlite3_column_double(row, 12),
		.server_wait_ratio = sqlite3_column_double(row, 13),
	};
	snprintf(out->name, sizeof(out->name), "%s", sql_text(row, 0));
}

static int read_scenarios(struct store *store, int64_t key, struct store_selftest *selftest,
			  struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT scenario, duration_ns, offered, answered, served, has_late,"
		" late_truth_ratio, late_ratio, ping_p50_ns, ping_p99_ns, lag_p50_ns, lag_p99_ns,"
		" client_wait_ratio, server_wait_ratio FROM selftest_scenario WHERE selftest=?"
		" ORDER BY place",
		"i", key);
	int r;

	while ((r = sql_next(store, row, err)) == 1) {
		struct store_selftest_scenario *scenario;

		if (selftest->scenario_count == STORE_SELFTEST_SCENARIOS)
			return err_set(err, -EBADMSG, "%s: a self-test has too many scenarios",
				       store->path);
		scenario = &selftest->scenarios[selftest->scenario_count++];
		fill_scenario(row, scenario);
		r = read_quantiles(store, key, scenario, err);
		if (r < 0)
			return r;
	}
	return r;
}

/* 1 = there is one and `selftest` has its own figures. */
static int read_newest(struct store *store, struct store_selftest *selftest, int64_t *ret_key,
		       struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT key, kind, wall_ns, boot_id, version, rate_hz, is_within, p50_error_ns,"
		" p99_error_ratio, has_p99, other_cpus, steal_ratio FROM selftest"
		" WHERE kind='load' ORDER BY wall_ns DESC, key DESC LIMIT 1",
		"");
	int r = sql_next(store, row, err);

	if (r != 1)
		return r;
	*ret_key = sqlite3_column_int64(row, 0);
	*selftest = (struct store_selftest){
		.wall_ns = column_u64(row, 2),
		.rate_hz = sqlite3_column_double(row, 5),
		.is_within = column_bool(row, 6),
		.p50_error_ns = sqlite3_column_int64(row, 7),
		.p99_error_ratio = sqlite3_column_double(row, 8),
		.has_p99 = column_bool(row, 9),
		.other_cpus = sqlite3_column_double(row, 10),
		.steal_ratio = sqlite3_column_double(row, 11),
	};
	snprintf(selftest->kind, sizeof(selftest->kind), "%s", sql_text(row, 1));
	snprintf(selftest->boot_id, sizeof(selftest->boot_id), "%s", sql_text(row, 3));
	snprintf(selftest->version, sizeof(selftest->version), "%s", sql_text(row, 4));
	return 1;
}

static int has_table(struct store *store, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err, "SELECT 1 FROM sqlite_master WHERE name='selftest'", "");

	return sql_next(store, row, err);
}

int store_read_last_selftest(struct store *store, struct store_selftest *ret_selftest,
			     struct err *err)
{
	struct store_selftest selftest = {0};
	int64_t key = 0;
	int r = has_table(store, err);

	if (r == 1)
		r = read_newest(store, &selftest, &key, err);
	if (r == 0)
		return err_set(err, -ENOENT, "no self-test in %s yet: sonde selftest load",
			       store->path);
	if (r > 0)
		r = read_scenarios(store, key, &selftest, err);
	if (r == 0)
		*ret_selftest = selftest;
	return r;
}
