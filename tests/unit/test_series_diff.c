/*
 * The series of two arms side by side, against R 4.2 (wilcox.test with conf.int and exact) for the
 * numbers of test_rank.c, and by hand for the rest.
 */
#include "view/series_diff.h"

#include "sample_view.h"

static struct sample_view view;

static void compare(struct series_diff *diff, uint32_t base, uint32_t head)
{
	struct err err = {0};

	sample_check(series_diff_read(diff, &view.arena, &view.selection, base, &view.selection,
				      head, &err),
		     &err);
}

static const struct series_diff_row *find(const struct series_diff *diff, const char *name,
					  const char *scope)
{
	for (uint32_t i = 0; i < diff->row_count; i++)
		if (strcmp(diff->rows[i].name, name) == 0 &&
		    strcmp(diff->rows[i].scope, scope) == 0)
			return &diff->rows[i];
	return NULL;
}

/* One value a run, from the CPU times of test_rank.c, in every second of the window. */
static void add_series(const char *name, bool is_of_base, bool is_of_head)
{
	uint32_t pairs[2] = {0, 0};

	for (uint32_t number = 1; number <= SAMPLE_RUNS; number++) {
		uint32_t place = sample_places[number - 1], pair = pairs[place]++;
		double value = place == 0 ? sample_base_cpu[pair] : sample_head_cpu[pair];
		scoped_free char *sql = alloc_printf(
			"INSERT INTO series SELECT key, 90, '%s', 'gateway', 'per_s' FROM run"
			" WHERE number=%u;"
			"INSERT INTO point SELECT run, 90, time_ns, %.17g FROM point"
			" JOIN run ON key=run WHERE series=0 AND number=%u",
			name, number, value, number);

		if (place == 0 ? is_of_base : is_of_head)
			sample_store_sql(&view.sample, sql);
	}
}

static void test_paired(void)
{
	const struct series_diff_row *row;
	struct series_diff diff;

	add_series("z.cpu", true, true);
	compare(&diff, 0, 1);
	is_str(diff.method, "paired Hodges-Lehmann", "runs of one experiment are paired");
	is_int(diff.row_count, 3, "three series");
	is_int(diff.apart_count, 1, "one that differs");
	row = &diff.rows[0];
	is_str(row->name, "process.cpu_ratio", "it comes first");
	ok(row->change.is_apart && row->change.has_interval, "with its interval");
	is_near(row->change.base, 1.0, 1e-12, "means of the windows: the base");
	is_near(row->change.head, 2.0, 1e-12, "the head");
	is_near(row->change.difference, 1.0, 1e-12, "the difference");
	is_near(row->change.lo, 1.0, 1e-12, "in each pair");
	row = find(&diff, "z.cpu", "gateway");
	/* wilcox.test(head, base, paired = TRUE, conf.int = TRUE, exact = TRUE) */
	is_near(row->change.difference, 3.5, 1e-9, "the estimate");
	is_near(row->change.lo, -2.3, 1e-9, "the lowest difference of six");
	is_near(row->change.hi, 5.5, 1e-9, "the highest");
	is_near(row->change.level, 0.96875, 1e-12, "what six pairs cover");
	ok(!row->change.is_apart, "which has zero in it");
	is_int(row->unit, SERIES_PER_SECOND, "in its unit");
	row = find(&diff, "process.rss", "gateway");
	ok(row->change.has_interval && row->change.difference == 0 && !row->change.is_apart,
	   "one that is the same");
}

static void test_sides(void)
{
	const struct series_diff_row *row;
	struct series_diff diff;

	compare(&diff, 1, 0);
	is_near(diff.rows[0].change.difference, -1.0, 1e-12, "swapped: the other sign");
	compare(&diff, 0, 0);
	is_str(diff.method, "Hodges-Lehmann", "an arm and itself are no pairs");
	is_int(diff.apart_count, 0, "and do not differ");
	sample_store_sql(&view.sample, "DELETE FROM point WHERE series=90; DELETE FROM series"
				       " WHERE id=90");
	add_series("z.cpu", false, true);
	compare(&diff, 0, 1);
	row = find(&diff, "z.cpu", "gateway");
	ok(row != NULL && isnan(row->change.base) && !row->change.has_estimate &&
		   row->change.n_base == 0 && row->change.n_head == 6,
	   "a series that one side lacks shows the other");
}

static void test_left_out(void)
{
	const struct series_diff_row *row;
	struct series_diff diff;

	sample_store_sql(&view.sample, "UPDATE point SET value=0 WHERE series=1");
	compare(&diff, 0, 1);
	ok(find(&diff, "process.rss", "gateway") == NULL, "zero throughout: no row");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair<>2");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1);
	row = &diff.rows[0];
	is_int(row->change.n_base, 1, "runs that are not done do not count");
	ok(row->change.has_estimate && !row->change.has_interval && !row->change.is_apart,
	   "one pair has no interval");
	sample_store_sql(&view.sample, "DELETE FROM point");
	compare(&diff, 0, 1);
	is_int(diff.row_count, 0, "no points, no rows");
}

int main(void)
{
	sample_view_open(&view);
	test_paired();
	test_sides();
	test_left_out();
	sample_view_close(&view);
	return tap_done();
}
