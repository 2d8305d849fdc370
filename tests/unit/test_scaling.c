/* The rows of a matrix, the axis that is chosen, and the law that was planted in the sample. */
#include "view/scaling.h"

#include <errno.h>
#include <math.h>

#include "sample_matrix.h"

static struct sample_view view;

static void test_rows(const struct scaling *scaling)
{
	const struct scaling_row *row = &scaling->rows[4];

	is_int(scaling->row_count, MATRIX_ARMS, "a row for each arm");
	is_int(scaling->variable_count, 3, "and their variables");
	is_str(scaling->variables[0], "mode", "in order");
	is_str(row->label, "a workers=16", "rows are in the plan's order");
	is_str(row->values[1], "16", "with values");
	is_int(row->run_count, MATRIX_PAIRS, "runs");
	is_near(row->metrics[SCALING_RATE], matrix_rate(4), 1e-9, "the median of the rates");
	is_near(row->metrics[SCALING_P99], 15.2e6, 1e-3, "and of p99");
	is_near(row->failed_ratio, 0.02, 1e-12, "failures are the worst run's");
	is_int(scaling->rows[9].validity, VALIDITY_SUSPECT, "so is the verdict");
	ok(row->is_judged && !row->is_open, "judged; no load is no open loop");
	ok(scaling_is_constant(scaling, 2), "the port is the same everywhere");
	ok(!scaling_is_constant(scaling, 0), "the mode is not");
}

static void test_fit(const struct scaling *scaling)
{
	const struct scaling_group *group = &scaling->groups[0];
	double peak = sqrt((1 - MATRIX_ALPHA) / MATRIX_BETA);

	is_str(scaling->axis, "workers", "the axis");
	is_int(scaling->group_count, 2, "a group for each mode");
	is_str(group->label, "mode=a", "without what is the same everywhere");
	is_str(scaling->groups[1].label, "mode=b", "the other");
	is_int(group->level_count, MATRIX_LEVELS, "levels");
	is_near(group->levels[4].n, 16, 0, "in order");
	ok(group->has_fit, "fitted");
	is_near(group->fit.alpha.value, MATRIX_ALPHA, 2e-3, "the planted contention");
	is_near(group->fit.beta.value, MATRIX_BETA, 2e-4, "and coherency");
	is_near(group->fit.peak_n.value, peak, 0.1, "hence the peak");
	ok(group->fit.peak_n.lo < peak && group->fit.peak_n.hi > peak, "inside of its interval");
	is_near(scaling->groups[1].fit.alpha.value, 2 * MATRIX_ALPHA, 3e-3, "of mode b, too");
	is_near(group->levels[2].fitted_rate, matrix_rate(2), 0.005 * matrix_rate(2),
		"the law's rate");
}

static void test_axis(void)
{
	struct scaling scaling;
	struct err err = {0};

	is_int(scaling_read(&scaling, &view.arena, &view.selection, "workers", &err), 0, "asked");
	is_str(scaling.axis, "workers", "and had");
	is_int(scaling_read(&scaling, &view.arena, &view.selection, "mode", &err), -EINVAL,
	       "words are no axis");
	is_str(err_text(&err),
	       "'mode' takes fewer than 3 different numbers above 0: nothing can be said of how "
	       "throughput grows with it",
	       "which is said");
	is_int(scaling_read(&scaling, &view.arena, &view.selection, "users", &err), -EINVAL,
	       "what is not there");
	is_str(err_text(&err), "the arms have no variable 'users'; there is mode, workers, port",
	       "says what is");
}

/* Runs that were REFUSED are in the table and not in the fit. */
static void test_refused(void)
{
	struct scaling scaling;
	struct err err = {0};

	sample_store_sql(&view.sample,
			 "UPDATE run SET validity = 'REFUSED' WHERE arm LIKE 'a workers=_' AND "
			 "arm != 'a workers=8'");
	sample_view_select(&view, "@last");
	sample_check(scaling_read(&scaling, &view.arena, &view.selection, NULL, &err), &err);
	is_int(scaling.row_count, MATRIX_ARMS, "all rows");
	is_int(scaling.rows[0].validity, VALIDITY_REFUSED, "one of them REFUSED");
	ok(!scaling.groups[0].has_fit, "two levels are too few for the law");
	is_str(scaling.groups[0].why_no_fit, "fewer than three levels have a run that counts",
	       "which is said");
	ok(scaling.groups[1].has_fit, "the other mode has it");
}

static void test_without(void)
{
	struct scaling scaling;
	struct err err = {0};

	sample_store_sql(&view.sample, "DELETE FROM arm");
	sample_view_select(&view, "@last");
	sample_check(scaling_read(&scaling, &view.arena, &view.selection, NULL, &err), &err);
	is_int(scaling.variable_count, 0, "an experiment of an older sonde has no variables");
	ok(scaling.axis == NULL, "and no axis");
	is_str(scaling.no_axis, "no variable takes three different numbers", "with the reason");
	sample_store_sql(&view.sample, "DELETE FROM run");
	sample_view_select(&view, "@last");
	is_int(scaling_read(&scaling, &view.arena, &view.selection, NULL, &err), -ENODATA,
	       "nothing measured");
}

int main(void)
{
	struct scaling scaling;
	struct err err = {0};

	matrix_open(&view);
	sample_check(scaling_read(&scaling, &view.arena, &view.selection, NULL, &err), &err);
	test_rows(&scaling);
	test_fit(&scaling);
	test_axis();
	test_refused();
	test_without();
	sample_view_close(&view);
	return tap_done();
}
