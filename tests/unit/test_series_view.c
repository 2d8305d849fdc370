/* Series over the measured windows of an arm's runs. */
#include "view/series_view.h"

#include <math.h>

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

/* Of the samples' runs the CPU use rises by 0.5 a second, from the arm's place on. */
static void test_peak(void)
{
	const struct series_view_row *row;
	struct series_view series;

	read_arm(&series, 0);
	row = series_view_find(&series, "process.cpu_ratio", "");
	is_int(row->max_time_ns, SAMPLE_SECONDS * SAMPLE_SECOND_NS, "the peak is at the end");
	is_int(row->max_run, 2, "of the first run that had it");
	ok(row->max_value_count == SAMPLE_SECONDS && row->max_values[0] == 0.5 &&
		   row->max_values[2] == 1.5,
	   "whose points these are");
	sample_store_sql(&view.sample,
			 "UPDATE point SET value=7 WHERE series=0 AND time_ns=1702000000000");
	read_arm(&series, 0);
	row = series_view_find(&series, "process.cpu_ratio", "");
	is_int(row->max_time_ns, 2 * SAMPLE_SECOND_NS, "a peak in the middle");
	is_int(row->max_run, 7, "of another run");
	ok(row->max_value_count == SAMPLE_SECONDS && row->max_values[1] == 7, "with its points");
	sample_store_sql(&view.sample,
			 "UPDATE point SET value=1 WHERE series=0 AND time_ns=1702000000000");
	ok(series_view_find(&series, "process.cpu_ratio", "gateway") == NULL, "another scope");
}

/* Mean 1.0 CPUs, at 1003, 1006, … 1018 requests/s. */
static void test_per_request(void)
{
	const struct series_view_row *row;
	struct series_view series;

	read_arm(&series, 0);
	row = series_view_find(&series, "process.cpu_ratio", "");
	is_near(row->per_request, 1e9 / 1010.5, 1e-6, "CPU time is ns per request");
	row = series_view_find(&series, "process.rss", "gateway");
	ok(isnan(row->per_request), "memory is not for a request");
	sample_store_sql(&view.sample, "UPDATE series SET unit='per_s' WHERE id=0");
	read_arm(&series, 0);
	is_near(series.rows[0].per_request, 1 / 1010.5, 1e-12, "a rate is events per request");
	sample_store_sql(&view.sample, "UPDATE series SET name='cpu.user_ratio' WHERE id=0");
	read_arm(&series, 0);
	ok(isnan(series.rows[0].per_request), "the machine's is not for these requests");
	sample_store_sql(&view.sample,
			 "UPDATE series SET name='process.cpu_ratio', unit='ratio' WHERE id=0;"
			 "DELETE FROM metric WHERE name='rate_rps'");
	read_arm(&series, 0);
	ok(isnan(series.rows[0].per_request), "no load, no requests");
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
	sample_store_sql(&view.sample, "UPDATE phase SET end_ns=begin_ns+2990000000"
				       " WHERE name='measure';"
				       "INSERT INTO point SELECT run, series, time_ns + 3000000, 50"
				       " FROM point WHERE time_ns % 100000000000=3000000000");
	sample_view_select(&view, "@last");
	read_arm(&series, 0);
	is_int(series.rows[0].point_count, 6 * SAMPLE_SECONDS, "one right behind the last sample");
	is_near(series.rows[0].max, 1.5, 1e-12, "is no peak");
	sample_store_sql(&view.sample, "DELETE FROM point WHERE value=50");
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
	test_peak();
	test_per_request();
	test_window();
	sample_view_close(&view);
	return tap_done();
}
