#include "view/run_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "stats/rank.h"
#include "stats/verdict_rule.h"
#include "view/arm_metrics.h"

/*
 * A difference is compared against a threshold in its own unit: delta of the greater median, so
 * that swapping the sides mirrors the verdict, and never less than these. A metric that is zero on
 * both sides then is EQUIVALENT, and neither one failure in 10,000 requests, one event in 100, nor
 * a microsecond of waiting is a change that matters.
 */
#define SMALLEST_RATIO 1e-4
#define SMALLEST_COUNT 1e-2
#define SMALLEST_NS 1e3

struct sides {
	const struct arm_metrics *base, *head;
	bool is_paired;
	double delta;
	double *a, *b; /* scratch: values of both sides */
	double *differences;
};

static bool is_usable(const struct metric_info *info, double value)
{
	return isfinite(value) && (info->scale == METRIC_DIFFERENCE || value > 0);
}

static double scaled(const struct metric_info *info, double value)
{
	return info->scale == METRIC_LOG_RATIO ? log(value) : value;
}

/* The head's value in the pair of the base's run i; NAN when it has none. */
static double partner(const struct sides *sides, const struct arm_metric *head, uint32_t i)
{
	uint32_t pair = sides->base->runs[i]->record.pair;

	for (uint32_t j = 0; j < sides->head->run_count; j++)
		if (sides->head->runs[j]->record.pair == pair)
			return head->values[j];
	return (double)NAN;
}

/* The medians shown are of the pairs too: beside a change they must not be of other runs. */
static void estimate_paired(const struct sides *sides, const struct arm_metric *base,
			    const struct arm_metric *head, struct rank_estimate *estimate,
			    struct run_diff_metric *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sides->base->run_count; i++) {
		double value = base->values[i], other = partner(sides, head, i);

		if (!is_usable(base->info, value) || !is_usable(base->info, other))
			continue;
		sides->a[count] = value;
		sides->b[count] = other;
		sides->differences[count++] = scaled(base->info, other) - scaled(base->info, value);
	}
	rank_estimate_paired(sides->differences, count, RUN_DIFF_LEVEL, estimate);
	if (count == 0)
		return;
	out->n_base = out->n_head = count;
	out->base = quantile_of_values(sides->a, count, 0.5);
	out->head = quantile_of_values(sides->b, count, 0.5);
}

static uint32_t take_values(const struct arm_metric *metric, uint32_t run_count, double *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < run_count; i++)
		if (is_usable(metric->info, metric->values[i]))
			out[count++] = scaled(metric->info, metric->values[i]);
	return count;
}

static void estimate_unpaired(const struct sides *sides, const struct arm_metric *base,
			      const struct arm_metric *head, struct rank_estimate *estimate)
{
	uint32_t n_base = take_values(base, sides->base->run_count, sides->a);
	uint32_t n_head = take_values(head, sides->head->run_count, sides->b);

	rank_estimate_unpaired(sides->a, n_base, sides->b, n_head, RUN_DIFF_LEVEL, estimate);
}

static double threshold(const struct sides *sides, const struct run_diff_metric *row)
{
	double in_unit = sides->delta * fmax(fabs(row->base), fabs(row->head));

	if (row->info->scale == METRIC_LOG_RATIO)
		return sides->delta;
	if (row->info->unit == METRIC_RATIO) /* success and failures: 2 % of all requests is much */
		return SMALLEST_RATIO;
	return fmax(in_unit, row->info->unit == METRIC_NS ? SMALLEST_NS : SMALLEST_COUNT);
}

static void compare(const struct sides *sides, const struct arm_metric *base,
		    const struct arm_metric *head, struct run_diff_metric *out)
{
	bool is_ratio = base->info->scale == METRIC_LOG_RATIO;
	struct rank_estimate estimate;

	out->n_base = base->value_count;
	out->n_head = head->value_count;
	out->base = base->median;
	out->head = head->median;
	if (sides->is_paired)
		estimate_paired(sides, base, head, &estimate, out);
	else
		estimate_unpaired(sides, base, head, &estimate);
	out->has_estimate = isfinite(estimate.estimate);
	out->has_interval = estimate.has_interval;
	out->estimate = is_ratio ? exp(estimate.estimate) : estimate.estimate;
	out->lo = is_ratio ? exp(estimate.lo) : estimate.lo;
	out->hi = is_ratio ? exp(estimate.hi) : estimate.hi;
	out->level = estimate.level;
	out->method = sides->is_paired ? "paired Hodges-Lehmann" : "Hodges-Lehmann";
	out->verdict = verdict_rule_apply(&estimate, threshold(sides, out), base->info->better,
					  base->info->scale);
}

/* Rows of both sides, in the list's order; a metric that only one side has shows that side. */
static void compare_all(const struct sides *sides, struct run_diff *diff)
{
	const struct arm_metrics *base = sides->base, *head = sides->head;

	for (uint32_t i = 0; i < base->metric_count; i++) {
		const struct arm_metric *other =
			arm_metrics_find(head, base->metrics[i].info->name, base->metrics[i].scope);
		struct run_diff_metric *row = &diff->metrics[diff->metric_count++];

		*row = (struct run_diff_metric){.info = base->metrics[i].info,
						.scope = base->metrics[i].scope,
						.base = base->metrics[i].median,
						.head = (double)NAN,
						.n_base = base->metrics[i].value_count,
						.method = ""};
		if (other != NULL)
			compare(sides, &base->metrics[i], other, row);
	}
	for (uint32_t i = 0; i < head->metric_count; i++) {
		if (arm_metrics_find(base, head->metrics[i].info->name, head->metrics[i].scope) !=
		    NULL)
			continue;
		diff->metrics[diff->metric_count++] =
			(struct run_diff_metric){.info = head->metrics[i].info,
						 .scope = head->metrics[i].scope,
						 .base = (double)NAN,
						 .head = head->metrics[i].median,
						 .n_head = head->metrics[i].value_count,
						 .method = ""};
	}
}

static uint32_t count_pairs(const struct arm_metrics *base, const struct arm_metrics *head)
{
	uint32_t pairs = 0;

	for (uint32_t i = 0; i < base->run_count; i++)
		for (uint32_t j = 0; j < head->run_count; j++)
			pairs += base->runs[i]->record.pair == head->runs[j]->record.pair;
	return pairs;
}

/* Many runs on one side make up for few on the other: whether an interval can be had. */
static bool can_differ(uint32_t n_base, uint32_t n_head)
{
	return 2 * rank_sum_cdf(n_base, n_head, 0) <= 1 - RUN_DIFF_LEVEL;
}

static const char *explain_none(struct arena *arena, const struct run_diff *diff,
				const struct arm_metrics *base, const struct arm_metrics *head)
{
	bool is_paired = strcmp(diff->design, "paired") == 0;
	uint32_t needed =
		is_paired ? rank_min_pairs(RUN_DIFF_LEVEL) : rank_min_runs(RUN_DIFF_LEVEL);
	uint32_t least = base->run_count < head->run_count ? base->run_count : head->run_count;

	if (is_paired && diff->pair_count >= needed)
		return "";
	if (!is_paired && (least >= needed || can_differ(base->run_count, head->run_count)))
		return "";
	if (base->run_count <= 1 && head->run_count <= 1)
		return is_paired ? arena_printf(arena,
						"one run each: no verdict; `sonde run --more %u` "
						"adds pairs",
						needed - diff->pair_count)
				 : "one run each: no verdict";
	if (is_paired)
		return arena_printf(arena,
				    "%u pairs: a 95 %% interval needs at least %u; `sonde run "
				    "--more %u` adds %s",
				    diff->pair_count, needed, needed - diff->pair_count,
				    needed - diff->pair_count == 1 ? "one" : "them");
	return arena_printf(arena,
			    "%u and %u runs: a 95 %% interval needs at least %u on each side",
			    base->run_count, head->run_count, needed);
}

/* Within an experiment the arm says it; else the arm's name may well be the same on both sides. */
static const char *make_label(struct arena *arena, const struct selection *selection, uint32_t arm,
			      bool is_within)
{
	if (is_within)
		return selection_arm_label(selection, arm);
	if (selection->arm_count == 1)
		return selection->word;
	return arena_printf(arena, "%s/%s", selection->word, selection->arms[arm].name);
}

static int compare_rows(const void *a, const void *b)
{
	const struct run_diff_metric *left = a, *right = b;

	if (left->info != right->info)
		return left->info < right->info ? -1 : 1; /* one array: metric_list()'s order */
	return strcmp(left->scope, right->scope);
}

int run_diff_read(struct run_diff *ret_diff, struct arena *arena, const struct selection *base,
		  uint32_t base_arm, const struct selection *head, uint32_t head_arm, double delta,
		  struct err *err)
{
	struct sides sides = {.delta = delta > 0 ? delta : RUN_DIFF_DELTA};
	bool is_within = strcmp(base->experiment.id, head->experiment.id) == 0;
	bool is_same_arm =
		is_within && strcmp(base->arms[base_arm].name, head->arms[head_arm].name) == 0;
	struct arm_metrics base_metrics, head_metrics;
	const struct run_diff_metric *primary;
	uint32_t run_count;
	int r = arm_metrics_read(&base_metrics, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&head_metrics, arena, head, head_arm, ARM_RUNS_COMPARABLE,
				     err);
	if (r < 0)
		return r;
	*ret_diff = (struct run_diff){
		.base_label = make_label(arena, base, base_arm, is_within && !is_same_arm),
		.head_label = make_label(arena, head, head_arm, is_within && !is_same_arm),
		.pair_count = count_pairs(&base_metrics, &head_metrics),
		.primary = head->experiment.primary_metric};
	sides.base = &base_metrics;
	sides.head = &head_metrics;
	sides.is_paired = is_within && !is_same_arm && ret_diff->pair_count > 0;
	run_count = base_metrics.run_count + head_metrics.run_count + 1;
	sides.a = arena_alloc(arena, run_count, sizeof(double));
	sides.b = arena_alloc(arena, run_count, sizeof(double));
	sides.differences = arena_alloc(arena, run_count, sizeof(double));
	ret_diff->design = sides.is_paired ? "paired" : "unpaired";
	ret_diff->metrics =
		arena_alloc(arena, base_metrics.metric_count + head_metrics.metric_count + 1,
			    sizeof(*ret_diff->metrics));
	compare_all(&sides, ret_diff);
	qsort(ret_diff->metrics, ret_diff->metric_count, sizeof(*ret_diff->metrics), compare_rows);
	primary = run_diff_find(ret_diff, ret_diff->primary, "");
	ret_diff->verdict = primary != NULL ? primary->verdict : VERDICT_NONE;
	ret_diff->why_none = explain_none(arena, ret_diff, &base_metrics, &head_metrics);
	return 0;
}

const struct run_diff_metric *run_diff_find(const struct run_diff *diff, const char *name,
					    const char *scope)
{
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (strcmp(diff->metrics[i].info->name, name) == 0 &&
		    strcmp(diff->metrics[i].scope, scope) == 0)
			return &diff->metrics[i];
	return NULL;
}
