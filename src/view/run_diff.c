#include "view/run_diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "stats/rank.h"
#include "view/arm_metrics.h"
#include "view/diff_delta.h"
#include "view/diff_verdict.h"

struct sides {
	const struct arm_metrics *base, *head;
	bool is_paired;
	double level;
	const char *primary;
	struct diff_delta delta;
	double *a, *b; /* scratch: values of both sides */
	double *differences;
	struct rank_estimate *estimates; /* by row */
};

/* Finite, also in the difference of two: stores may hold anything. */
static bool is_usable(const struct metric_info *info, double value)
{
	return fabs(value) < 1e300 && (info->scale == METRIC_DIFFERENCE || value > 0);
}

static double scaled(const struct metric_info *info, double value)
{
	return info->scale == METRIC_LOG_RATIO ? log(value) : value;
}

/* The medians shown are of the pairs too: beside a change they must not be of other runs. */
static void estimate_paired(const struct sides *sides, const struct arm_metric *base,
			    const struct arm_metric *head, struct rank_estimate *estimate,
			    struct run_diff_metric *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sides->base->run_count; i++) {
		double value = base->values[i];
		double other = arm_metrics_get_of_pair(sides->head, head->values,
						       sides->base->runs[i]->record.pair);

		if (!is_usable(base->info, value) || !is_usable(base->info, other))
			continue;
		sides->a[count] = value;
		sides->b[count] = other;
		sides->differences[count++] = scaled(base->info, other) - scaled(base->info, value);
	}
	rank_estimate_paired(sides->differences, count, sides->level, estimate);
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

	rank_estimate_unpaired(sides->a, n_base, sides->b, n_head, sides->level, estimate);
}

static void compare(const struct sides *sides, const struct arm_metric *base,
		    const struct arm_metric *head, struct rank_estimate *estimate,
		    struct run_diff_metric *out)
{
	bool is_ratio = base->info->scale == METRIC_LOG_RATIO;
	struct diff_values values = {.is_paired = sides->is_paired,
				     .base = sides->a,
				     .head = sides->b,
				     .differences = sides->differences};

	if (sides->is_paired)
		estimate_paired(sides, base, head, estimate, out);
	else
		estimate_unpaired(sides, base, head, estimate);
	values.n_base = estimate->n_base;
	values.n_head = estimate->n_head;
	out->has_estimate = isfinite(estimate->estimate);
	out->has_interval = estimate->has_interval;
	out->estimate = is_ratio ? exp(estimate->estimate) : estimate->estimate;
	out->lo = is_ratio ? exp(estimate->lo) : estimate->lo;
	out->hi = is_ratio ? exp(estimate->hi) : estimate->hi;
	out->level = estimate->level;
	out->method = sides->is_paired ? "paired Hodges-Lehmann" : "Hodges-Lehmann";
	diff_delta_fill(&sides->delta, out, sides->is_paired);
	diff_verdict_judge(out, &values, estimate);
}

/* A row of one side or both: NULL where it has none. */
static void add_row(const struct sides *sides, struct run_diff *diff, const struct arm_metric *base,
		    const struct arm_metric *head)
{
	const struct arm_metric *any = base != NULL ? base : head;
	uint32_t place = diff->metric_count++;
	struct run_diff_metric *row = &diff->metrics[place];

	*row = (struct run_diff_metric){.info = any->info,
					.scope = any->scope,
					.base = base != NULL ? base->median : (double)NAN,
					.head = head != NULL ? head->median : (double)NAN,
					.n_base = base != NULL ? base->value_count : 0,
					.n_head = head != NULL ? head->value_count : 0,
					.method = "",
					.is_primary = any->scope[0] == '\0' &&
						      strcmp(any->info->name, sides->primary) == 0,
					.p = (double)NAN,
					.adjusted_p = (double)NAN,
					.noise = (double)NAN};
	if (base != NULL && head != NULL)
		compare(sides, base, head, &sides->estimates[place], row);
}

/* Rows of both sides; a metric that only one side has shows that side. */
static void compare_all(const struct sides *sides, struct run_diff *diff)
{
	const struct arm_metrics *base = sides->base, *head = sides->head;

	for (uint32_t i = 0; i < base->metric_count; i++) {
		const struct arm_metric *metric = &base->metrics[i];

		add_row(sides, diff, metric,
			arm_metrics_find(head, metric->info->name, metric->scope));
	}
	for (uint32_t i = 0; i < head->metric_count; i++) {
		const struct arm_metric *metric = &head->metrics[i];

		if (arm_metrics_find(base, metric->info->name, metric->scope) == NULL)
			add_row(sides, diff, NULL, metric);
	}
	diff_verdict_adjust(diff->metrics, diff->metric_count, sides->estimates, sides->level);
}

static uint32_t count_pairs(const struct arm_metrics *base, const struct arm_metrics *head)
{
	uint32_t pairs = 0;

	for (uint32_t i = 0; i < base->run_count; i++)
		for (uint32_t j = 0; j < head->run_count; j++)
			pairs += base->runs[i]->record.pair == head->runs[j]->record.pair;
	return pairs;
}

/* Start to stop; 0 when it does not say. */
static uint64_t find_duration(const struct run_record *run)
{
	uint64_t begin_ns = UINT64_MAX, end_ns = 0;

	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		if (run->phase_begin_ns[phase] != 0 && run->phase_begin_ns[phase] < begin_ns)
			begin_ns = run->phase_begin_ns[phase];
		if (run->phase_end_ns[phase] > end_ns)
			end_ns = run->phase_end_ns[phase];
	}
	return begin_ns < end_ns ? end_ns - begin_ns : 0;
}

static double mean_duration(const struct arm_metrics *const *sides, uint32_t side_count)
{
	double sum = 0.0;
	uint32_t count = 0;

	for (uint32_t side = 0; side < side_count; side++) {
		for (uint32_t i = 0; i < sides[side]->run_count; i++) {
			uint64_t duration_ns = find_duration(&sides[side]->runs[i]->record);

			sum += (double)duration_ns;
			count += duration_ns > 0;
		}
	}
	return count > 0 ? sum / count : 0.0;
}

/* A pair is a run of either side, and so is what more runs on each side take. */
/* 0, not known, for what no clock can have. */
static uint64_t to_ns(double ns)
{
	return ns > 0 && ns < 9e18 ? (uint64_t)ns : 0;
}

static void fill_durations(const struct sides *sides, struct run_diff *diff)
{
	const struct arm_metrics *both[2] = {sides->base, sides->head};
	double base_ns = mean_duration(both, 1), head_ns = mean_duration(both + 1, 1);
	double both_ns = base_ns > 0 && head_ns > 0 ? base_ns + head_ns : 0.0;

	diff->pair_ns = to_ns(sides->is_paired ? both_ns : mean_duration(both, 2));
	for (uint32_t i = 0; i < diff->metric_count; i++)
		diff->metrics[i].more_ns = to_ns(diff->metrics[i].more * both_ns);
}

/* Many runs on one side make up for few on the other: whether an interval can be had. */
static bool can_differ(const struct sides *sides, uint32_t n_base, uint32_t n_head)
{
	if (sides->is_paired)
		return rank_signed_k(n_base, sides->level) > 0;
	return rank_sum_k(n_base, n_head, sides->level) > 0;
}

/* There are runs enough, but the metric that decides has no verdict. */
static const char *explain_primary(struct arena *arena, const struct sides *sides,
				   const struct run_diff_metric *primary)
{
	double percent = 100 * sides->level;

	if (primary == NULL || primary->verdict != VERDICT_NONE || !primary->has_estimate)
		return "";
	if (primary->info->better == 0)
		return arena_printf(arena, "%s, which decides, has no better or worse: no verdict",
				    primary->info->label);
	if (sides->is_paired)
		return arena_printf(arena,
				    "%s, which decides, can be compared in %u pairs: a %.4g %% "
				    "interval needs at least %u",
				    primary->info->label, primary->n_base, percent,
				    rank_min_pairs(sides->level));
	return arena_printf(arena,
			    "%s, which decides, can be compared in %u and %u runs: a %.4g %% "
			    "interval needs at least %u on each side",
			    primary->info->label, primary->n_base, primary->n_head, percent,
			    rank_min_runs(sides->level));
}

/* "; `sonde run --more 2` adds them": what makes so many pairs. */
static const char *name_more(struct arena *arena, const struct run_diff *diff, uint32_t more,
			     const char *what)
{
	uint32_t pairs = diff->pair_count + more;

	if (pairs < SEQUENTIAL_FIRST && (diff->proof != NULL || diff->is_gate))
		pairs = SEQUENTIAL_FIRST;
	if (diff->is_gate)
		return arena_printf(arena, ": --pairs %u, and --max-time for as many", pairs);
	if (diff->proof != NULL)
		return arena_printf(arena, "; `sonde prove --continue=%s --pairs %u` adds %s",
				    diff->proof, pairs, what);
	return arena_printf(arena, "; `sonde run --more %u` adds %s", more, what);
}

static const char *explain_none(struct arena *arena, const struct sides *sides,
				const struct run_diff *diff, const struct run_diff_metric *primary)
{
	uint32_t n_base = sides->base->run_count, n_head = sides->head->run_count;
	uint32_t needed = rank_min_pairs(sides->level), pairs = diff->pair_count;
	double percent = 100 * sides->level;

	if (n_base == 0 || n_head == 0)
		return arena_printf(arena, "no run of %s counts",
				    n_head == 0 ? diff->head_label : diff->base_label);
	if (can_differ(sides, sides->is_paired ? pairs : n_base, n_head))
		return explain_primary(arena, sides, primary);
	if (n_base <= 1 && n_head <= 1)
		return sides->is_paired
			       ? arena_printf(arena, "one run each: no verdict%s",
					      name_more(arena, diff, needed - pairs, "pairs"))
			       : "one run each: no verdict";
	if (sides->is_paired)
		return arena_printf(arena, "%u pairs: a %.4g %% interval needs at least %u%s",
				    pairs, percent, needed,
				    name_more(arena, diff, needed - pairs,
					      needed - pairs == 1 ? "one" : "them"));
	return arena_printf(arena,
			    "%u and %u runs: a %.4g %% interval needs at least %u on each side",
			    n_base, n_head, percent, rank_min_runs(sides->level));
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

static void sides_init(struct sides *sides, struct arena *arena, const struct arm_metrics *base,
		       const struct arm_metrics *head)
{
	uint32_t runs = base->run_count + head->run_count + 1;
	uint32_t rows = base->metric_count + head->metric_count + 1;

	sides->base = base;
	sides->head = head;
	sides->a = arena_alloc(arena, runs, sizeof(double));
	sides->b = arena_alloc(arena, runs, sizeof(double));
	sides->differences = arena_alloc(arena, runs, sizeof(double));
	sides->estimates = arena_alloc(arena, rows, sizeof(*sides->estimates));
}

/*
 * A service that fails fast uses less CPU time, and answers sooner. So a head whose requests fail
 * more often is worse, whatever the primary metric says; this is no finding among many, and Holm
 * has no part in it.
 */
static const char *find_veto(struct arena *arena, const struct run_diff *diff)
{
	const struct run_diff_metric *success = run_diff_find(diff, "success_ratio", "");

	if (success == NULL || !success->has_interval || !(success->hi < -success->delta))
		return "";
	return arena_printf(arena,
			    "%.4g %% of the requests succeeded with %s, and %.4g %% with %s: that "
			    "decides",
			    100 * success->head, diff->head_label, 100 * success->base,
			    diff->base_label);
}

/* The row says it too: who looks at each metric (view/track_view.h) must see it. */
static void set_vetoed(struct run_diff *diff)
{
	diff->verdict = VERDICT_REGRESSED;
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (diff->metrics[i].scope[0] == '\0' &&
		    strcmp(diff->metrics[i].info->name, "success_ratio") == 0)
			diff->metrics[i].verdict = VERDICT_REGRESSED;
}

static void fill_diff(struct run_diff *diff, struct arena *arena, const struct sides *sides)
{
	const struct run_diff_metric *primary;

	diff->design = sides->is_paired ? "paired" : "unpaired";
	diff->primary = sides->primary;
	diff->metrics =
		arena_alloc(arena, sides->base->metric_count + sides->head->metric_count + 1ull,
			    sizeof(*diff->metrics));
	compare_all(sides, diff);
	fill_durations(sides, diff);
	qsort(diff->metrics, diff->metric_count, sizeof(*diff->metrics), compare_rows);
	primary = run_diff_find(diff, diff->primary, "");
	diff->verdict = primary != NULL ? primary->verdict : VERDICT_NONE;
	diff->why_none = explain_none(arena, sides, diff, primary);
	diff->veto = find_veto(arena, diff);
	if (diff->veto[0] != '\0')
		set_vetoed(diff);
	diff->left_out =
		arm_metrics_join_left_out(arena, sides->base->left_out, sides->head->left_out);
}

/*
 * Who compares the sides of a proof looks at it once more: at the level of its own looks, so that
 * the verdict is the proof's.
 */
static int read_proof(struct run_diff *diff, double *level, struct arena *arena,
		      const struct selection *head, struct err *err)
{
	struct proof_record record;
	struct sequential looks;
	int r = store_read_proof(head->store, arena, head->experiment.id, &record, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	diff->is_gate = strcmp(record.command, "gate") == 0;
	if (!diff->is_gate)
		diff->proof = record.experiment;
	looks = (struct sequential){record.first, record.step, record.last};
	if (sequential_is_sane(&looks))
		*level = sequential_get_level(&looks, RUN_DIFF_PROOF_ERROR);
	return 0;
}

int run_diff_read(struct run_diff *ret_diff, struct arena *arena, const struct selection *base,
		  uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		  const struct run_diff_options *options, struct err *err)
{
	static const struct run_diff_options defaults;
	bool is_within = strcmp(base->experiment.id, head->experiment.id) == 0;
	bool is_same_arm =
		is_within && strcmp(base->arms[base_arm].name, head->arms[head_arm].name) == 0;
	struct arm_metrics base_metrics, head_metrics;
	struct sides sides = {0};
	int r = arm_metrics_read(&base_metrics, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);

	if (options == NULL)
		options = &defaults;
	if (r == 0)
		r = arm_metrics_read(&head_metrics, arena, head, head_arm, ARM_RUNS_COMPARABLE,
				     err);
	if (r == 0)
		r = diff_delta_read(&sides.delta, arena, head, options, err);
	if (r < 0)
		return r;
	*ret_diff = (struct run_diff){
		.base_label = make_label(arena, base, base_arm, is_within && !is_same_arm),
		.head_label = make_label(arena, head, head_arm, is_within && !is_same_arm),
		.pair_count = count_pairs(&base_metrics, &head_metrics)};
	sides.level = RUN_DIFF_LEVEL;
	if (is_within && !is_same_arm)
		r = read_proof(ret_diff, &sides.level, arena, head, err);
	if (r < 0)
		return r;
	if (options->level > 0)
		sides.level = options->level;
	ret_diff->level = sides.level;
	sides.primary =
		options->primary != NULL ? options->primary : head->experiment.primary_metric;
	sides.is_paired = is_within && !is_same_arm && ret_diff->pair_count > 0;
	sides_init(&sides, arena, &base_metrics, &head_metrics);
	fill_diff(ret_diff, arena, &sides);
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
