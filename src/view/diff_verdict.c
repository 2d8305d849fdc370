#include "view/diff_verdict.h"

#include <math.h>

#include "stats/multiple.h"
#include "stats/verdict_rule.h"
#include "util/alloc.h"

/* 1 - 0.95 is a little more than 0.05, and a p of 0.05 then stands. */
static const double ROUNDING = 1.0 + 1e-12;

bool diff_verdict_takes_part(const struct run_diff_metric *row)
{
	return row->has_interval && row->info->better != 0 && row->scope[0] == '\0' &&
	       (row->info->is_main || row->is_primary);
}

static void find_rank_p(const struct diff_values *values, double border, struct rank_p *ret_p)
{
	if (values->is_paired)
		rank_p_paired(values->differences, values->n_base, border, ret_p);
	else
		rank_p_unpaired(values->base, values->n_base, values->head, values->n_head, border,
				ret_p);
}

void diff_verdict_judge(struct run_diff_metric *row, const struct diff_values *values,
			const struct rank_estimate *estimate)
{
	double border = verdict_rule_get_border(row->delta, row->info->scale);
	struct rank_p upper, lower;
	struct verdict_p found;

	row->p = row->adjusted_p = (double)NAN;
	row->verdict = VERDICT_NONE;
	if (!diff_verdict_takes_part(row))
		return;
	find_rank_p(values, border, &upper);
	find_rank_p(values, -border, &lower);
	verdict_rule_find_p(&upper, &lower, row->info->better, &found);
	row->p = row->adjusted_p = found.p;
	row->verdict =
		verdict_rule_apply(estimate, row->delta, row->info->better, row->info->scale);
}

/* Each of the others' p among them; returns how many they are. */
static uint32_t adjust_others(struct run_diff_metric *rows, uint32_t count)
{
	scoped_free double *p = alloc_array(count + 1ull, sizeof(*p));
	uint32_t tests = 0;

	for (uint32_t i = 0; i < count; i++) {
		p[i] = rows[i].is_primary ? (double)NAN : rows[i].p;
		if (!isnan(p[i]))
			tests++;
	}
	multiple_holm(p, count, p);
	for (uint32_t i = 0; i < count; i++)
		if (!rows[i].is_primary)
			rows[i].adjusted_p = p[i];
	return tests;
}

void diff_verdict_adjust(struct run_diff_metric *rows, uint32_t count,
			 const struct rank_estimate *estimates, double level)
{
	uint32_t tests = adjust_others(rows, count);

	for (uint32_t i = 0; i < count; i++) {
		struct rank_estimate wanted = estimates[i];

		if (!diff_verdict_takes_part(&rows[i]))
			continue;
		if (rows[i].adjusted_p > (1.0 - level) * ROUNDING)
			rows[i].verdict = VERDICT_INCONCLUSIVE;
		if (rows[i].verdict != VERDICT_INCONCLUSIVE)
			continue;
		/* One among several has to stand at a share of the error. */
		wanted.asked_level = rows[i].is_primary ? level : 1.0 - (1.0 - level) / tests;
		rows[i].more = verdict_rule_count_more(&wanted, rows[i].delta, rows[i].info->scale);
	}
}
