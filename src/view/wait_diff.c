#include "view/wait_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_machine.h"
#include "util/vec.h"
#include "view/arm_metrics.h"

/* Metrics that are rows as they are. */
static const struct {
	const char *metric, *name;
	enum wait_diff_kind kind;
} metrics[] = {
	{"cpu_per_request", "on CPU", WAIT_DIFF_TIME},
	{"wait_per_request", "run queue", WAIT_DIFF_TIME},
	{"switches_voluntary_per_request", "voluntary switches", WAIT_DIFF_EVENT},
	{"switches_involuntary_per_request", "involuntary switches", WAIT_DIFF_EVENT},
	{"faults_minor_per_request", "minor faults", WAIT_DIFF_EVENT},
	{"faults_major_per_request", "major faults", WAIT_DIFF_EVENT},
};

/* A row's value of each run, base runs first; NAN = that run has none. */
struct wait_values {
	enum wait_diff_kind kind;
	const char *name;
	double *values;
};

struct wait_reader {
	struct arena *arena;
	struct arm_metrics base, head; /* which runs count, and their metrics */
	uint32_t run_count;	       /* of both sides */
	bool is_paired;
	bool has_base_calls, has_head_calls;
	bool *is_traced; /* by run: its system calls were counted */
	VEC(struct wait_values) rows;
};

/* ---- values by run ---- */

/* `value`: where no run has said otherwise. */
static double *find_values(struct wait_reader *reader, enum wait_diff_kind kind, const char *name,
			   double value)
{
	struct wait_values fresh = {.kind = kind};

	for (size_t i = 0; i < reader->rows.count; i++)
		if (reader->rows.items[i].kind == kind &&
		    strcmp(reader->rows.items[i].name, name) == 0)
			return reader->rows.items[i].values;
	fresh.name = arena_strdup(reader->arena, name);
	fresh.values = arena_alloc(reader->arena, reader->run_count + 1, sizeof(double));
	for (uint32_t i = 0; i < reader->run_count; i++)
		fresh.values[i] = value;
	vec_push(&reader->rows, fresh);
	return fresh.values;
}

static double get_metric(const struct arm_metrics *side, const char *name, uint32_t run)
{
	const struct arm_metric *metric = arm_metrics_find(side, name, "");

	return metric != NULL ? metric->values[run] : (double)NAN;
}

static void take_metrics(struct wait_reader *reader, const struct arm_metrics *side, uint32_t first)
{
	for (uint32_t run = 0; run < side->run_count; run++) {
		double waiting = get_metric(side, "latency_mean", run) -
				 get_metric(side, "cpu_per_request", run) -
				 get_metric(side, "wait_per_request", run);

		for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
			find_values(reader, metrics[i].kind, metrics[i].name,
				    (double)NAN)[first + run] =
				get_metric(side, metrics[i].metric, run);
		find_values(reader, WAIT_DIFF_TIME, "other waiting", (double)NAN)[first + run] =
			waiting >= 0 ? waiting : (double)NAN;
	}
}

/* A call that a run never made is none per request, if calls were counted in that run. */
static int take_calls(struct wait_reader *reader, const struct arm_metrics *side,
		      struct store *store, uint32_t run, uint32_t place, bool *ret_has_calls,
		      struct err *err)
{
	double rate = get_metric(side, "rate_rps", run);
	struct syscall_table table = {0};
	int r = store_read_syscalls(store, side->runs[run]->key, &table, err);

	if (r == 0 && table.method[0] != '\0' && table.window_ns > 0 && rate > 0) {
		double requests = rate * (double)table.window_ns / 1e9;

		for (size_t i = 0; i < table.rows.count; i++)
			find_values(reader, WAIT_DIFF_SYSCALL, table.rows.items[i].name,
				    0)[place] += (double)table.rows.items[i].calls / requests;
		reader->is_traced[place] = *ret_has_calls = true;
	}
	syscall_table_release(&table);
	return r;
}

static int take_all_calls(struct wait_reader *reader, struct store *base, struct store *head,
			  struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < reader->base.run_count && r == 0; i++)
		r = take_calls(reader, &reader->base, base, i, i, &reader->has_base_calls, err);
	for (uint32_t i = 0; i < reader->head.run_count && r == 0; i++)
		r = take_calls(reader, &reader->head, head, i, reader->base.run_count + i,
			       &reader->has_head_calls, err);
	for (size_t i = 0; i < reader->rows.count; i++)
		for (uint32_t run = 0; run < reader->run_count; run++)
			if (reader->rows.items[i].kind == WAIT_DIFF_SYSCALL &&
			    !reader->is_traced[run])
				reader->rows.items[i].values[run] = (double)NAN;
	return r;
}

/* ---- estimates ---- */

static struct wait_diff_row compare(const struct wait_reader *reader,
				    const struct wait_values *values)
{
	const struct value_diff_side base = {&reader->base, values->values};
	const struct value_diff_side head = {&reader->head,
					     values->values + reader->base.run_count};

	return (struct wait_diff_row){
		.kind = values->kind,
		.name = values->name,
		.change = value_diff_make(reader->arena, &base, &head, reader->is_paired)};
}

static bool is_worth(const struct wait_reader *reader, const double *values)
{
	for (uint32_t i = 0; i < reader->run_count; i++)
		if (isfinite(values[i]) && values[i] != 0)
			return true;
	return false;
}

static double get_size(const struct wait_diff_row *row)
{
	return row->change.has_estimate ? fabs(row->change.difference) : -1;
}

static int compare_rows(const void *a, const void *b)
{
	const struct wait_diff_row *left = a, *right = b;

	if (left->change.is_apart != right->change.is_apart)
		return left->change.is_apart ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (get_size(left) != get_size(right))
		return get_size(left) > get_size(right) ? -1 : 1;
	return strcmp(left->name, right->name);
}

static const char *find_lacking(const struct wait_reader *reader)
{
	if (reader->has_base_calls && reader->has_head_calls)
		return "";
	if (reader->has_base_calls == reader->has_head_calls)
		return "system calls: neither side was run with --syscalls";
	return reader->has_base_calls ? "system calls: head was run without --syscalls"
				      : "system calls: base was run without --syscalls";
}

static void settle(struct wait_reader *reader, struct wait_diff *diff)
{
	diff->method = reader->is_paired ? "paired Hodges-Lehmann" : "Hodges-Lehmann";
	diff->lacking = find_lacking(reader);
	diff->rows = arena_alloc(reader->arena, reader->rows.count + 1, sizeof(*diff->rows));
	for (size_t i = 0; i < reader->rows.count; i++) {
		if (!is_worth(reader, reader->rows.items[i].values))
			continue;
		diff->rows[diff->row_count] = compare(reader, &reader->rows.items[i]);
		diff->apart_count += diff->rows[diff->row_count++].change.is_apart;
	}
	qsort(diff->rows, diff->row_count, sizeof(*diff->rows), compare_rows);
}

int wait_diff_read(struct wait_diff *ret_diff, struct arena *arena, const struct selection *base,
		   uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		   struct err *err)
{
	struct wait_reader reader = {.arena = arena};
	int r = arm_metrics_read(&reader.base, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&reader.head, arena, head, head_arm, ARM_RUNS_COMPARABLE, err);
	if (r < 0)
		return r;
	reader.is_paired =
		arm_metrics_are_paired(base, base_arm, &reader.base, head, head_arm, &reader.head);
	reader.run_count = reader.base.run_count + reader.head.run_count;
	reader.is_traced = arena_alloc(arena, reader.run_count + 1, sizeof(bool));
	take_metrics(&reader, &reader.base, 0);
	take_metrics(&reader, &reader.head, reader.base.run_count);
	r = take_all_calls(&reader, base->store, head->store, err);
	*ret_diff = (struct wait_diff){.method = "", .lacking = ""};
	if (r == 0)
		settle(&reader, ret_diff);
	vec_release(&reader.rows);
	return r;
}
