#include "lab/run_tasks.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "lab/run.h"
#include "model/cpu_list.h"
#include "procfs/proc_file.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"

enum { ENDED_MAX = 4096 };

static void list_processes(struct run *run, struct proc_ids *pids, struct task_roles *roles)
{
	vec_clear(roles);
	monitor_set_list_pids(run->monitor, pids);
	for (size_t i = 0; i < pids->count; i++)
		vec_push(roles, (struct task_role){.pid = pids->items[i],
						   .role = monitor_set_get_role(run->monitor,
										pids->items[i])});
}

/*
 * Of a process of this look or, when it has ended, of the one before; "" when it is none of ours.
 */
static const char *find_role(const struct run_tasks *tasks, pid_t pid)
{
	const struct task_roles *looks[] = {&tasks->now_roles, &tasks->last_roles};

	if (pid == getpid())
		return "sonde";
	for (size_t look = 0; look < 2; look++)
		for (size_t i = 0; i < looks[look]->count; i++)
			if (looks[look]->items[i].pid == pid)
				return looks[look]->items[i].role;
	return "";
}

static void read_tasks(struct run *run)
{
	static const pid_t nobody;
	struct run_tasks *tasks = &run->lenses.tasks;
	uint64_t begin_ns = clock_thread_cpu_ns();
	struct machine_sample swap = tasks->last;
	struct task_roles swap_roles = tasks->last_roles;
	struct proc_ids pids = {0};

	tasks->last = tasks->now;
	tasks->now = swap;
	tasks->last_roles = tasks->now_roles;
	tasks->now_roles = swap_roles;
	list_processes(run, &pids, &tasks->now_roles);
	/* who watches wants to see what is watched, and nothing else */
	if (run->options->watch.observe == NULL)
		vec_push(&pids, getpid());
	/* nobody is left: no processes, where NULL would be all of the machine */
	machine_sampler_read(tasks->sampler,
			     run->options->watch.has_all_tasks ? NULL
			     : pids.items != NULL	       ? pids.items
							       : &nobody,
			     (uint32_t)pids.count, &tasks->now);
	vec_release(&pids);
	tasks->cost_ns += clock_thread_cpu_ns() - begin_ns;
}

static uint64_t subtract(uint64_t now, uint64_t before)
{
	if (now == SAMPLE_UNKNOWN || before == SAMPLE_UNKNOWN)
		return SAMPLE_UNKNOWN;
	return now > before ? now - before : 0;
}

/* What a thread used since the window began. */
static void add_usage(struct run *run, struct task_usages *usages, const struct task_sample *now)
{
	const struct task_sample *first = machine_sample_find_start(&run->lenses.tasks.first, now);
	struct task_usage usage = {.pid = (uint32_t)now->pid, .tid = (uint32_t)now->tid};

	snprintf(usage.name, sizeof(usage.name), "%s", now->name);
	snprintf(usage.role, sizeof(usage.role), "%s", find_role(&run->lenses.tasks, now->pid));
	usage.cpu_ns = subtract(now->cpu_ns, first->cpu_ns);
	usage.user_ns = subtract(now->user_ns, first->user_ns);
	usage.system_ns = subtract(now->system_ns, first->system_ns);
	usage.wait_ns = subtract(now->wait_ns, first->wait_ns);
	usage.switches_voluntary = subtract(now->switches_voluntary, first->switches_voluntary);
	usage.switches_involuntary =
		subtract(now->switches_involuntary, first->switches_involuntary);
	usage.faults_minor = subtract(now->faults_minor, first->faults_minor);
	usage.faults_major = subtract(now->faults_major, first->faults_major);
	usage.read_bytes = subtract(now->read_bytes, first->read_bytes);
	usage.write_bytes = subtract(now->write_bytes, first->write_bytes);
	/* of the whole machine there are hundreds that did nothing */
	if (run->options->watch.has_all_tasks &&
	    (usage.cpu_ns == 0 || usage.cpu_ns == SAMPLE_UNKNOWN))
		return;
	vec_push(usages, usage);
}

static bool did_nothing(const struct task_usage *usage)
{
	return usage->cpu_ns == 0 && usage->switches_voluntary == 0 &&
	       usage->switches_involuntary == 0;
}

/*
 * Threads that were there at the last look and are gone. Of a command one that was not seen doing
 * anything may not even have its name yet: it ended before the first look behind its exec.
 */
static void note_ended(struct run *run)
{
	struct run_tasks *tasks = &run->lenses.tasks;

	for (size_t i = 0; i < tasks->last.tasks.count && tasks->ended.count < ENDED_MAX; i++) {
		const struct task_sample *task = &tasks->last.tasks.items[i];

		if (task->tid == 0 || machine_sample_find_task(&tasks->now, task) != NULL)
			continue;
		add_usage(run, &tasks->ended, task);
		if (tasks->is_from_exec && tasks->ended.count > 0 &&
		    did_nothing(&tasks->ended.items[tasks->ended.count - 1]))
			tasks->ended.count--;
	}
}

/* "0-3,6", cut if it must be. */
static void format_cpus(char text[static TASK_CPUS_BYTES], const struct cpu_list *cpus)
{
	struct strbuf buffer;

	strbuf_init(&buffer, 1 << 16);
	cpu_list_format(&buffer, cpus);
	if (buffer.length < TASK_CPUS_BYTES)
		snprintf(text, TASK_CPUS_BYTES, "%s", strbuf_text(&buffer));
	else
		snprintf(text, TASK_CPUS_BYTES, "%.*s…", TASK_CPUS_BYTES - 4, strbuf_text(&buffer));
	strbuf_release(&buffer);
}

static void read_cpus(struct task_usages *usages)
{
	size_t bytes = CPU_ALLOC_SIZE(CPU_LIST_MAX);
	cpu_set_t *set = CPU_ALLOC(CPU_LIST_MAX);
	struct cpu_list cpus = {0};

	for (size_t i = 0; i < usages->count && set != NULL; i++) {
		struct task_usage *usage = &usages->items[i];

		vec_clear(&cpus);
		CPU_ZERO_S(bytes, set);
		if (sched_getaffinity((pid_t)usage->tid, bytes, set) < 0)
			continue;
		for (uint32_t cpu = 0; cpu < CPU_LIST_MAX; cpu++)
			if (CPU_ISSET_S(cpu, bytes, set))
				vec_push(&cpus, cpu);
		format_cpus(usage->cpus, &cpus);
	}
	CPU_FREE(set);
	vec_release(&cpus);
}

/* All threads: those that are there, and those that ended. */
static void sum_up(struct run *run)
{
	struct run_tasks *tasks = &run->lenses.tasks;

	for (size_t i = 0; i < tasks->now.tasks.count; i++) {
		const struct task_sample *task = &tasks->now.tasks.items[i];

		if (task->tid != 0)
			add_usage(run, &tasks->used, task);
	}
	read_cpus(&tasks->used);
	for (size_t i = 0; i < tasks->ended.count; i++)
		vec_push(&tasks->used, tasks->ended.items[i]);
}

void run_tasks_open(struct run *run, bool is_from_exec)
{
	struct machine_sampler_config tables = run->options->watch.tables;

	fd_raise_limit(); /* files of threads are kept open */
	tables.root = "";
	tables.has_tasks = tables.has_threads = true;
	run->lenses.tasks.sampler = machine_sampler_new(&tables);
	run->lenses.tasks.is_from_exec = is_from_exec;
}

void run_tasks_release(struct run_tasks *tasks)
{
	machine_sampler_free(tasks->sampler);
	machine_sample_release(&tasks->first);
	machine_sample_release(&tasks->last);
	machine_sample_release(&tasks->now);
	vec_release(&tasks->last_roles);
	vec_release(&tasks->now_roles);
	vec_release(&tasks->ended);
	vec_release(&tasks->used);
}

void run_tasks_begin(struct run *run)
{
	struct run_tasks *tasks = &run->lenses.tasks;

	read_tasks(run);
	/* kept until the end: `now` and `last` are read into */
	machine_sample_copy(&tasks->first, &tasks->now);
	tasks->begin_cost_ns = tasks->cost_ns;
}

void run_tasks_look(struct run *run)
{
	read_tasks(run);
	note_ended(run);
}

void run_tasks_end(struct run *run)
{
	run_tasks_look(run);
	sum_up(run);
}
