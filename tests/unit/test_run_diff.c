/*
 * Arms side by side, against R 4.2 (wilcox.test with conf.int and exact, on logarithms) for the
 * numbers of test_rank.c, and by hand for the rest.
 */
#include "view/run_diff.h"

#include "sample_view.h"
#include "store/store_proof.h"
#include "view/comparability.h"

static struct sample_view view;

static void compare_by(struct run_diff *diff, uint32_t base, uint32_t head,
		       const struct run_diff_options *options)
{
	struct err err = {0};

	sample_check(run_diff_read(diff, &view.arena, &view.selection, base, &view.selection, head,
				   options, &err),
		     &err);
}

static void compare(struct run_diff *diff, uint32_t base, uint32_t head, double delta)
{
	struct run_diff_options options = {.delta = delta};

	compare_by(diff, base, head, &options);
}

/* The verdict on a metric that decides: no other one takes anything from it. */
static enum verdict judge(const char *metric, uint32_t base, uint32_t head, double delta)
{
	struct run_diff_options options = {.delta = delta, .primary = metric};
	struct run_diff diff;

	compare_by(&diff, base, head, &options);
	return run_diff_find(&diff, metric, "")->verdict;
}

/* What fails fast costs little: more failures decide before the primary metric does. */
static void test_veto(void)
{
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	is_str(diff.veto,
	       "99 % of the requests succeeded with zero-copy, and 100 % with proxy: that decides",
	       "one request of a hundred failed");
	is_int(diff.verdict, VERDICT_REGRESSED, "which is worse");
	is_int(run_diff_find(&diff, "success_ratio", "")->verdict, VERDICT_REGRESSED,
	       "and its row says so, whatever Holm leaves");
	compare(&diff, 1, 0, 0);
	is_str(diff.veto, "", "the other way round nothing is decided by it");
	is_int(diff.verdict, run_diff_find(&diff, "cpu_per_request", "")->verdict,
	       "but by the primary metric");
	sample_store_sql(&view.sample, "UPDATE metric SET value=1 WHERE name='success_ratio'");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1, 0);
	is_str(diff.veto, "", "and nothing where none fails");
}

static void test_paired(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	is_str(diff.base_label, "proxy", "base");
	is_str(diff.head_label, "zero-copy", "head");
	is_str(diff.design, "paired", "runs of one experiment are paired");
	is_int(diff.pair_count, 6, "pairs");
	is_str(diff.primary, "cpu_per_request", "the plan's primary metric");
	is_str(diff.why_none, "", "enough for a verdict");
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(row->has_estimate && row->has_interval && row->n_base == 6 && row->n_head == 6,
	   "with an interval");
	is_near(row->base, 100850.0, 1e-9, "the base's median");
	is_near(row->head, 104000.0, 1e-9, "the head's");
	is_near(row->estimate, 1.03481222292019259, 1e-12, "the ratio, by R");
	is_near(row->lo, 0.97749510763209424, 1e-12, "its lower bound");
	is_near(row->hi, 1.05472636815920384, 1e-12, "its upper bound");
	is_near(row->level, 0.96875, 1e-12, "what six pairs cover");
	is_str(row->method, "paired Hodges-Lehmann", "method");
	is_int(row->verdict, VERDICT_INCONCLUSIVE, "across the border");
	is_int(diff.verdict, VERDICT_INCONCLUSIVE, "which is the verdict of all");
	row = run_diff_find(&diff, "cpu_per_request", "workers");
	is_near(row->estimate, 1.03481222292019259, 1e-12, "scopes have rows of their own");
	row = run_diff_find(&diff, "rate_rps", "");
	is_near(row->estimate, 1.1, 1e-12, "10 % more in each pair");
	is_near(row->lo, 1.1, 1e-12, "without any doubt");
	is_int(judge("rate_rps", 0, 1, 0), VERDICT_IMPROVED, "higher is better");
	compare(&diff, 1, 0, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	is_near(row->estimate, 1.0 / 1.03481222292019259, 1e-12, "swapped: the reciprocal");
	is_near(row->lo, 1.0 / 1.05472636815920384, 1e-12, "bounds too");
	is_int(judge("rate_rps", 1, 0, 0), VERDICT_REGRESSED, "and the verdict");
}

static void test_delta(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0.06);
	is_int(diff.verdict, VERDICT_EQUIVALENT, "within 6 % they are equivalent");
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(row->delta == 0.06 && row->delta_from == RUN_DIFF_DELTA_ASKED, "6 % were asked for");
	is_int(judge("rate_rps", 0, 1, 0.06), VERDICT_IMPROVED, "10 % are more");
	is_int(judge("rate_rps", 0, 1, 0.11), VERDICT_EQUIVALENT, "than 11 % are not");
	compare(&diff, 0, 1, 0.001);
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(row->delta == RUN_DIFF_DELTA && row->delta_from == RUN_DIFF_DELTA_DEFAULT,
	   "never less than 2 %");
}

/* Metrics that can be zero: differences in their own unit, never a logarithm. */
static void test_differences(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "failures_per_request", "");
	ok(row->has_interval && row->estimate == 0.0 && row->lo == 0.0 && row->hi == 0.0,
	   "zero on both sides is a difference of zero");
	is_near(row->delta, 1e-4, 0, "one in 10,000 does not matter");
	is_int(judge("failures_per_request", 0, 1, 0), VERDICT_EQUIVALENT, "which is equivalent");
	row = run_diff_find(&diff, "switches_voluntary_per_request", "");
	is_near(row->estimate, 0.5, 1e-12, "from zero to a half");
	is_int(judge("switches_voluntary_per_request", 0, 1, 0), VERDICT_REGRESSED, "is worse");
	row = run_diff_find(&diff, "wait_per_request", "");
	is_near(row->estimate, 10.0, 1e-9, "10 of 1000 ns");
	is_near(row->delta, 1000.0, 1e-9, "and delta in its unit, too");
	is_int(judge("wait_per_request", 0, 1, 0), VERDICT_EQUIVALENT,
	       "are less than 2 % of the base");
	row = run_diff_find(&diff, "success_ratio", "");
	is_near(row->estimate, -0.01, 1e-12, "one request of a hundred failed");
	is_int(judge("success_ratio", 0, 1, 0.5), VERDICT_REGRESSED,
	       "which matters however large the threshold");
	is_int(run_diff_find(&diff, "requests", "")->verdict, VERDICT_NONE,
	       "a metric without a direction has no verdict");
}

static void test_missing_values(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "latency_p99", "request:hello");
	ok(row->has_estimate && !row->has_interval && row->n_base == 4 && row->n_head == 4,
	   "four runs have it: an estimate only");
	is_near(row->estimate, 5.1 / 5.0, 1e-12, "which is right");
	is_int(row->verdict, VERDICT_NONE, "and no verdict");
	row = run_diff_find(&diff, "rss_peak", "");
	ok(row != NULL && !row->has_estimate && row->n_head == 0 && isnan(row->head) &&
		   row->base == 1e8 + 3.5,
	   "what only the base has shows the base");
	compare(&diff, 1, 0, 0);
	row = run_diff_find(&diff, "rss_peak", "");
	ok(row != NULL && !row->has_estimate && row->n_base == 0 && isnan(row->base) &&
		   row->head == 1e8 + 3.5,
	   "what only the head has, the head");
	for (uint32_t i = 1; i < diff.metric_count; i++)
		if (diff.metrics[i - 1].info > diff.metrics[i].info)
			ok(false, "rows are in the list's order");
	ok(run_diff_find(&diff, "rss_peak", "nobody") == NULL, "no row for nobody");
}

/* A value of zero has no logarithm: its pair does not count. */
static void test_zero_in_ratio(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	sample_add_metric(&view.sample, sample_get_key(&view.sample, SAMPLE_ID, 6),
			  "cpu_per_request", "", 0.0);
	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(isfinite(row->estimate) && !row->has_interval, "a zero is left out of a ratio");
	is_near(row->estimate, 1.0330661322645289, 1e-12, "the other five pairs, by R");
	sample_add_metric(&view.sample, sample_get_key(&view.sample, SAMPLE_ID, 6),
			  "cpu_per_request", "", sample_base_cpu[2] * 1000.0);
}

static void test_left_out(const char *change, const char *back, const char *what)
{
	struct run_diff diff;

	sample_store_sql(&view.sample, change);
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1, 0);
	is_int(diff.pair_count, 5, what);
	ok(!run_diff_find(&diff, "cpu_per_request", "")->has_interval, "… is out of the interval");
	is_near(run_diff_find(&diff, "cpu_per_request", "")->estimate, 1.0330661322645289, 1e-12,
		"… and of the estimate: that of five pairs, by R");
	is_int(diff.verdict, VERDICT_NONE, "… five pairs have no verdict");
	is_str(diff.why_none,
	       "5 pairs: a 95 % interval needs at least 6; `sonde run --more 1` adds one",
	       "… which is said");
	sample_store_sql(&view.sample, back);
	sample_view_select(&view, "@last");
}

static void test_left_out_sentence(void)
{
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	is_str(diff.left_out, "", "nothing is left out");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE number=6;"
				       "UPDATE run SET rejected='steal of 4 %' WHERE number=5");
	sample_view_select(&view, "k7f3");
	compare(&diff, 0, 1, 0);
	is_str(diff.left_out, "base: run 6 failed; head: run 5 was rejected: steal of 4 %",
	       "what is left out of either side");
	sample_store_sql(&view.sample, "UPDATE run SET state='done', rejected=''");
	sample_view_select(&view, "k7f3");
}

static void test_few(void)
{
	struct run_diff diff;

	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair > 2");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1, 0);
	is_str(diff.why_none,
	       "2 pairs: a 95 % interval needs at least 6; `sonde run --more 4` adds them",
	       "two pairs: four more");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair > 1");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1, 0);
	is_str(diff.why_none, "one run each: no verdict; `sonde run --more 5` adds pairs",
	       "one run each");
	ok(run_diff_find(&diff, "rate_rps", "")->has_estimate, "which is still an estimate");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed'");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1, 0);
	ok(diff.pair_count == 0 && diff.metric_count == 0 && diff.why_none[0] != '\0' &&
		   diff.verdict == VERDICT_NONE,
	   "no run at all: no rows, but a sentence");
	sample_store_sql(&view.sample, "UPDATE run SET state='done'");
	sample_view_select(&view, "@last");
}

/* The other experiment has the head's numbers in its base arm. */
static void test_unpaired(void)
{
	scoped(selection_cleanup) struct selection other;
	const struct run_diff_metric *row;
	struct run_diff diff;
	struct err err = {0};

	sample_add_experiment(&view.sample, "zzzzzzzz", 900);
	for (uint32_t i = 0; i < SAMPLE_PAIRS; i++)
		sample_add_metric(&view.sample,
				  sample_add_run(&view.sample, "zzzzzzzz", i + 1, 0, i + 1),
				  "cpu_per_request", "", sample_head_cpu[i] * 1000.0);
	sample_check(selection_open(&other, view.sample.path, "zzz", &err), &err);
	sample_check(run_diff_read(&diff, &view.arena, &view.selection, 0, &other, 0, NULL, &err),
		     &err);
	is_str(diff.base_label, "@last/proxy", "labels say which is which");
	is_str(diff.head_label, "zzz", "one arm is the whole");
	is_str(diff.design, "unpaired", "runs of two experiments are not paired");
	row = run_diff_find(&diff, "cpu_per_request", "");
	is_near(row->estimate, 1.02941575763478088, 1e-12, "the ratio, by R");
	is_near(row->lo, 0.99706457925636016, 1e-12, "its lower bound");
	is_near(row->hi, 1.06281661600810495, 1e-12, "its upper bound");
	is_str(row->method, "Hodges-Lehmann", "method");
	is_int(row->verdict, VERDICT_INCONCLUSIVE, "across the border");
	is_str(diff.why_none, "", "enough runs");
	selection_release(&other);
}

/* `left` runs of the other experiment are done. 2 / C(9, 3) = 2.4 %; 2 / C(8, 2) = 7.1 %. */
static void test_unpaired_few(uint32_t left, bool has_interval, const char *why_none)
{
	scoped(selection_cleanup) struct selection other;
	scoped_free char *sql =
		alloc_printf("UPDATE run SET state='interrupted' WHERE pair > %u AND"
			     " experiment='zzzzzzzz'",
			     left);
	struct run_diff diff;
	struct err err = {0};

	sample_store_sql(&view.sample, sql);
	sample_check(selection_open(&other, view.sample.path, "zzz", &err), &err);
	sample_check(run_diff_read(&diff, &view.arena, &view.selection, 0, &other, 0, NULL, &err),
		     &err);
	is_int(run_diff_find(&diff, "cpu_per_request", "")->has_interval, has_interval,
	       "six runs and a few: an interval or not");
	is_str(diff.why_none, why_none, "the sentence agrees with it");
	ok(has_interval == (diff.verdict != VERDICT_NONE), "the verdict, too");
}

enum { MANY_PAIRS = 12 };

/* A head that is `ratios[i]` of its base, 12 pairs that jitter a little. */
static void add_many(const char *id, uint64_t created, const char *const *names,
		     const double *ratios, uint32_t count)
{
	sample_add_experiment(&view.sample, id, created);
	for (uint32_t pair = 1; pair <= MANY_PAIRS; pair++) {
		for (uint32_t place = 0; place < 2; place++) {
			int64_t key =
				sample_add_run(&view.sample, id, 2 * pair - 1 + place, place, pair);

			for (uint32_t i = 0; i < count; i++)
				sample_add_metric(
					&view.sample, key, names[i], "",
					(1000.0 + pair * pair % 7) *
						(place == 0 ? 1.0 : ratios[i] * (1 + 1e-4 * pair)));
		}
	}
}

/* 2 / 2^12 = .00049, of seven .0034: what all twelve pairs say stands among seven, too. */
static void test_holm(void)
{
	static const char *const names[] = {"rate_rps",	   "latency_p50",    "latency_p75",
					    "latency_p90", "latency_p95",    "latency_p99",
					    "latency_max", "latency_mean",   "rss_peak",
					    "latency_min", "cpu_per_request"};
	static const double ratios[] = {1.1, 1.0, 1.0, 1.0, 1.0, 0.9, 1.0, 1.0, 1.0, 1.3, 1.05};
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "rate_rps", "");
	is_near(row->p, 0.03125, 1e-12, "six pairs say it alone");
	is_near(row->adjusted_p, 2 * 0.03125, 1e-12, "but two metrics were looked at");
	is_int(row->verdict, VERDICT_INCONCLUSIVE, "so it does not stand");
	is_int(row->more, 1, "seven pairs would: 2 * 2 / 2^7 = .031");
	ok(!row->is_primary && run_diff_find(&diff, "cpu_per_request", "")->is_primary,
	   "it does not decide");
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(row->p == row->adjusted_p && row->p > 0.05, "what decides is not adjusted");
	row = run_diff_find(&diff, "cpu_per_request", "workers");
	ok(isnan(row->p) && row->verdict == VERDICT_NONE && row->has_interval && !row->is_primary,
	   "a role is a part: an interval without a verdict");
	ok(isnan(run_diff_find(&diff, "requests", "")->p), "no direction, no part in it");

	add_many("mmmmmmmm", 5000, names, ratios, 11);
	sample_view_select(&view, "mmm");
	compare(&diff, 0, 1, 0);
	is_int(diff.verdict, VERDICT_REGRESSED, "twelve pairs: 5 % more CPU is worse");
	is_near(run_diff_find(&diff, "cpu_per_request", "")->p, 2.0 / 4096, 1e-15, "p");
	row = run_diff_find(&diff, "rate_rps", "");
	is_near(row->adjusted_p, 7 * 2.0 / 4096, 1e-12, "among the seven of the short table");
	is_int(row->verdict, VERDICT_IMPROVED, "stands");
	is_int(run_diff_find(&diff, "latency_p99", "")->verdict, VERDICT_IMPROVED,
	       "less is better");
	is_int(run_diff_find(&diff, "latency_min", "")->verdict, VERDICT_NONE,
	       "one of the long table informs");
	is_int(run_diff_find(&diff, "latency_p50", "")->verdict, VERDICT_EQUIVALENT, "or the same");
	ok(row->more == 0 && row->more_ns == 0, "conclusive: no more");
	sample_view_select(&view, "k7f3");
}

static struct stored_null make_null(const char *metric, const char *scope, uint32_t pairs,
				    double estimate)
{
	return (struct stored_null){.machine = "m",
				    .plan = "gateway",
				    .metric = metric,
				    .scope = scope,
				    .pairs = pairs,
				    .estimate = estimate};
}

/* Twenty proofs of |estimate| .001 … .020 times `unit`, with both signs. */
static void make_nulls(struct stored_null *nulls, const char *metric, uint32_t pairs, double unit)
{
	for (int i = 0; i < 20; i++)
		nulls[i] = make_null(metric, "", pairs,
				     (i % 2 == 0 ? 1 : -1) * 0.001 * (i + 1) * unit);
}

static struct run_diff_metric with_nulls(const char *metric, const struct stored_null *nulls,
					 uint32_t count)
{
	struct run_diff_options options = {.nulls = nulls, .null_count = count, .has_nulls = true};
	struct run_diff diff;

	compare_by(&diff, 0, 1, &options);
	return *run_diff_find(&diff, metric, "");
}

static void test_floor(void)
{
	struct stored_null nulls[40];
	struct run_diff_metric row;

	make_nulls(nulls, "cpu_per_request", 6, 3);
	row = with_nulls("cpu_per_request", nulls, 20);
	ok(row.delta_from == RUN_DIFF_DELTA_FLOOR && row.null_count == 20,
	   "twenty proofs: a floor");
	is_near(row.delta, expm1(0.05715), 1e-12, "the 95th percentile, by R's quantile()");
	is_int(row.verdict, VERDICT_EQUIVALENT, "what lies within it is no change");
	row = with_nulls("rate_rps", nulls, 20);
	ok(row.delta == RUN_DIFF_DELTA && row.null_count == 0, "of another metric, none");
	row = with_nulls("cpu_per_request", nulls, 9);
	ok(row.delta_from == RUN_DIFF_DELTA_DEFAULT && row.null_count == 9, "nine are too few");
	nulls[3].estimate = (double)NAN;
	is_int(with_nulls("cpu_per_request", nulls, 10).null_count, 9, "one without a number");
	make_nulls(nulls, "cpu_per_request", 6, 0.5);
	row = with_nulls("cpu_per_request", nulls, 20);
	ok(row.delta == RUN_DIFF_DELTA && row.delta_from == RUN_DIFF_DELTA_DEFAULT &&
		   row.null_count == 20,
	   "a quiet machine: 2 % all the same");
	make_nulls(nulls, "wait_per_request", 6, 1e6);
	row = with_nulls("wait_per_request", nulls, 20);
	is_near(row.delta, 19050.0, 1e-6, "a difference's floor is in its unit");
	is_int(with_nulls("cpu_per_request", NULL, 0).null_count, 0, "told of none, it has none");
	for (uint32_t pairs = 1; pairs < 20; pairs++) {
		make_nulls(nulls, "cpu_per_request", pairs, 1);
		is_int(with_nulls("cpu_per_request", nulls, 20).null_count, pairs <= 9 ? 20 : 0,
		       "of six pairs: those of at most 9");
	}
	make_nulls(nulls, "cpu_per_request", 1, 6);
	row = with_nulls("cpu_per_request", nulls, 20);
	is_near(row.delta, expm1(0.1143 * sqrt(1 / 2.4)), 1e-12,
		"far fewer pairs: as if of four tenths as many");
}

/* Those of the machine and plan of the head's experiment. */
static void test_floor_of_store(void)
{
	static const char environment[] =
		"{\"host\": \"here\", \"cpu_model\": \"CPU\", \"cpus\": 2}";
	scoped_free char *sql = alloc_printf("UPDATE experiment SET environment='%s'", environment);
	const char *machine = comparability_get_machine(&view.arena, environment);
	struct stored_null nulls[20];
	const struct run_diff_metric *row;
	struct run_diff diff;
	struct err err = {0};

	make_nulls(nulls, "cpu_per_request", 6, 3);
	for (int i = 0; i < 20; i++)
		nulls[i].machine = machine;
	sample_check(store_add_nulls(view.sample.store, nulls, 20, &err), &err);
	sample_store_sql(&view.sample, sql);
	sample_view_select(&view, "k7f3");
	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(machine[0] != '\0' && row->delta_from == RUN_DIFF_DELTA_FLOOR && row->null_count == 20,
	   "the store's own proofs make a floor");
	sample_store_sql(&view.sample, "UPDATE experiment SET name='other'");
	sample_view_select(&view, "k7f3");
	compare(&diff, 0, 1, 0);
	is_int(run_diff_find(&diff, "cpu_per_request", "")->null_count, 0,
	       "but not another plan's");
	sample_store_sql(&view.sample, "UPDATE experiment SET name='gateway', environment=''");
	sample_view_select(&view, "k7f3");
	compare(&diff, 0, 1, 0);
	is_int(run_diff_find(&diff, "cpu_per_request", "")->null_count, 0,
	       "nor those of a machine that is not known");
}

static void test_level(void)
{
	struct run_diff_options options = {.level = 0.99, .primary = "rate_rps"};
	struct run_diff diff;

	compare_by(&diff, 0, 1, &options);
	ok(!run_diff_find(&diff, "rate_rps", "")->has_interval && diff.verdict == VERDICT_NONE,
	   "six pairs have no interval at 99 %");
	is_str(diff.why_none,
	       "6 pairs: a 99 % interval needs at least 8; `sonde run --more 2` adds them",
	       "which is said of 99 %");
	options.level = 0.96;
	compare_by(&diff, 0, 1, &options);
	is_int(diff.verdict, VERDICT_IMPROVED, "but at 96 %");
}

/* A run takes 2 s to start and 3 s of window. */
static void test_more(void)
{
	const struct run_diff_metric *row;
	struct run_diff diff;

	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	is_int(diff.pair_ns, 10 * SAMPLE_SECOND_NS, "a pair takes 10 s");
	ok(row->more > 6 && row->more < 60, "across the border: more pairs");
	is_int(row->more_ns, row->more * 10 * SAMPLE_SECOND_NS, "and their time");
	sample_store_sql(&view.sample, "UPDATE phase SET end_ns=NULL");
	sample_view_select(&view, "k7f3");
	compare(&diff, 0, 1, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	ok(diff.pair_ns == 0 && row->more > 6 && row->more_ns == 0, "unless it is not known");
}

static void test_no_verdict(void)
{
	struct run_diff_options options = {.primary = "of_nobody"};
	struct run_diff diff;

	compare_by(&diff, 0, 1, &options);
	ok(diff.verdict == VERDICT_NONE && strcmp(diff.primary, "of_nobody") == 0 &&
		   diff.metric_count > 0,
	   "nothing decides: no verdict");
	options.primary = "";
	compare_by(&diff, 0, 1, &options);
	is_int(diff.verdict, VERDICT_NONE, "nor an empty name");
	options.primary = "rss_peak";
	compare_by(&diff, 0, 1, &options);
	is_int(diff.verdict, VERDICT_NONE, "nor what one side only has");
	options.primary = "requests";
	compare_by(&diff, 0, 1, &options);
	is_str(diff.why_none, "requests, which decides, has no better or worse: no verdict",
	       "nor what has no direction, which is said");
	sample_store_sql(&view.sample, "UPDATE metric SET scope='' WHERE scope='request:hello'");
	sample_view_select(&view, "k7f3");
	options.primary = "latency_p99";
	compare_by(&diff, 0, 1, &options);
	is_str(diff.why_none,
	       "p99, which decides, can be compared in 4 pairs: a 95 % interval needs at least 6",
	       "nor what too few runs have, which is said");
}

/* No answer at all, every request failed, and numbers that are none. */
static void test_nothing_works(void)
{
	static const char *const names[] = {"rate_rps", "requests", "success_ratio",
					    "failures_per_request", "cpu_per_request"};
	static const double zeros[] = {0, 0, 0, 0, 0}, ones[] = {1, 1, 1, 1, 1};
	uint32_t wrong = 0;
	struct run_diff diff;

	add_many("nnnnnnnn", 6000, names, zeros, 5);
	sample_view_select(&view, "nnn");
	compare(&diff, 0, 1, 0);
	ok(!run_diff_find(&diff, "rate_rps", "")->has_estimate &&
		   diff.verdict == VERDICT_REGRESSED && diff.veto[0] != '\0',
	   "nothing answered: no ratio, and worse");
	is_int(judge("success_ratio", 0, 1, 0), VERDICT_REGRESSED, "all failed: worse");
	sample_store_sql(&view.sample, "UPDATE metric SET value=9e999 WHERE name='rate_rps'");
	sample_store_sql(&view.sample, "UPDATE metric SET value=-1e308 WHERE name='requests'");
	sample_store_sql(&view.sample, "UPDATE metric SET value=1e308*(1-2*(run%2))"
				       " WHERE name='success_ratio'");
	sample_view_select(&view, "nnn");
	compare(&diff, 0, 1, 0);
	for (uint32_t i = 0; i < diff.metric_count; i++)
		wrong += diff.metrics[i].verdict != VERDICT_NONE &&
			 !isfinite(diff.metrics[i].estimate);
	is_int(wrong, 0, "what is no number has no verdict");

	add_many("tttttttt", 7000, names, ones, 5);
	sample_store_sql(&view.sample, "UPDATE metric SET value=5 WHERE run IN"
				       " (SELECT key FROM run WHERE experiment='tttttttt')");
	sample_view_select(&view, "ttt");
	compare(&diff, 0, 1, 0);
	is_int(diff.verdict, VERDICT_EQUIVALENT, "ties everywhere: the same");
	ok(run_diff_find(&diff, "cpu_per_request", "")->estimate == 1.0 &&
		   run_diff_find(&diff, "rate_rps", "")->verdict == VERDICT_EQUIVALENT,
	   "and exactly so");
}

int main(void)
{
	sample_view_open(&view);
	test_differences();
	test_veto();
	test_paired();
	test_delta();
	test_missing_values();
	test_zero_in_ratio();
	test_left_out("UPDATE run SET state='failed' WHERE number=6",
		      "UPDATE run SET state='done' WHERE number=6", "a failed run");
	test_left_out("UPDATE run SET validity='REFUSED' WHERE number=5",
		      "UPDATE run SET validity='VALID' WHERE number=5", "a REFUSED run");
	test_left_out("UPDATE run SET rejected='steal of 4 %' WHERE number=5",
		      "UPDATE run SET rejected='' WHERE number=5", "a rejected run");
	test_left_out("UPDATE run SET pair=33 WHERE number=5",
		      "UPDATE run SET pair=3 WHERE number=5", "a run whose partner is missing");
	test_few();
	test_unpaired();
	test_unpaired_few(3, true, "");
	test_unpaired_few(2, false, "6 and 2 runs: a 95 % interval needs at least 4 on each side");
	test_left_out_sentence();
	test_holm();
	test_floor();
	test_level();
	test_more();
	test_no_verdict();
	test_floor_of_store();
	test_nothing_works();
	sample_view_close(&view);
	return tap_done();
}
