/* Self-tests come back from the store as they went in; the newest wins; damage is said. */
#include "store/store_selftest.h"

#include <errno.h>

#include "sample_store.h"

static struct sample_store sample;

static void make(struct store_selftest *selftest, uint64_t wall_ns)
{
	*selftest = (struct store_selftest){
		.kind = "load",
		.wall_ns = wall_ns,
		.boot_id = "0f6b3c1e-0000-4000-8000-000000000001",
		.version = "0.1.0",
		.rate_hz = 1000.5,
		.is_within = true,
		.p50_error_ns = -12345,
		.p99_error_ratio = -0.03,
		.has_p99 = true,
		.other_cpus = 1.25,
		.steal_ratio = 0.01,
		.scenario_count = STORE_SELFTEST_SCENARIOS,
	};
	for (uint32_t i = 0; i < STORE_SELFTEST_SCENARIOS; i++) {
		struct store_selftest_scenario *scenario = &selftest->scenarios[i];

		/* names that do not sort in the order in which they ran */
		snprintf(scenario->name, sizeof(scenario->name), "scenario-%u", 9 - i);
		scenario->duration_ns = 100 + i;
		scenario->offered = 200 + i;
		scenario->answered = 300 + i;
		scenario->served = 400 + i;
		scenario->has_late = i % 2 == 1;
		scenario->late_truth_ratio = 0.25;
		scenario->late_ratio = 0.5;
		scenario->ping_p50_ns = 500 + i;
		scenario->ping_p99_ns = 600 + i;
		scenario->lag_p50_ns = 700 + i;
		scenario->lag_p99_ns = 800 + i;
		scenario->client_wait_ratio = 0.125;
		scenario->server_wait_ratio = 0.0625;
		for (int q = 0; q < STORE_SELFTEST_QUANTILES; q++)
			scenario->quantiles[q] = (struct store_selftest_quantile){
				.q = 0.1 * (q + 1),
				.is_earned = q != 1,
				.truth_ns = 1000u * i + (uint32_t)q,
				.measured_ns = 2000u * i + (uint32_t)q,
				.is_bound = q == 2,
				.law_ns = q == 3 ? 9 : 0,
				.is_within = q != 4,
			};
	}
}

static bool is_same_quantile(const struct store_selftest_quantile *a,
			     const struct store_selftest_quantile *b)
{
	return fabs(a->q - b->q) < 1e-12 && a->is_earned == b->is_earned &&
	       a->truth_ns == b->truth_ns && a->measured_ns == b->measured_ns &&
	       a->is_bound == b->is_bound && a->law_ns == b->law_ns && a->is_within == b->is_within;
}

static bool is_same_scenario(const struct store_selftest_scenario *a,
			     const struct store_selftest_scenario *b)
{
	for (int q = 0; q < STORE_SELFTEST_QUANTILES; q++)
		if (!is_same_quantile(&a->quantiles[q], &b->quantiles[q]))
			return false;
	return strcmp(a->name, b->name) == 0 && a->duration_ns == b->duration_ns &&
	       a->offered == b->offered && a->answered == b->answered && a->served == b->served &&
	       a->has_late == b->has_late && !(a->late_truth_ratio < b->late_truth_ratio) &&
	       !(a->late_ratio > b->late_ratio) && a->ping_p50_ns == b->ping_p50_ns &&
	       a->ping_p99_ns == b->ping_p99_ns && a->lag_p50_ns == b->lag_p50_ns &&
	       a->lag_p99_ns == b->lag_p99_ns && !(a->client_wait_ratio < b->client_wait_ratio) &&
	       !(a->server_wait_ratio > b->server_wait_ratio);
}

static void test_round_trip(void)
{
	struct store_selftest in, out;
	struct err err = {0};

	is_int(store_read_last_selftest(sample.store, &out, &err), -ENOENT, "there is none yet");
	ok(strstr(err_text(&err), "sonde selftest load") != NULL, "… and how to get one");
	make(&in, 5000);
	sample_check(store_add_selftest(sample.store, &in, &err), &err);
	make(&in, 4000); /* older, and stored later */
	in.rate_hz = 7;
	sample_check(store_add_selftest(sample.store, &in, &err), &err);
	make(&in, 5000);
	sample_check(store_read_last_selftest(sample.store, &out, &err), &err);
	is_str(out.kind, "load", "kind");
	is_int(out.wall_ns, 5000, "the newest");
	is_str(out.boot_id, in.boot_id, "boot");
	is_str(out.version, in.version, "version");
	is_near(out.rate_hz, 1000.5, 0, "rate");
	ok(out.is_within && out.has_p99, "flags");
	is_int(out.p50_error_ns, -12345, "errors have a sign");
	is_near(out.p99_error_ratio, -0.03, 0, "… both");
	is_near(out.other_cpus, 1.25, 0, "other processes");
	is_near(out.steal_ratio, 0.01, 0, "steal");
	is_int(out.scenario_count, STORE_SELFTEST_SCENARIOS, "scenarios");
	for (uint32_t i = 0; i < out.scenario_count; i++)
		ok(is_same_scenario(&in.scenarios[i], &out.scenarios[i]), "in their order");
}

/* What it refuses, and that nothing of it is given out. */
static void is_damaged(const char *sql, const char *what)
{
	scoped_free char *file = alloc_printf("%s/sonde.db", sample.path);
	struct store_selftest in, out = {.rate_hz = 42};
	struct err err = {0};

	make(&in, 6000);
	sample_check(store_add_selftest(sample.store, &in, &err), &err);
	sample_sql(file, sql);
	is_int(store_read_last_selftest(sample.store, &out, &err), -EBADMSG, what);
	ok(strstr(err_text(&err), "self-test") != NULL, "… with a sentence");
	is_near(out.rate_hz, 42, 0, "… and no result");
	sample_sql(file, "PRAGMA foreign_keys=ON; DELETE FROM selftest WHERE wall_ns=6000");
}

static void test_damage(void)
{
	struct store_selftest out;
	struct err err = {0};

	is_damaged("DELETE FROM selftest_quantile WHERE scenario='scenario-5' AND quantile>0.4"
		   " AND selftest=(SELECT max(key) FROM selftest)",
		   "a quantile that is missing");
	is_damaged("INSERT INTO selftest_scenario SELECT max(key),8,'x',1,1,1,1,0,0,0,1,1,1,1,0,0"
		   " FROM selftest",
		   "a scenario too many");
	is_damaged("INSERT INTO selftest_quantile SELECT max(key),'scenario-9',0.9999,1,1,1,0,0,1"
		   " FROM selftest",
		   "a quantile too many");
	sample_check(store_read_last_selftest(sample.store, &out, &err), &err);
	is_int(out.wall_ns, 5000, "what goes takes its rows with it");
}

/* A store of before there were self-tests. */
static void test_old_store(void)
{
	scoped_free char *file = alloc_printf("%s/sonde.db", sample.path);
	struct store_selftest out;

	sample_sql(file, "DROP TABLE selftest_quantile; DROP TABLE selftest_scenario;"
			 " DROP TABLE selftest");
	is_int(store_read_last_selftest(sample.store, &out, NULL), -ENOENT, "has none");
}

int main(void)
{
	sample_store_open(&sample);
	test_round_trip();
	test_damage();
	test_old_store();
	sample_store_close(&sample);
	return tap_done();
}
