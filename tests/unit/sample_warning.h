/*
 * An arm as the warnings see it, made by hand: figures are set one by one, what is not set is not
 * known. One per program.
 */
#ifndef SAMPLE_WARNING_H
#define SAMPLE_WARNING_H

#include <stdio.h>

#include "tap.h"
#include "view/warnings.h"

enum {
	SAMPLE_ROWS = 64,
	SAMPLE_TASKS = 32,
	SAMPLE_CALLS = 16,
	SAMPLE_METRICS = 32,
	SAMPLE_THREAD_CALLS = 128
};

struct sample_warning {
	struct arena arena;
	struct run_summary_side side;
	struct machine_view machine;
	struct series_view_row rows[SAMPLE_ROWS];
	struct task_usage tasks[SAMPLE_TASKS];
	struct machine_view_syscall calls[SAMPLE_CALLS];
	struct syscall_row thread_calls[SAMPLE_THREAD_CALLS];
	struct arm_metric metrics[SAMPLE_METRICS];
	struct hot_module module;
	struct hot_function function;
	struct lens lens;
	struct warnings warnings;
};

static struct sample_warning sample;

/* 10 s on a machine of two CPUs, and nothing known of them. */
static inline void sample_start(void)
{
	arena_release(&sample.arena);
	histogram_free(sample.side.load.total.response);
	memset(&sample, 0, sizeof(sample));
	sample.side.label = "server";
	sample.side.failures = "";
	sample.side.metrics.metrics = sample.metrics;
	sample.machine.series.rows = sample.rows;
	sample.machine.tasks = sample.tasks;
	sample.machine.syscalls = sample.calls;
	sample.machine.lenses = &sample.lens;
	sample.machine.syscall_method = "";
	sample.machine.thread_syscalls.rows.items = sample.thread_calls;
	sample.machine.window_ns = 10e9;
	sample.machine.cpu_count = 2;
}

/* Sets it, or sets it anew. The rows are in order, as a view has them; valid until the next. */
static inline struct series_view_row *sample_series(const char *name, const char *scope,
						    double mean, double max)
{
	struct series_view *view = &sample.machine.series;
	uint32_t at = 0;
	int order = 1;

	for (; at < view->row_count; at++) {
		order = strcmp(view->rows[at].name, name);
		if (order == 0)
			order = strcmp(view->rows[at].scope, scope);
		if (order >= 0)
			break;
	}
	if (at == view->row_count || order > 0) {
		memmove(view->rows + at + 1, view->rows + at,
			(view->row_count - at) * sizeof(*view->rows));
		view->row_count++;
	}
	view->rows[at] = (struct series_view_row){
		.name = name, .scope = scope, .point_count = 10, .mean = mean, .max = max};
	return &view->rows[at];
}

static inline void sample_metric(const char *name, const char *scope, double value)
{
	struct arm_metrics *metrics = &sample.side.metrics;
	struct arm_metric *metric = metrics->metrics;

	while (metric < metrics->metrics + metrics->metric_count &&
	       (strcmp(metric->info->name, name) != 0 || strcmp(metric->scope, scope) != 0))
		metric++;
	if (metric == metrics->metrics + metrics->metric_count)
		metrics->metric_count++;
	*metric = (struct arm_metric){
		.info = metric_find(name), .scope = scope, .median = value, .value_count = 1};
}

/* CPU and run-queue wait in CPUs. */
static inline struct task_usage *sample_task(const char *role, const char *name, double cpus,
					     double wait, const char *mask)
{
	struct task_usage *task = &sample.tasks[sample.machine.task_count++];

	*task = (struct task_usage){.pid = 4711,
				    .tid = 4710 + sample.machine.task_count,
				    .cpu_ns = (uint64_t)(cpus * 10e9),
				    .wait_ns = (uint64_t)(wait * 10e9)};
	snprintf(task->name, sizeof(task->name), "%s", name);
	snprintf(task->role, sizeof(task->role), "%s", role);
	snprintf(task->cpus, sizeof(task->cpus), "%s", mask);
	return task;
}

static inline struct machine_view_syscall *sample_call(const char *name, double calls,
						       double wall_ns)
{
	struct machine_view_syscall *call = &sample.calls[sample.machine.syscall_count++];

	sample.machine.has_syscalls = true;
	*call = (struct machine_view_syscall){.name = name,
					      .calls = calls,
					      .wall_ns = wall_ns,
					      .cpu_ns = (double)NAN,
					      .max_ns = 5e6,
					      .top_error = ""};
	return call;
}

/* Of one thread and call; those of a thread one after the other. Also in the call's total. */
static inline struct syscall_row *sample_thread_call(uint32_t tid, const char *name, uint64_t calls,
						     double wall_ns)
{
	struct syscall_table *table = &sample.machine.thread_syscalls;
	struct syscall_row *row = &table->rows.items[table->rows.count++];
	struct machine_view_syscall *call = NULL;

	*row = (struct syscall_row){.pid = 4711,
				    .tid = tid,
				    .role = "server",
				    .calls = calls,
				    .wall_ns = (uint64_t)wall_ns,
				    .cpu_ns = UINT64_MAX,
				    .max_ns = 5000000};
	snprintf(row->name, sizeof(row->name), "%s", name);
	for (uint32_t i = 0; i < sample.machine.syscall_count; i++)
		if (strcmp(sample.calls[i].name, name) == 0)
			call = &sample.calls[i];
	if (call == NULL)
		call = sample_call(name, 0, 0);
	call->calls += (double)calls;
	call->wall_ns += wall_ns;
	return row;
}

/* That many answers of that response time, in 10 s, of two threads that used 10 % of a CPU. */
static inline struct load_view *sample_load(uint64_t answers, uint64_t response_ns)
{
	struct load_view *load = &sample.side.load;

	if (load->total.response == NULL)
		load->total.response = histogram_new();
	histogram_record_count(load->total.response, response_ns, answers);
	load->total.counts.offered += answers;
	load->total.counts.answered += answers;
	load->total.counts.completed += answers;
	load->mode = "closed";
	load->run_count = 1;
	load->threads = 2;
	load->duration_ns = 10000000000;
	load->client_cpu_ns = 1000000000;
	load->is_judged = true;
	sample.side.has_load = true;
	return load;
}

static inline void sample_profile(const char *name, uint8_t flags, double share)
{
	struct hot_functions *profile = &sample.side.profile;

	sample.module = (struct hot_module){
		.name = name, .path = name, .flags = flags, .trouble = "", .self = share * 1000};
	sample.function = (struct hot_function){.name = "parse", .self = 120, .total = 120};
	profile->summary.modules = &sample.module;
	profile->summary.module_count = 1;
	profile->summary.samples_with_hidden = 1000;
	profile->summary.duration_ns = 10000000000;
	profile->functions = &sample.function;
	profile->function_count = 1;
	sample.side.has_profile = true;
}

/* NULL = it is silent. */
static inline const struct warning *sample_find_in(const char *code, const char *environment)
{
	warnings_find(&sample.warnings, &sample.arena, &sample.side, &sample.machine, environment);
	return warnings_get(&sample.warnings, code);
}

static inline const struct warning *sample_find(const char *code)
{
	return sample_find_in(code, "");
}

/* A wish for a missing warning fails instead of crashing. */
static inline double sample_strength(const char *code)
{
	const struct warning *warning = sample_find(code);

	return warning != NULL ? warning->strength : (double)NAN;
}

static inline void fires(const char *code, const char *what)
{
	const struct warning *warning = sample_find(code);

	ok(warning != NULL && warning->text[0] != '\0' && warning->next[0] != '\0' &&
		   warning->strength > 0 && warning->strength <= 1,
	   what);
}

static inline void is_silent(const char *code, const char *what)
{
	const struct warning *warning = sample_find(code);

	if (!ok(warning == NULL, what) && warning != NULL)
		printf("# %s (%s)\n", warning->text, warning->evidence);
}

/* Whether a warning's text, evidence or next command has these words. */
static inline void says(const char *code, const char *words, const char *what)
{
	const struct warning *warning = sample_find(code);

	if (!ok(warning != NULL && (strstr(warning->text, words) != NULL ||
				    strstr(warning->evidence, words) != NULL ||
				    strstr(warning->next, words) != NULL),
		what) &&
	    warning != NULL)
		printf("# %s (%s) %s\n", warning->text, warning->evidence, warning->next);
}

static inline int sample_done(void)
{
	arena_release(&sample.arena);
	histogram_free(sample.side.load.total.response);
	return tap_done();
}

#endif
