/*
 * Arms side by side, against R 4.2 (wilcox.test with conf.int and exact, on logarithms) for the
 * numbers of test_rank.c, and by hand for the rest.
 */
#include "view/run_diff.h"

#include "sample_view.h"

static struct sample_view view;

static void compare(struct run_diff *diff, uint32_t base, uint32_t head, double delta)
{
	struct err err = {0};

	sample_check(run_diff_read(diff, &view.arena, &view.selection, base, &view.selection, head,
				   delta, &err),
		     &err);
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
	is_int(row->verdict, VERDICT_IMPROVED, "higher is better");
	compare(&diff, 1, 0, 0);
	row = run_diff_find(&diff, "cpu_per_request", "");
	is_near(row->estimate, 1.0 / 1.03481222292019259, 1e-12, "swapped: the reciprocal");
	is_near(row->lo, 1.0 / 1.05472636815920384, 1e-12, "bounds too");
	is_int(run_diff_find(&diff, "rate_rps", "")->verdict, VERDICT_REGRESSED, "and the verdict");
}

static void test_delta(void)
{
	struct run_diff diff;

	compare(&diff, 0, 1, 0.06);
	is_int(diff.verdict, VERDICT_EQUIVALENT, "within 6 % they are equivalent");
	is_int(run_diff_find(&diff, "rate_rps", "")->verdict, VERDICT_IMPROVED, "10 % are more");
	compare(&diff, 0, 1, 0.11);
	is_int(run_diff_find(&diff, "rate_rps", "")->verdict, VERDICT_EQUIVALENT,
	       "than 11 % are not");
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
	is_int(row->verdict, VERDICT_EQUIVALENT, "which is equivalent");
	row = run_diff_find(&diff, "switches_voluntary_per_request", "");
	is_near(row->estimate, 0.5, 1e-12, "from zero to a half");
	is_int(row->verdict, VERDICT_REGRESSED, "is worse");
	row = run_diff_find(&diff, "wait_per_request", "");
	is_near(row->estimate, 10.0, 1e-9, "10 of 1000 ns");
	is_int(row->verdict, VERDICT_EQUIVALENT, "are less than 2 % of the base");
	row = run_diff_find(&diff, "success_ratio", "");
	is_near(row->estimate, -0.01, 1e-12, "one request of a hundred failed");
	is_int(row->verdict, VERDICT_REGRESSED, "which matters however large the threshold");
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
	sample_check(run_diff_read(&diff, &view.arena, &view.selection, 0, &other, 0, 0, &err),
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
	sample_check(run_diff_read(&diff, &view.arena, &view.selection, 0, &other, 0, 0, &err),
		     &err);
	is_int(run_diff_find(&diff, "cpu_per_request", "")->has_interval, has_interval,
	       "six runs and a few: an interval or not");
	is_str(diff.why_none, why_none, "the sentence agrees with it");
	ok(has_interval == (diff.verdict != VERDICT_NONE), "the verdict, too");
}

int main(void)
{
	sample_view_open(&view);
	test_paired();
	test_delta();
	test_differences();
	test_missing_values();
	test_zero_in_ratio();
	test_left_out("UPDATE run SET state='failed' WHERE number=6",
		      "UPDATE run SET state='done' WHERE number=6", "a failed run");
	test_left_out("UPDATE run SET validity='REFUSED' WHERE number=5",
		      "UPDATE run SET validity='VALID' WHERE number=5", "a REFUSED run");
	test_left_out("UPDATE run SET pair=33 WHERE number=5",
		      "UPDATE run SET pair=3 WHERE number=5", "a run whose partner is missing");
	test_few();
	test_unpaired();
	test_unpaired_few(3, true, "");
	test_unpaired_few(2, false, "6 and 2 runs: a 95 % interval needs at least 4 on each side");
	sample_view_close(&view);
	return tap_done();
}
