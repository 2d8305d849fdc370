#include "view/function_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/multiple.h"
#include "util/alloc.h"
#include "view/arm_metrics.h"
#include "view/function_samples.h"

/* "base: run 3 failed; head: run 5 was REFUSED" */
static void fill_row(struct function_diff_row *row, const struct function_samples_row *samples,
		     const struct rate_change *change, bool is_within_run)
{
	*row = (struct function_diff_row){
		.name = samples->name,
		.module = samples->module,
		.base = change->base_rate,
		.head = change->head_rate,
		.base_samples = change->base_sum,
		.head_samples = change->head_sum,
		.ratio = exp(change->theta),
		.lo = exp(change->lo),
		.hi = exp(change->hi),
		.p = samples->is_hidden && is_within_run ? (double)NAN : change->p,
		.q = (double)NAN,
		.visible = expm1(change->visible),
		.is_kernel = samples->is_kernel,
		.is_hidden = samples->is_hidden,
	};
	row->is_tested = !isnan(row->p);
}

static void judge_row(struct function_diff_row *row, const struct function_samples_row *samples)
{
	row->is_significant = row->is_tested && row->q <= FUNCTION_DIFF_Q;
	if (!row->is_significant || samples->is_nameless)
		return;
	row->is_new = samples->seen[PROFILE_BASE] <= 0;
	row->is_vanished = samples->seen[PROFILE_HEAD] <= 0;
}

static int rank(const struct function_diff_row *row)
{
	return row->is_significant ? 0 : row->is_tested ? 1 : 2;
}

static int compare_rows(const void *a, const void *b)
{
	const struct function_diff_row *left = a, *right = b;
	double left_moved = fabs(function_diff_get_moved(left));
	double right_moved = fabs(function_diff_get_moved(right));
	int by_name;

	if (rank(left) != rank(right))
		return rank(left) < rank(right) ? -1 : 1;
	if (left_moved < right_moved || left_moved > right_moved)
		return left_moved > right_moved ? -1 : 1;
	by_name = strcmp(left->name, right->name);
	return by_name != 0 ? by_name : strcmp(left->module, right->module);
}

static void test_rows(struct function_diff *diff, const struct function_samples *samples,
		      const struct profile_replicates *replicates)
{
	struct rate_change *changes = alloc_array(samples->count + 1, sizeof(*changes));
	double *p = alloc_array(samples->count + 1, sizeof(*p));

	profile_replicates_test(replicates, samples->counts, samples->count, changes);
	for (uint32_t i = 0; i < samples->count; i++) {
		fill_row(&diff->rows[i], &samples->rows[i], &changes[i], diff->is_within_run);
		p[i] = diff->rows[i].p;
	}
	multiple_benjamini_hochberg(p, samples->count, p);
	for (uint32_t i = 0; i < samples->count; i++) {
		diff->rows[i].q = p[i];
		judge_row(&diff->rows[i], &samples->rows[i]);
		diff->tested_count += diff->rows[i].is_tested;
		diff->significant_count += diff->rows[i].is_significant;
	}
	free(p);
	free(changes);
}

/* CPU time of a side, all functions together. */
static double find_all(const struct profile_side *side)
{
	double samples = 0;

	for (uint32_t i = 0; i < side->count; i++)
		if (side->replicates[i].exposure > 0)
			samples += side->replicates[i].samples;
	return side->exposure > 0 ? samples / side->exposure : 0;
}

int function_diff_read(struct function_diff *ret_diff, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm,
		       const struct function_diff_options *options, struct err *err)
{
	static const struct function_diff_options defaults = {0};
	struct profile_replicates replicates;
	struct function_samples samples;
	int r;

	options = options != NULL ? options : &defaults;
	r = profile_replicates_choose(&replicates, arena, base, base_arm, head, head_arm,
				      options->filter, err);
	if (r == 0)
		r = function_samples_read(&samples, arena, &replicates, options->is_total, err);
	if (r < 0)
		return r;
	*ret_diff = (struct function_diff){
		.rows = arena_alloc(arena, samples.count + 1, sizeof(*ret_diff->rows)),
		.count = samples.count,
		.merged_count = samples.merged_count,
		.base = find_all(&replicates.sides[PROFILE_BASE]),
		.head = find_all(&replicates.sides[PROFILE_HEAD]),
		.work = replicates.work,
		.measure = profile_replicates_get_measure(&replicates, arena),
		.is_clock = replicates.is_clock,
		.is_total = options->is_total,
		.is_within_run = replicates.is_within_run,
		.can_test = replicates.can_test,
		.base_run_count = replicates.sides[PROFILE_BASE].run_count,
		.head_run_count = replicates.sides[PROFILE_HEAD].run_count,
		.left_out =
			arm_metrics_join_left_out(arena, replicates.sides[PROFILE_BASE].left_out,
						  replicates.sides[PROFILE_HEAD].left_out)};
	test_rows(ret_diff, &samples, &replicates);
	qsort(ret_diff->rows, ret_diff->count, sizeof(*ret_diff->rows), compare_rows);
	return 0;
}
