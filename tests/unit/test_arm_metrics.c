/* The metrics of an arm: by run, what is missing stays missing, and which runs count. */
#include "view/arm_metrics.h"

#include "sample_view.h"

static struct sample_view view;

static void read_metrics(struct arm_metrics *metrics, uint32_t arm, enum arm_runs which)
{
	struct err err = {0};

	sample_check(arm_metrics_read(metrics, &view.arena, &view.selection, arm, which, &err),
		     &err);
}

static void test_values(void)
{
	struct arm_metrics metrics;
	const struct arm_metric *metric;
	uint32_t wrong = 0;

	read_metrics(&metrics, 1, ARM_RUNS_ALL);
	is_int(metrics.run_count, SAMPLE_PAIRS, "every run of the arm");
	is_str(metrics.left_out, "", "none is left out");
	metric = arm_metrics_find(&metrics, "cpu_per_request", "");
	for (uint32_t i = 0; i < SAMPLE_PAIRS; i++)
		wrong += metrics.runs[i]->record.pair != i + 1 ||
			 metric->values[i] != sample_head_cpu[i] * 1000.0;
	is_int(wrong, 0, "values in pair order");
	is_near(metric->median, 104000.0, 1e-9, "median, as R has it");
	is_near(metric->min, 99900.0, 1e-9, "least");
	is_near(metric->max, 107700.0, 1e-9, "most");
	is_int(metric->value_count, 6, "all have it");
	metric = arm_metrics_find(&metrics, "latency_p99", "request:hello");
	ok(isnan(metric->values[0]) && isnan(metric->values[1]) && metric->values[2] == 5.1e6,
	   "what was not earned is missing, not zero");
	is_int(metric->value_count, 4, "and not counted");
	is_near(metric->median, 5.1e6, 0, "nor part of the median");
	ok(arm_metrics_find(&metrics, "rss_peak", "") == NULL, "no run of this arm has it");
	ok(arm_metrics_find(&metrics, "of_a_later_sonde", "") == NULL,
	   "an unknown one is left out");
	ok(arm_metrics_find(&metrics, "latency_p99", "") == NULL, "nor another scope of it");
}

static void test_order(void)
{
	struct arm_metrics metrics;
	uint32_t wrong = 0;

	read_metrics(&metrics, 0, ARM_RUNS_ALL);
	is_int(metrics.metric_count, 10, "metrics of the base");
	for (uint32_t i = 1; i < metrics.metric_count; i++) {
		const struct arm_metric *before = &metrics.metrics[i - 1],
					*now = &metrics.metrics[i];

		wrong += before->info > now->info ||
			 (before->info == now->info && strcmp(before->scope, now->scope) >= 0);
	}
	is_int(wrong, 0, "in the list's order, totals before scopes");
	is_str(metrics.metrics[0].info->name, "rate_rps", "the first one first");
}

static void test_which(void)
{
	struct arm_metrics metrics;
	const struct arm_metric *metric;

	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE number=3;"
				       "UPDATE run SET validity='REFUSED' WHERE number=7;"
				       "UPDATE run SET validity='SUSPECT' WHERE number=9;"
				       "UPDATE run SET state='running' WHERE number=12;"
				       "UPDATE run SET rejected='steal of 4 %' WHERE number=6");
	sample_store_sql(&view.sample, "UPDATE experiment SET owner_boot='gone'");
	sample_view_select(&view, "@last");
	read_metrics(&metrics, 0, ARM_RUNS_ALL);
	is_int(metrics.run_count, SAMPLE_PAIRS - 1,
	       "looking takes every run that measured and was not rejected");
	read_metrics(&metrics, 0, ARM_RUNS_COMPARABLE);
	is_int(metrics.run_count, 2, "deciding takes those that are done and not REFUSED");
	is_str(metrics.left_out,
	       "run 3 failed, run 6 was rejected: steal of 4 %, run 7 was REFUSED, "
	       "run 12 interrupted",
	       "and says which it leaves out");
	metric = arm_metrics_find(&metrics, "cpu_per_request", "");
	ok(metric->value_count == 2 && metric->values[0] == sample_base_cpu[0] * 1000.0 &&
		   metric->values[1] == sample_base_cpu[4] * 1000.0,
	   "their values are the right ones");
	read_metrics(&metrics, 7, ARM_RUNS_ALL);
	ok(metrics.run_count == 0 && metrics.metric_count == 0,
	   "an arm that is not there is empty");
}

int main(void)
{
	sample_view_open(&view);
	test_values();
	test_order();
	test_which();
	sample_view_close(&view);
	return tap_done();
}
