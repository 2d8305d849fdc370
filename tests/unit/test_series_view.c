/* Series over the measured windows of an arm's runs. */
#include "view/series_view.h"

#include "sample_view.h"

static struct sample_view view;

static void read_arm(struct series_view *series, uint32_t arm)
{
	struct err err = {0};

	sample_check(series_view_read(series, &view.arena, &view.selection, arm, &err), &err);
}

static void test_arm(void)
{
	const struct series_view_row *row;
	struct series_view series;

	read_arm(&series, 1);
	is_int(series.row_count, 2, "two series");
	row = &series.rows[0];
	is_str(row->name, "process.cpu_ratio", "by name");
	is_str(row->scope, "", "scope");
	is_int(row->unit, SERIES_RATIO, "unit");
	is_int(row->point_count, 6 * SAMPLE_SECONDS, "points of the windows; not the one before");
	is_near(row->mean, 2.0, 1e-12, "mean");
	is_near(row->min, 1.5, 1e-12, "minimum");
	is_near(row->max, 2.5, 1e-12, "maximum");
	ok(row->values[0] == 1.5 && row->values[2] == 2.5 && row->values[3] == 1.5,
	   "one run after the other");
	is_str(series.rows[1].scope, "gateway", "the other one");
	is_int(series.rows[1].unit, SERIES_BYTES, "has its own unit");
	read_arm(&series, UINT32_MAX);
	is_near(series.rows[0].min, 0.5, 1e-12, "all arms");
	is_int(series.rows[0].point_count, 12 * SAMPLE_SECONDS, "all their points");
	read_arm(&series, 9);
	is_int(series.row_count, 0, "an arm that is not there is empty");
}

static void test_window(void)
{
	struct series_view series;

	sample_store_sql(&view.sample, "UPDATE phase SET end_ns=begin_ns+2000000000"
				       " WHERE name='measure'");
	sample_view_select(&view, "@last");
	read_arm(&series, 0);
	is_int(series.rows[0].point_count, 6 * 2, "points behind the window are not its");
	is_near(series.rows[0].max, 1.0, 1e-12, "nor their values");
	sample_store_sql(&view.sample, "UPDATE phase SET end_ns=NULL WHERE name='measure'");
	sample_view_select(&view, "@last");
	read_arm(&series, 0);
	is_int(series.row_count, 2, "a window that never ended, of an interrupted run,");
	is_int(series.row_count == 2 ? series.rows[0].point_count : 0, 6 * SAMPLE_SECONDS,
	       "has all points from its begin");
	sample_store_sql(&view.sample, "DELETE FROM point");
	read_arm(&series, 0);
	is_int(series.row_count, 0, "no points, no rows");
}

int main(void)
{
	sample_view_open(&view);
	test_arm();
	test_window();
	sample_view_close(&view);
	return tap_done();
}
