/* Figures of other tools: units, what counts, and the way into the store and back. */
#include "import/foreign_load.h"

#include <sys/stat.h>
#include <unistd.h>

#include "import/import_store.h"
#include "import_load.h"
#include "store/store_read.h"

static double time_of(const char *text)
{
	return foreign_load_parse_time(text, strlen(text));
}

static double amount_of(const char *text)
{
	return foreign_load_parse_amount(text, strlen(text), 1024);
}

static void test_units(void)
{
	is_near(time_of("487.00us"), 487e3, 1e-6, "us");
	is_near(time_of("1.23ms"), 1.23e6, 1e-6, "ms");
	is_near(time_of("2.00s"), 2e9, 1e-6, "s");
	is_near(time_of("1.50m"), 90e9, 1e-3, "minutes");
	is_near(time_of("1.00h"), 3600e9, 1e-3, "hours");
	ok(isnan(time_of("12")) && isnan(time_of("")) && isnan(time_of("ms")) &&
		   isnan(time_of("1.2.3ms")) && isnan(time_of("-1ms")) && isnan(time_of("1e5ms")),
	   "what is no time");
	is_near(amount_of("12.00"), 12, 0, "no unit");
	is_near(amount_of("1.50K"), 1536, 1e-9, "K");
	is_near(amount_of("1.50k"), 1536, 1e-9, "k");
	is_near(amount_of("2.00G"), 2147483648, 1e-3, "G");
	ok(isnan(amount_of("2.00X")) && isnan(amount_of("K")) && isnan(amount_of("1KB")),
	   "what is no amount");
}

static void test_what_counts(void)
{
	struct foreign_load load = {0};

	foreign_load_add(&load, "rate_rps", "", 5);
	foreign_load_add(&load, "rate_rps", "", 6);
	foreign_load_add(&load, "latency_mean", "", (double)NAN);
	foreign_load_add(&load, "latency_max", "", -1);
	foreign_load_add_quantile(&load, "latency_p99", "", 0.99, 999, 1);
	foreign_load_add_quantile(&load, "latency_p95", "", 0.95, 999, 2);
	foreign_load_add_counts(&load, "", 80, 100, 130);
	import_load_check(
		&load,
		"rate_rps 5.000\nlatency_p95 2.000\nrequests 80.000\nsuccess_ratio 0.000\n"
		"failures_per_request 1.000\n",
		"the first of a name, numbers, what is earned, shares up to 1");
	is_int(load.failure_count, 130, "failures");
	foreign_load_release(&load);
}

/* Everything of a run is there again. */
static void test_store(void)
{
	char folder[] = "/tmp/test_foreign.XXXXXX", id[EXPERIMENT_ID_BYTES];
	scoped(store_cleanup) struct store *store = NULL;
	struct stored_experiment experiment;
	struct series_list series = {0};
	struct stored_name *names;
	struct metric_value *metrics;
	struct stored_run *runs;
	scoped_free char *path = NULL;
	uint32_t count = 0;
	struct import import;
	struct arena arena;
	struct err err = {0};

	arena_init(&arena);
	path = alloc_printf("%s/.sonde", mkdtemp(folder));
	is_int(import_load_read(&import, "locust_stats.csv"), 0, "a file");
	is_int(store_open(&store, path, NULL, &err), 0, "a store");
	is_int(import_store(&import, store, "sonde import", "1.0", id, &err), 0, "stored");
	is_int(store_find_experiment(store, &arena, id, &experiment, NULL, &err), 0, "found");
	is_str(experiment.kind, "import", "its kind");
	is_str(experiment.primary_metric, "rate_rps", "its primary metric");
	ok(strstr(experiment.environment, "\"tool\":\"Locust\"") != NULL &&
		   strstr(experiment.environment, "\"schedule\":\"5 users\"") != NULL &&
		   strstr(experiment.environment, "\"failures\":2005") != NULL,
	   "what it was");
	is_int(store_list_runs(store, &arena, id, &runs, &count, &err), 0, "runs");
	is_int(count, 1, "one");
	is_int(runs[0].record.phase_end_ns[PHASE_MEASURE] -
		       runs[0].record.phase_begin_ns[PHASE_MEASURE],
	       import.load.duration_ns, "as long as it was");
	is_int(store_list_metrics(store, &arena, runs[0].key, &metrics, &count, &err), 0,
	       "metrics");
	is_int(count, import.load.metrics.count, "all");
	is_int(store_list_names(store, &arena, runs[0].key, &names, &count, &err), 0, "names");
	is_int(count, 2, "both");
	is_int(store_read_series(store, runs[0].key, &series, &err), 0, "series");
	is_int(series.count, 3, "rate, failures, users");
	series_list_release(&series);
	import_release(&import);
	arena_release(&arena);
}

int main(void)
{
	test_units();
	test_what_counts();
	test_store();
	return tap_done();
}
