#include "view/arm_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "store/store_read.h"
#include "util/strbuf.h"
#include "util/vec.h"

struct collect {
	struct arena *arena;
	uint32_t run_count;
	VEC(struct arm_metric) metrics;
};

static bool is_rejected(const struct stored_run *run)
{
	return run->rejected != NULL && run->rejected[0] != '\0';
}

static const char *why_left_out(struct arena *arena, const struct stored_run *run)
{
	if (is_rejected(run))
		return arena_printf(arena, "was rejected: %s", run->rejected);
	if (run->record.state != RUN_DONE)
		return run_state_name(run->record.state);
	return run->has_validity && run->validity == VALIDITY_REFUSED ? "was REFUSED" : NULL;
}

/* Of all that were selected, in the order in which they ran: rejected ones are in no arm. */
static const char *list_left_out(const struct selection *selection, const struct selected_arm *arm,
				 struct arena *arena)
{
	uint32_t rejected = 0;
	struct strbuf left_out;
	const char *text;

	strbuf_init(&left_out, 16 * 1024);
	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct stored_run *run = &selection->runs[i];
		const char *why = why_left_out(arena, run);

		if (why == NULL || strcmp(run->record.arm, arm->name) != 0 ||
		    run->record.phase_begin_ns[PHASE_MEASURE] == 0)
			continue;
		rejected += is_rejected(run);
		if (is_rejected(run) && rejected > 1) /* a proof has many: the first tells why */
			continue;
		strbuf_addf(&left_out, "%srun %u %s", left_out.length > 0 ? ", " : "",
			    run->record.number, why);
	}
	if (rejected > 1)
		strbuf_addf(&left_out, ", and %u more were rejected", rejected - 1);
	text = arena_strdup(arena, strbuf_text(&left_out));
	strbuf_release(&left_out);
	return text;
}

static void choose_runs(struct arm_metrics *metrics, struct arena *arena,
			const struct selection *selection, const struct selected_arm *arm,
			enum arm_runs which)
{
	metrics->left_out =
		which == ARM_RUNS_COMPARABLE ? list_left_out(selection, arm, arena) : "";
	metrics->runs = arena_alloc(arena, arm->run_count + 1, sizeof(*metrics->runs));
	for (uint32_t i = 0; i < arm->run_count; i++)
		if (which != ARM_RUNS_COMPARABLE || why_left_out(arena, &arm->runs[i]) == NULL)
			metrics->runs[metrics->run_count++] = &arm->runs[i];
}

static double *values_of(struct collect *collect, const struct metric_info *info, const char *scope)
{
	struct arm_metric metric = {.info = info};
	double *values;

	for (size_t i = 0; i < collect->metrics.count; i++) {
		struct arm_metric *known = &collect->metrics.items[i];

		if (known->info == info && strcmp(known->scope, scope) == 0)
			return known->values;
	}
	values = arena_alloc(collect->arena, collect->run_count, sizeof(*values));
	for (uint32_t i = 0; i < collect->run_count; i++)
		values[i] = (double)NAN;
	metric.scope = arena_strdup(collect->arena, scope);
	metric.values = values;
	vec_push(&collect->metrics, metric);
	return values;
}

static int collect_run(struct collect *collect, struct store *store, const struct stored_run *run,
		       uint32_t place, struct err *err)
{
	struct metric_value *list;
	uint32_t count;
	int r = store_list_metrics(store, collect->arena, run->key, &list, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		const struct metric_info *info = metric_find(list[i].name);

		if (info != NULL && isfinite(list[i].value))
			values_of(collect, info, list[i].scope)[place] = list[i].value;
	}
	return r;
}

static void summarize(struct arm_metric *metric, uint32_t run_count, double *scratch)
{
	metric->min = (double)INFINITY;
	metric->max = -(double)INFINITY;
	for (uint32_t i = 0; i < run_count; i++) {
		if (isnan(metric->values[i]))
			continue;
		scratch[metric->value_count++] = metric->values[i];
		metric->min = fmin(metric->min, metric->values[i]);
		metric->max = fmax(metric->max, metric->values[i]);
	}
	metric->median = quantile_of_values(scratch, metric->value_count, 0.5);
}

/* metric_list()'s order, of each the total first, then scopes by name. */
static int compare_metrics(const void *a, const void *b)
{
	const struct arm_metric *left = a, *right = b;

	if (left->info != right->info)
		return left->info < right->info ? -1 : 1; /* one array: the list's order */
	return strcmp(left->scope, right->scope);
}

int arm_metrics_read(struct arm_metrics *ret_metrics, struct arena *arena,
		     const struct selection *selection, uint32_t arm, enum arm_runs which,
		     struct err *err)
{
	struct collect collect = {.arena = arena};
	double *scratch;
	int r = 0;

	*ret_metrics = (struct arm_metrics){.left_out = ""};
	if (arm >= selection->arm_count)
		return 0;
	choose_runs(ret_metrics, arena, selection, &selection->arms[arm], which);
	collect.run_count = ret_metrics->run_count;
	for (uint32_t i = 0; i < ret_metrics->run_count && r == 0; i++)
		r = collect_run(&collect, selection->store, ret_metrics->runs[i], i, err);
	scratch = arena_alloc(arena, collect.run_count + 1, sizeof(*scratch));
	for (size_t i = 0; i < collect.metrics.count; i++)
		summarize(&collect.metrics.items[i], collect.run_count, scratch);
	ret_metrics->metric_count = (uint32_t)collect.metrics.count;
	ret_metrics->metrics =
		arena_alloc(arena, collect.metrics.count + 1, sizeof(*ret_metrics->metrics));
	if (collect.metrics.count > 0) {
		qsort(collect.metrics.items, collect.metrics.count, sizeof(*collect.metrics.items),
		      compare_metrics);
		memcpy(ret_metrics->metrics, collect.metrics.items,
		       collect.metrics.count * sizeof(*collect.metrics.items));
	}
	vec_release(&collect.metrics);
	return r;
}

const struct arm_metric *arm_metrics_find(const struct arm_metrics *metrics, const char *name,
					  const char *scope)
{
	for (uint32_t i = 0; i < metrics->metric_count; i++)
		if (strcmp(metrics->metrics[i].info->name, name) == 0 &&
		    strcmp(metrics->metrics[i].scope, scope) == 0)
			return &metrics->metrics[i];
	return NULL;
}

double arm_metrics_get_of_pair(const struct arm_metrics *metrics, const double *values,
			       uint32_t pair)
{
	for (uint32_t i = 0; i < metrics->run_count; i++)
		if (metrics->runs[i]->record.pair == pair)
			return values[i];
	return (double)NAN;
}

bool arm_metrics_are_paired(const struct selection *base, uint32_t base_arm,
			    const struct arm_metrics *base_metrics, const struct selection *head,
			    uint32_t head_arm, const struct arm_metrics *head_metrics)
{
	if (strcmp(base->experiment.id, head->experiment.id) != 0 ||
	    strcmp(base->arms[base_arm].name, head->arms[head_arm].name) == 0)
		return false;
	for (uint32_t i = 0; i < base_metrics->run_count; i++)
		for (uint32_t j = 0; j < head_metrics->run_count; j++)
			if (base_metrics->runs[i]->record.pair ==
			    head_metrics->runs[j]->record.pair)
				return true;
	return false;
}

const char *arm_metrics_join_left_out(struct arena *arena, const char *base, const char *head)
{
	return arena_printf(arena, "%s%s%s%s%s", base[0] != '\0' ? "base: " : "", base,
			    base[0] != '\0' && head[0] != '\0' ? "; " : "",
			    head[0] != '\0' ? "head: " : "", head);
}
