#include "lab/run_lenses.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/event_name.h"
#include "lab/run.h"
#include "store/store_machine.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"

/* Between two looks at rows that nobody sees: threads that end are known up to the last one. */
#define LOOK_NS (5 * NS_PER_S)

/* --- opening --- */

/* A lens that is not had, and that the run is not for: why, and a note. */
static void miss(struct run *run, const char *what, char lack[static LENS_TEXT_BYTES],
		 const struct err *why)
{
	scoped_free char *note = alloc_printf("no %s: %s", what, err_text(why));

	snprintf(lack, LENS_TEXT_BYTES, "%s", err_text(why));
	run_add_note(run, note);
}

static int open_counters(struct run *run, bool is_from_exec, struct err *err)
{
	struct counter_set_config config = {.is_system_wide = run->options->profile.is_system_wide,
					    .is_started_by_exec = is_from_exec};
	const struct lab_watch *watch = &run->options->watch;
	const char *list = run->plan->counters, *name;
	VEC(char *) names = {0};
	pid_t *pids = alloc_array(run->service_count + 1, sizeof(*pids));
	struct err why = {0};
	size_t length;
	int r;

	for (uint32_t i = 0; i < run->service_count; i++)
		pids[config.pid_count++] = run->services[i].pid;
	while (event_name_next(&list, &name, &length))
		if (length > 0)
			vec_push(&names, alloc_strndup(name, length));
	config.pids = pids;
	config.events = (const char *const *)names.items;
	config.event_count = (uint32_t)names.count;
	r = counter_set_open(&run->lenses.counters, &config, &why);
	for (size_t i = 0; i < names.count; i++)
		free(names.items[i]);
	vec_release(&names);
	free(pids);
	if (r < 0 && watch->is_required && !watch->has_default_counters)
		return err_set(err, r, "%s", err_text(&why));
	if (r < 0)
		miss(run, "counters", run->lenses.counters_lack, &why);
	return 0;
}

/* Each would find the other's threads traced, and have nothing. */
static bool is_taken_by_profile(const struct run *run, const struct syscall_trace_config *config)
{
	return config->method == SYSCALL_PTRACE && run->profile != NULL &&
	       strcmp(profile_get_sampler(run->profile), "ptrace") == 0;
}

static int open_syscalls(struct run *run, struct err *err)
{
	struct syscall_trace_config config = {.method = run->plan->syscalls == PLAN_SYSCALLS_PTRACE
								? SYSCALL_PTRACE
								: SYSCALL_BPF};
	struct syscall_target *targets = alloc_array(run->service_count + 1, sizeof(*targets));
	struct err why = {0};
	int r;

	for (uint32_t i = 0; i < run->service_count; i++)
		targets[config.target_count++] =
			(struct syscall_target){.pid = run->services[i].pid,
						.role = run->targets[i].role,
						.child_role = run->targets[i].child_role};
	config.targets = targets;
	r = is_taken_by_profile(run, &config)
		    ? err_set(&why, -EBUSY,
			      "ptrace takes the samples here, and a thread has one tracer: "
			      "profile: "
			      "false in the plan, or sonde stat, which takes none")
		    : syscall_trace_open(&run->lenses.syscalls, &config, &why);
	free(targets);
	if (r < 0 && run->options->watch.is_required)
		return err_set(err, r, "%s", err_text(&why));
	if (r < 0)
		miss(run, "system calls", run->lenses.syscalls_lack, &why);
	return 0;
}

int run_lenses_open(struct run *run, bool is_from_exec, struct err *err)
{
	int r = 0;

	run_tasks_open(run, is_from_exec);
	if (run->plan->counters != NULL)
		r = open_counters(run, is_from_exec, err);
	if (r == 0 && run->plan->syscalls != PLAN_SYSCALLS_OFF)
		r = open_syscalls(run, err);
	return r;
}

void run_lenses_release(struct run *run)
{
	struct run_lenses *lenses = &run->lenses;

	counter_set_close(lenses->counters);
	syscall_trace_close(lenses->syscalls);
	syscall_table_release(&lenses->called);
	vec_release(&lenses->counted);
	run_tasks_release(&lenses->tasks);
}

/* --- the window --- */

/* Whoever watches has seen enough when this is false. */
static bool tell(struct run *run, bool is_final)
{
	struct run_lenses *lenses = &run->lenses;
	struct lab_sight sight = {.first = &lenses->tasks.first,
				  .last = &lenses->tasks.last,
				  .now = &lenses->tasks.now,
				  .counters = &lenses->counted,
				  .has_counters = lenses->counters != NULL,
				  .syscalls = is_final && lenses->syscalls != NULL ? &lenses->called
										   : NULL,
				  .series = &run->series,
				  .targets = run->targets,
				  .target_count = run->service_count,
				  .begin_ns = run->begin.time_ns,
				  .elapsed_ns = clock_now_ns() - run->begin.time_ns,
				  .is_final = is_final};

	if (run->options->watch.observe == NULL)
		return true;
	return run->options->watch.observe(run->options->watch.context, &sight);
}

void run_lenses_enable(struct run *run)
{
	struct run_lenses *lenses = &run->lenses;

	if (lenses->is_enabled)
		return;
	lenses->is_enabled = true;
	if (lenses->counters != NULL)
		counter_set_enable(lenses->counters);
	if (lenses->syscalls != NULL)
		syscall_trace_enable(lenses->syscalls);
}

void run_lenses_begin(struct run *run)
{
	struct run_lenses *lenses = &run->lenses;

	run_tasks_begin(run);
	run_lenses_enable(run);
	lenses->profile_begin_ns = lenses->profile_ns;
	lenses->monitor_begin_ns = monitor_set_get_cost_ns(run->monitor);
}

/* Each interval where rows are shown, or a command may end at any time. */
static bool is_look_due(const struct run *run)
{
	const struct machine_sampler_config *tables = &run->options->watch.tables;
	const struct run_tasks *tasks = &run->lenses.tasks;

	return tables->has_tasks || tables->has_cpus || tables->has_disks || tasks->is_from_exec ||
	       clock_now_ns() - tasks->now.time_ns >= LOOK_NS;
}

bool run_lenses_look(struct run *run)
{
	if (run->begin.time_ns == 0 || run->end.time_ns != 0)
		return true;
	if (is_look_due(run))
		run_tasks_look(run);
	if (run->lenses.counters != NULL && run->options->watch.observe != NULL)
		counter_set_read(run->lenses.counters, &run->lenses.counted);
	return tell(run, false);
}

void run_lenses_end(struct run *run)
{
	struct run_lenses *lenses = &run->lenses;

	if (lenses->counters != NULL)
		counter_set_disable(lenses->counters);
	if (lenses->syscalls != NULL)
		syscall_trace_disable(lenses->syscalls);
	run_tasks_end(run);
	if (lenses->counters != NULL)
		counter_set_read(lenses->counters, &lenses->counted);
	if (lenses->syscalls != NULL)
		syscall_trace_read(lenses->syscalls, &lenses->called);
	lenses->monitor_ns = monitor_set_get_cost_ns(run->monitor);
	tell(run, true);
}

/* --- what they cost --- */

static struct lens *add_lens(struct lenses *list, const char *name, bool is_on)
{
	struct lens lens = {.is_on = is_on};

	snprintf(lens.name, sizeof(lens.name), "%s", name);
	vec_push(list, lens);
	return &list->items[list->count - 1];
}

static void add_monitors(const struct run *run, struct lenses *list)
{
	const struct run_lenses *lenses = &run->lenses;
	struct lens *lens = add_lens(list, "monitors", true);
	char interval[FMT_BYTES];

	lens->cpu_ns = lenses->monitor_ns - lenses->monitor_begin_ns + lenses->tasks.cost_ns -
		       lenses->tasks.begin_cost_ns;
	snprintf(lens->text, sizeof(lens->text), "every %s, %zu series, %zu threads",
		 fmt_duration(interval, (double)run->plan->monitor_interval_ns), run->series.count,
		 lenses->tasks.used.count);
}

static void add_profile(const struct run *run, struct lenses *list)
{
	struct lens *lens = add_lens(list, "profile", run->profile != NULL);

	lens->cpu_ns = run->lenses.profile_ns - run->lenses.profile_begin_ns;
	lens->stop_ns = run->lenses.profile_stop_ns;
	if (run->profile != NULL)
		snprintf(lens->text, sizeof(lens->text), "%s at %g Hz",
			 profile_get_sampler(run->profile), run->plan->profile_hz);
	else
		snprintf(lens->text, sizeof(lens->text), "%s",
			 run->plan->is_profiled ? "could not be had" : "not asked for");
}

static void add_syscalls(const struct run *run, struct lenses *list)
{
	const struct run_lenses *lenses = &run->lenses;
	struct lens *lens = add_lens(list, "syscalls", lenses->syscalls != NULL);
	double calls = 0;

	if (lenses->syscalls == NULL) {
		snprintf(lens->text, sizeof(lens->text), "%s",
			 lenses->syscalls_lack[0] != '\0' ? lenses->syscalls_lack
							  : "not asked for: --syscalls");
		return;
	}
	for (size_t i = 0; i < lenses->called.rows.count; i++)
		calls += (double)lenses->called.rows.items[i].calls;
	lens->service_cpu_ns = calls * lenses->called.cost_per_call_ns;
	lens->stop_ns = lenses->called.stop_ns;
	snprintf(lens->text, sizeof(lens->text), "%s, %.0f calls", lenses->called.method, calls);
}

static void add_counters(const struct run *run, struct lenses *list)
{
	const struct run_lenses *lenses = &run->lenses;
	struct lens *lens = add_lens(list, "counters", lenses->counters != NULL);

	if (lenses->counters == NULL)
		snprintf(lens->text, sizeof(lens->text), "%s",
			 lenses->counters_lack[0] != '\0' ? lenses->counters_lack
							  : "not asked for: --counters");
	else
		snprintf(lens->text, sizeof(lens->text), "%zu events%s%s", lenses->counted.count,
			 counter_set_get_refusal(lenses->counters)[0] != '\0' ? "; " : "",
			 counter_set_get_refusal(lenses->counters));
}

int run_lenses_store(struct run *run, struct err *err)
{
	struct run_lenses *lenses = &run->lenses;
	struct store *store = run->options->store;
	struct lenses list = {0};
	int r;

	add_monitors(run, &list);
	add_profile(run, &list);
	add_syscalls(run, &list);
	add_counters(run, &list);
	r = store_add_tasks(store, run->key, &lenses->tasks.used, err);
	if (r == 0 && lenses->counters != NULL)
		r = store_add_counters(store, run->key, &lenses->counted, err);
	if (r == 0 && lenses->syscalls != NULL)
		r = store_add_syscalls(store, run->key, &lenses->called, err);
	if (r == 0)
		r = store_add_lenses(store, run->key, &list, err);
	vec_release(&list);
	return r;
}
