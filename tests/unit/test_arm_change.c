/* One metric of two arms: as run_diff has it on its own scale, and by hand on the other. */
#include "view/arm_change.h"

#include <math.h>

#include "sample_view.h"
#include "view/run_diff.h"

static struct sample_view view;

static struct rank_estimate ask(const char *metric, const char *scope, bool is_ratio)
{
	const struct arm_change_question question = {0, 1, metric, scope, is_ratio};
	struct rank_estimate estimate;
	struct err err = {0};

	sample_check(arm_change_read(&estimate, &view.arena, &view.selection, &question, &err),
		     &err);
	return estimate;
}

static void test_as_run_diff(void)
{
	const struct run_diff_metric *row;
	struct rank_estimate estimate = ask("cpu_per_request", "workers", true);
	struct run_diff diff;
	struct err err = {0};

	sample_check(run_diff_read(&diff, &view.arena, &view.selection, 0, &view.selection, 1, NULL,
				   &err),
		     &err);
	row = run_diff_find(&diff, "cpu_per_request", "workers");
	is_near(exp(estimate.estimate), row->estimate, 1e-12, "the same ratio");
	is_near(exp(estimate.lo), row->lo, 1e-12, "the same lower bound");
	is_near(exp(estimate.hi), row->hi, 1e-12, "and upper bound");
	row = run_diff_find(&diff, "switches_voluntary_per_request", "");
	estimate = ask("switches_voluntary_per_request", "", false);
	is_near(estimate.estimate, row->estimate, 1e-12, "the same difference");
	is_near(estimate.lo, row->lo, 1e-12, "and bound");
}

static void test_difference(void)
{
	struct rank_estimate estimate = ask("latency_p99", "request:hello", false);

	is_near(estimate.estimate, 1e5, 1e-6, "a difference of what is compared as a ratio");
	is_int(estimate.n_base, 4, "of four pairs");
	ok(!estimate.has_interval, "which are too few for an interval");
	estimate = ask("cpu_per_request", "", false);
	/* R: wilcox.test(head - base, conf.int = TRUE, exact = TRUE) of the sample's values */
	is_near(estimate.lo, -2300.0, 1e-6, "the least of the Walsh averages");
	is_near(estimate.hi, 5500.0, 1e-6, "and the greatest: six pairs");
}

static void test_missing(void)
{
	ok(isnan(ask("rss_peak", "", true).estimate), "only one side has it");
	ok(isnan(ask("failures_per_request", "", true).estimate), "zeroes have no ratio");
	is_near(ask("failures_per_request", "", false).estimate, 0, 0, "but a difference");
}

int main(void)
{
	sample_view_open(&view);
	test_as_run_diff();
	test_difference();
	test_missing();
	sample_view_close(&view);
	return tap_done();
}
