/* Who had the CPUs, and who waited for them. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/cpu_list.h"
#include "util/fmt.h"
#include "view/warning_rules.h"

#define FULL_CPU 0.9   /* of one: a thread that uses so much has no time to wait for work */
#define FULL_CPUS 0.95 /* of several that a service is bound to */
#define IDLE_CPUS 0.5  /* of all others together: something else could have run there */
#define MUCH_WAIT 0.2  /* run-queue wait, of CPU time */
#define SOME_WAIT 0.1
#define LITTLE_WAIT 0.05
#define WAIT_CPUS 0.1 /* CPUs' worth of threads that wait: less is not felt */
#define FELT 0.05     /* of the requests' time, with load */
/*
 * A thread that computes for its whole slice is replaced about every 3 to 4 ms, 250 to 330 times a
 * second, when others wait; without others, never.
 */
#define MANY_SWITCHES 200 /* a second of CPU time */
#define FULL_MACHINE 0.9
#define GENERATOR_CPUS 0.1
#define THREAD_CPUS 0.01  /* a thread's CPU mask counts from here, */
#define THREAD_SHARE 0.05 /* … or where it is so much of its side */
#define MANY_OTHERS 0.3	  /* CPUs of other programs that are worth a word */

/* ---- single_core ---- */

static uint32_t count_full(const struct warning_input *input, const struct task_usage **ret_first)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < input->machine->task_count; i++) {
		const struct task_usage *task = &input->machine->tasks[i];

		if (!warning_input_is_service(task) ||
		    !(warning_input_get_task_cpus(input, task) >= FULL_CPU))
			continue;
		if (count++ == 0)
			*ret_first = task;
	}
	return count;
}

static void describe_thread(const struct warning_input *input, struct warning *warning)
{
	const struct task_usage *task = NULL;
	uint32_t count = count_full(input, &task);
	double cpus = task != NULL ? warning_input_get_task_cpus(input, task) : 0;
	double idle = warning_input_get_idle_cpus(input);

	if (task == NULL)
		return;
	warning->text =
		count == 1
			? arena_printf(input->arena,
				       "one thread, %s, uses %.0f %% of a core while %.1f CPUs "
				       "are idle: it is the bottleneck, and more cores do not help",
				       warning_input_name_task(input, task), cpus * 100, idle)
			: arena_printf(input->arena,
				       "%" PRIu32 " threads, the first %s, use a whole core each "
				       "while %.1f CPUs are idle: there are too few of them",
				       count, warning_input_name_task(input, task), idle);
	warning->evidence = arena_printf(
		input->arena, "thread %" PRIu32 " '%s': %.2f CPUs; idle: %.1f of %.0f CPUs",
		task->tid, warning_input_clean(input, task->name), cpus, idle, input->cpu_count);
	warning->strength = fmin(cpus, 1);
}

/* Without a list of threads: the busiest of each moment, which need not be the same one. */
static void describe_series(const struct warning_input *input, struct warning *warning)
{
	const struct series_view_row *row =
		warning_input_find_highest(input, "process.thread_max_ratio");
	double idle = warning_input_get_idle_cpus(input);

	if (row == NULL || !(row->mean >= FULL_CPU))
		return;
	warning->text =
		arena_printf(input->arena,
			     "the busiest thread of %s uses %.0f %% of a core while %.1f "
			     "CPUs are idle: it is the bottleneck, and more cores do not "
			     "help",
			     warning_input_name_role(input, row->scope), row->mean * 100, idle);
	warning->evidence = arena_printf(input->arena,
					 "%.2f CPUs in mean, %.2f at most; idle: %.1f of %.0f CPUs",
					 row->mean, row->max, idle, input->cpu_count);
	warning->strength = fmin(row->mean, 1);
}

struct cpu_mask {
	bool is_set[CPU_LIST_MAX];
	uint32_t count;
};

/* Of a text that was cut what there is. */
static void add_mask(struct cpu_mask *mask, const char *text)
{
	struct cpu_list list = {0};

	(void)cpu_list_parse(&list, text); /* none: nothing is added */
	for (size_t i = 0; i < list.count; i++) {
		mask->count += !mask->is_set[list.items[i]];
		mask->is_set[list.items[i]] = true;
	}
	vec_release(&list);
}

/* Where all of the services' threads that did anything are bound to the same CPUs. */
static const char *find_common_mask(const struct warning_input *input)
{
	const char *mask = NULL;

	for (uint32_t i = 0; i < input->machine->task_count; i++) {
		const struct task_usage *task = &input->machine->tasks[i];

		if (!warning_input_is_service(task) ||
		    !(warning_input_get_task_cpus(input, task) > 0))
			continue;
		if (task->cpus[0] == '\0' || (mask != NULL && strcmp(mask, task->cpus) != 0))
			return NULL;
		mask = task->cpus;
	}
	return mask;
}

static void describe_bound(const struct warning_input *input, struct warning *warning)
{
	const char *text = find_common_mask(input);
	struct cpu_mask mask = {0};

	if (text == NULL)
		return;
	add_mask(&mask, text);
	if (mask.count == 0 || !(mask.count < input->cpu_count) ||
	    !(input->cpus >= FULL_CPUS * mask.count))
		return;
	warning->text =
		arena_printf(input->arena,
			     "the services may only run on CPU %s and use %.0f %% of that "
			     "while %.1f CPUs are idle",
			     warning_input_clean(input, text), input->cpus / mask.count * 100,
			     warning_input_get_idle_cpus(input));
	warning->evidence = arena_printf(
		input->arena, "%.2f CPUs on %" PRIu32 " of %.0f; idle: %.1f", input->cpus,
		mask.count, input->cpu_count, warning_input_get_idle_cpus(input));
	warning->strength = 0.9;
}

bool warning_cpu_find_single_core(const struct warning_input *input, struct warning *ret_warning)
{
	double idle = warning_input_get_idle_cpus(input);

	if (!(idle >= IDLE_CPUS))
		return false;
	describe_thread(input, ret_warning);
	if (ret_warning->text[0] == '\0')
		describe_series(input, ret_warning);
	if (ret_warning->text[0] == '\0')
		describe_bound(input, ret_warning);
	ret_warning->strength *= 0.7 + 0.3 * fmin(idle, 1);
	ret_warning->next =
		input->side->has_profile ? "sonde report --by thread" : "sonde show --threads";
	return ret_warning->text[0] != '\0';
}

/* ---- run_queue ---- */

static bool is_waiting(const struct warning_input *input, double ratio)
{
	return input->wait >= WAIT_CPUS && warning_input_get_wait_ratio(input) >= ratio;
}

/* Threads that are woken up together wait for each other, and requests may not notice. */
static bool is_felt(const struct warning_input *input)
{
	return warning_input_get_wait_share(input, input->wait) >= FELT;
}

/* Of the time in which the services' threads had work. */
static double get_thread_share(const struct warning_input *input)
{
	return input->wait / (input->wait + input->cpus);
}

/* Who else had the CPUs that they waited for. */
static const char *describe_others(const struct warning_input *input)
{
	double others = warning_input_get_others_cpus(input);

	if (!(others >= MANY_OTHERS))
		return "";
	return arena_printf(input->arena, "; other programs had %.1f of the %.0f CPUs meanwhile",
			    others, input->cpu_count);
}

bool warning_cpu_find_run_queue(const struct warning_input *input, struct warning *ret_warning)
{
	const struct series_view_row *role =
		warning_input_find_highest(input, "process.wait_ratio");
	char wait[FMT_BYTES], percent[FMT_BYTES];

	if (!is_waiting(input, MUCH_WAIT) || !is_felt(input))
		return false;
	ret_warning->strength = warning_input_get_wait_share(input, input->wait);
	ret_warning->text = arena_printf(
		input->arena,
		"threads of %s that could run waited for a CPU: %s of the time in which they had "
		"work%s",
		role != NULL ? warning_input_name_role(input, role->scope) : "the services",
		fmt_percent(percent, get_thread_share(input)), describe_others(input));
	ret_warning->evidence = arena_printf(
		input->arena, "in the run queue %.2f threads in mean, on a CPU %.2f%s%s%s",
		input->wait, input->cpus, isnan(input->request_wait_ns) ? "" : "; ",
		isnan(input->request_wait_ns) ? "" : fmt_duration(wait, input->request_wait_ns),
		isnan(input->request_wait_ns) ? "" : " of each request");
	ret_warning->next = "sonde show --threads";
	return true;
}

/* ---- involuntary_switches ---- */

bool warning_cpu_find_switches(const struct warning_input *input, struct warning *ret_warning)
{
	double rate = warning_input_get_metric(input, "switches_involuntary_per_s", "");
	char count[FMT_BYTES], used[FMT_BYTES];

	if (isnan(rate))
		rate = warning_input_get_mean(input, "process.switches_involuntary", "");
	if (!(rate > MANY_SWITCHES * input->cpus) || !is_waiting(input, SOME_WAIT) ||
	    !is_felt(input))
		return false;
	ret_warning->strength = 0.8 * warning_input_get_wait_share(input, input->wait);
	ret_warning->text = arena_printf(
		input->arena,
		"the services were taken off a CPU %s times for each second of CPU time that they "
		"used, while they still had work%s",
		fmt_count(count, round(rate / input->cpus)), describe_others(input));
	ret_warning->evidence = arena_printf(
		input->arena,
		"%s involuntary switches/s; in the run queue %.2f threads in mean, on a CPU %.2f",
		fmt_count(used, round(rate)), input->wait, input->cpus);
	ret_warning->next = "sonde show --threads";
	return true;
}

/* ---- shared_cores ---- */

/* The load generator's threads, or the services'. */
struct side {
	struct cpu_mask mask;
	double cpus, wait;
};

static void read_side(const struct warning_input *input, bool is_service, struct side *side)
{
	*side = (struct side){0};
	for (uint32_t i = 0; i < input->machine->task_count; i++) {
		const struct task_usage *task = &input->machine->tasks[i];
		double cpus = warning_input_get_task_cpus(input, task);

		if (warning_input_is_service(task) != is_service || !(cpus > 0))
			continue;
		side->cpus += cpus;
		if (task->wait_ns != SAMPLE_UNKNOWN)
			side->wait += (double)task->wait_ns / 1e9 / input->window_s;
	}
	/* Whoever does next to nothing, as sonde's main thread, is in nobody's way. */
	for (uint32_t i = 0; i < input->machine->task_count; i++) {
		const struct task_usage *task = &input->machine->tasks[i];
		double cpus = warning_input_get_task_cpus(input, task);

		if (warning_input_is_service(task) == is_service &&
		    (cpus >= THREAD_CPUS || cpus >= THREAD_SHARE * side->cpus))
			add_mask(&side->mask, task->cpus);
	}
}

static uint32_t count_common(const struct cpu_mask *a, const struct cpu_mask *b)
{
	uint32_t count = 0;

	for (int i = 0; i < CPU_LIST_MAX; i++)
		count += a->is_set[i] && b->is_set[i];
	return count;
}

bool warning_cpu_find_shared(const struct warning_input *input, struct warning *ret_warning)
{
	struct side generator, service;
	uint32_t common;
	bool is_full = input->busy >= FULL_MACHINE;

	if (!input->side->has_load)
		return false;
	read_side(input, false, &generator);
	read_side(input, true, &service);
	common = count_common(&generator.mask, &service.mask);
	if (common == 0 || !(generator.cpus >= GENERATOR_CPUS))
		return false;
	/* Two that have a core each fill a machine of two without being in each other's way. */
	is_full = is_full && generator.wait + service.wait >= WAIT_CPUS &&
		  generator.wait + service.wait >= LITTLE_WAIT * (generator.cpus + service.cpus);
	if (!is_full && !is_waiting(input, MUCH_WAIT))
		return false;
	/* It is what the run-queue wait comes from, so it comes first. */
	ret_warning->strength =
		0.1 + warning_input_get_wait_share(
			      input, fmax(generator.wait + service.wait, input->wait));
	ret_warning->text = arena_printf(
		input->arena,
		"the load generator and the services compete for the same %" PRIu32 " CPU%s: "
		"the figures are of both (bind them apart with cpus: in the plan, or load from "
		"another machine)",
		common, common == 1 ? "" : "s");
	ret_warning->evidence = arena_printf(
		input->arena, "generator %.2f CPUs and %.2f waiting, services %.2f and %.2f%s",
		generator.cpus, generator.wait, service.cpus, service.wait,
		isnan(input->busy) ? ""
				   : arena_printf(input->arena, "; the machine is %.0f %% busy",
						  input->busy * 100));
	ret_warning->next = "sonde show --threads";
	return true;
}
