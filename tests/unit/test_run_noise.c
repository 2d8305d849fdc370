/*
 * Runs of 12 s whose seconds differ by a known amount: the intervals against what the standard
 * error of independent seconds says.
 */
#include "view/run_noise.h"

#include "sample_view.h"
#include "stats/normal.h"
#include "stats/rng.h"

enum { SECONDS = 12 };

static struct sample_view view;

static double draw_normal(struct rng *rng)
{
	return normal_quantile(fmax(rng_next_double(rng), 1e-15));
}

/* Answers in each second: 1000, by chance 5 % more or less; each of 1 ms and 2 % more or less. */
static void add_seconds(int64_t key, struct rng *rng, double scale)
{
	struct histogram *responses[SECONDS];
	struct load_second seconds[SECONDS];
	struct err err = {0};

	for (uint32_t i = 0; i < SECONDS; i++) {
		double answered = 1000 * (1 + 0.05 * draw_normal(rng));
		double time_ns = scale * 1e6 * (1 + 0.02 * draw_normal(rng));

		responses[i] = histogram_new();
		for (uint32_t k = 0; k < 1000; k++)
			histogram_record(responses[i], (uint64_t)(time_ns * (0.5 + k / 1000.0)));
		seconds[i] = (struct load_second){
			.second = i, .response = responses[i], .service = responses[i]};
		seconds[i].counts.completed = seconds[i].counts.answered = (uint64_t)answered;
	}
	sample_check(store_add_load_seconds(view.sample.store, key, seconds, SECONDS, &err), &err);
	for (uint32_t i = 0; i < SECONDS; i++)
		histogram_free(responses[i]);
}

/* A third of a CPU, 3 % more or less, sampled half a second beside the load's seconds. */
static void add_cpu(int64_t key, uint64_t begin_ns, struct rng *rng, double scale)
{
	struct store_series_cursor cursor = {0};
	struct series_list list = {0};
	struct err err = {0};

	for (uint32_t i = 0; i <= SECONDS; i++)
		series_list_add(&list, "process.cpu_ratio", "", SERIES_RATIO,
				begin_ns + i * SAMPLE_SECOND_NS,
				scale * 0.333 * (1 + 0.03 * draw_normal(rng)));
	sample_check(store_add_series(view.sample.store, key, &list, &cursor, &err), &err);
	vec_release(&cursor.written);
	series_list_release(&list);
}

static void add_run(const char *id, uint32_t number, uint32_t place, double scale)
{
	static const struct store_request_name names[1] = {{"hello", "GET"}};
	int64_t key = sample_add_run(&view.sample, id, number, place, 1);
	uint64_t begin_ns = sample_begin_ns(number);
	struct store_load_summary summary = {.url = "",
					     .mode = "closed",
					     .begin_ns = begin_ns,
					     .end_ns = begin_ns + SECONDS * SAMPLE_SECOND_NS,
					     .schedule = "",
					     .protocol = "",
					     .tls_cipher = "",
					     .warmup = "",
					     .histograms =
						     (struct histogram *[LOAD_HISTOGRAM_COUNT]){0}};
	struct err err = {0};
	struct rng rng;

	rng_init(&rng, number);
	sample_check(store_add_request_names(view.sample.store, key, names, 1, &err), &err);
	sample_check(store_add_load_summary(view.sample.store, key, &summary, NULL, 0, &err), &err);
	add_seconds(key, &rng, scale);
	add_cpu(key, begin_ns, &rng, scale);
	sample_add_metric(&view.sample, key, "rate_rps", "", 1000 / scale);
	sample_add_metric(&view.sample, key, "latency_p50", "", 1e6 * scale);
	sample_add_metric(&view.sample, key, "latency_max", "", 2e6 * scale);
	sample_add_metric(&view.sample, key, "cpu_per_request", "", 333000.0 * scale);
	sample_add_metric(&view.sample, key, "cpu_per_request", "gateway", 333000.0 * scale);
}

/* The window's end as SQL has it: the sample's runs are 3 s long. */
static void lengthen(void)
{
	sample_store_sql(&view.sample,
			 "UPDATE phase SET end_ns=begin_ns+12000000000 WHERE name='measure'");
}

static const struct run_noise *find(const struct run_noise *noise, const char *metric)
{
	for (int i = 0; i < RUN_NOISE_METRICS; i++)
		if (strcmp(noise[i].metric, metric) == 0)
			return &noise[i];
	return NULL;
}

/* Half of the interval, relative; t(0.975, 11) = 2.201, of 12 independent seconds. */
static void check(const struct run_noise *noise, const char *metric, double value, double sd)
{
	const struct run_noise *row = find(noise, metric);
	double half = (row->hi - row->lo) / 2 / value, want = 2.201 * sd / sqrt(SECONDS);

	if (!ok(row->is_known && row->lo < value * (1 + 2 * sd) && row->hi > value * (1 - 2 * sd) &&
			half > want / 2 && half < want * 2,
		metric))
		printf("# %g … %g; half %g of about %g\n", row->lo, row->hi, half, want);
}

static void test_find(void)
{
	struct run_noise noise[RUN_NOISE_METRICS], again[RUN_NOISE_METRICS];
	const struct stored_run *run = &view.selection.arms[0].runs[0];
	struct err err = {0};

	sample_check(run_noise_find(noise, &view.arena, &view.selection, run, &err), &err);
	check(noise, "rate_rps", 1000, 0.05);
	check(noise, "latency_p50", 1e6, 0.02);
	check(noise, "latency_p95", 1.45e6, 0.02);
	check(noise, "latency_mean", 1e6, 0.02);
	check(noise, "cpu_per_request", 333000, 0.058); /* of the CPU time, and of the answers */
	ok(find(noise, "latency_p99")->is_known, "p99 is earned");
	sample_check(run_noise_find(again, &view.arena, &view.selection, run, &err), &err);
	ok(find(noise, "rate_rps")->lo == find(again, "rate_rps")->lo &&
		   find(noise, "latency_p95")->hi == find(again, "latency_p95")->hi,
	   "the same again");
	sample_store_sql(&view.sample, "DELETE FROM point");
	sample_check(run_noise_find(again, &view.arena, &view.selection, run, &err), &err);
	ok(!find(again, "cpu_per_request")->is_known && find(again, "rate_rps")->is_known,
	   "without series nothing is known of the CPU");
}

static void mark(struct run_diff *diff, uint32_t base, uint32_t head)
{
	struct err err = {0};

	sample_check(run_diff_read(diff, &view.arena, &view.selection, base, &view.selection, head,
				   NULL, &err),
		     &err);
	sample_check(run_noise_mark(diff, &view.arena, &view.selection, base, &view.selection, head,
				    &err),
		     &err);
}

/* 1 % more time is within the noise of 2 % a second, and 10 % are not. */
static void test_mark(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	mark(&diff, 0, 1);
	row = run_diff_find(&diff, "latency_p50", "");
	ok(row->is_within_noise && row->noise > 0.01 && row->noise < 0.04, "1 % is within noise");
	row = run_diff_find(&diff, "latency_max", "");
	ok(!row->is_within_noise && isnan(row->noise), "a maximum has none");
	row = run_diff_find(&diff, "cpu_per_request", "gateway");
	ok(!row->is_within_noise && isnan(row->noise), "nor have parts");
	sample_store_sql(&view.sample,
			 "UPDATE metric SET value=1.1*value WHERE name='latency_p50' AND"
			 " run=(SELECT max(key) FROM run)");
	mark(&diff, 0, 1);
	row = run_diff_find(&diff, "latency_p50", "");
	ok(!row->is_within_noise && row->noise < 0.04, "10 % are beyond");
}

static void test_unknown(void)
{
	struct run_noise noise[RUN_NOISE_METRICS];
	const struct stored_run *run = &view.selection.arms[0].runs[0];
	struct run_diff diff;
	struct err err = {0};
	int known = 0;

	sample_store_sql(&view.sample, "UPDATE load_summary SET end_ns=begin_ns+3000000000");
	sample_check(run_noise_find(noise, &view.arena, &view.selection, run, &err), &err);
	for (int i = 0; i < RUN_NOISE_METRICS; i++)
		known += noise[i].is_known;
	is_int(known, 0, "three seconds tell nothing");
	mark(&diff, 0, 1);
	ok(isnan(run_diff_find(&diff, "latency_p50", "")->noise), "which marks nothing");
	sample_store_sql(&view.sample, "DELETE FROM load_summary");
	sample_check(run_noise_find(noise, &view.arena, &view.selection, run, &err), &err);
	ok(!noise[0].is_known && noise[0].metric != NULL, "nor does a run without load");
}

static void test_many(void)
{
	struct run_diff diff;

	sample_view_select(&view, SAMPLE_ID);
	mark(&diff, 0, 1);
	for (uint32_t i = 0; i < diff.metric_count; i++)
		if (!isnan(diff.metrics[i].noise) || diff.metrics[i].is_within_noise)
			ok(false, "several runs have intervals of their own");
}

int main(void)
{
	sample_view_open(&view);
	sample_add_experiment(&view.sample, "nnnnnnnn", 2000);
	add_run("nnnnnnnn", 1, 0, 1);
	add_run("nnnnnnnn", 2, 1, 1.01);
	lengthen();
	sample_view_select(&view, "nnnnnnnn");
	test_mark();
	test_find();
	test_unknown();
	test_many();
	sample_view_close(&view);
	return tap_done();
}
