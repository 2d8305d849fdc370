/* All of a summary in one struct: sides, their parts, and the differences between them. */
#include "view/run_summary.h"

#include <errno.h>

#include "sample_view.h"

static struct sample_view view;

static void test_all(void)
{
	scoped(run_summary_cleanup) struct run_summary summary;
	const struct run_diff_metric *row;
	struct err err = {0};

	sample_check(run_summary_read(&summary, &view.arena, &view.selection, 0, &err), &err);
	is_int(summary.side_count, 2, "a side an arm");
	is_str(summary.sides[0].label, "proxy", "the base first");
	is_str(summary.sides[1].label, "zero-copy", "then the others");
	is_int(summary.sides[0].metrics.run_count, 6, "metrics");
	ok(summary.sides[1].has_load && summary.sides[1].load.total.counts.offered == 6 * 369,
	   "load");
	ok(summary.sides[1].has_profile &&
		   summary.sides[1].profile.summary.quality.sample_count == 72,
	   "profile");
	is_str(summary.sides[0].failures, "", "nothing failed");
	row = run_diff_find(&summary.diffs[0], "rate_rps", "");
	ok(row != NULL && fabs(row->estimate - 1.1) < 1e-9, "head against base");
}

static void test_pair(void)
{
	scoped(run_summary_cleanup) struct run_summary summary;
	struct err err = {0};

	sample_check(run_summary_read_pair(&summary, &view.arena, &view.selection, 1,
					   &view.selection, 0, 0, &err),
		     &err);
	is_int(summary.side_count, 2, "two sides");
	is_str(summary.diffs[0].base_label, "zero-copy", "as they were asked for");
	is_near(run_diff_find(&summary.diffs[0], "rate_rps", "")->estimate, 1 / 1.1, 1e-9,
		"turned round");
}

static void test_without_parts(void)
{
	scoped(run_summary_cleanup) struct run_summary summary;
	struct err err = {0};

	sample_store_sql(&view.sample,
			 "DELETE FROM load_summary WHERE run IN (SELECT key FROM run WHERE"
			 " arm_place=0); DELETE FROM profile WHERE run IN (SELECT key FROM run"
			 " WHERE arm_place=1); UPDATE run SET state='failed', failure='it died'"
			 " || char(10) || 'Segmentation fault' WHERE number=4; UPDATE run SET"
			 " state='interrupted' WHERE number=8");
	sample_view_select(&view, "@last");
	sample_check(run_summary_read(&summary, &view.arena, &view.selection, 0, &err), &err);
	ok(!summary.sides[0].has_load && summary.sides[0].has_profile, "a side without load");
	ok(summary.sides[1].has_load && !summary.sides[1].has_profile, "one without a profile");
	is_str(summary.sides[0].failures, "", "failures are by arm");
	is_str(summary.sides[1].failures, "run 4 failed: it died\nrun 8 interrupted\n",
	       "one a line, the first line of each");
}

/* Damage in the second side is an error, and frees what the first one holds. */
static void test_damage(void)
{
	scoped(run_summary_cleanup) struct run_summary summary;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE load_second SET response=x'00' WHERE run IN"
				       " (SELECT key FROM run WHERE arm_place=1)");
	is_int(run_summary_read(&summary, &view.arena, &view.selection, 0, &err), -EBADMSG,
	       "damage");
	ok(err.code == -EBADMSG, "… with its sentence");
}

static void test_no_runs(void)
{
	scoped(run_summary_cleanup) struct run_summary summary;
	struct err err = {0};

	sample_add_experiment(&view.sample, "00000000", 1);
	sample_view_select(&view, "0000");
	is_int(run_summary_read(&summary, &view.arena, &view.selection, 0, &err), -ENOENT,
	       "no runs");
	is_str(err_text(&err), "0000 has no runs", "… with a sentence");
}

int main(void)
{
	sample_view_open(&view);
	test_all();
	test_pair();
	test_without_parts();
	test_damage();
	test_no_runs();
	sample_view_close(&view);
	return tap_done();
}
