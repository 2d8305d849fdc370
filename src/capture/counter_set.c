#include "capture/counter_set.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "capture/counter_event.h"
#include "capture/perf_open.h"
#include "capture/pid_map.h"
#include "capture/task_search.h"
#include "model/cpu_list.h"
#include "procfs/proc_file.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/strbuf.h"

/* From the beginning, when threads were born while events were opened. */
enum { ATTEMPT_MAX = 10 };

struct totals {
	uint64_t value, enabled_ns, running_ns;
};

/* One of the kernel's counters: of a thread and what it forks, or of a CPU. */
struct counter_file {
	int fd;
	uint32_t event;
};

struct counter_set {
	bool is_started_by_exec;
	struct counter_event *events;
	struct totals *before; /* of each event: what it had at the last enable */
	uint32_t event_count;
	VEC(struct counter_file) files;
	struct err refusal; /* of the first that was not permitted */
};

const char *const *counter_set_default_events(uint32_t *ret_count)
{
	/* no more hardware events than a CPU has counters for: none has to wait for others */
	static const char *const names[] = {
		"task-clock",	    "context-switches", "cpu-migrations", "page-faults",
		"cycles",	    "instructions",	"branches",	  "branch-misses",
		"cache-references", "cache-misses",
	};

	*ret_count = sizeof(names) / sizeof(names[0]);
	return names;
}

/* Tries them, if system-wide then on `cpu`. */
static int add_events(struct counter_set *set, const struct counter_set_config *config, int cpu,
		      struct err *err)
{
	const struct counter_event_config how = {.cpu = cpu,
						 .is_started_by_exec = config->is_started_by_exec};
	uint32_t count = config->event_count;
	const char *const *names = count > 0 ? config->events : counter_set_default_events(&count);
	int result = 0;

	set->events = alloc_array(count, sizeof(*set->events));
	set->before = alloc_array(count, sizeof(*set->before));
	for (uint32_t i = 0; i < count && result == 0; i++) {
		struct counter_event *event = &set->events[set->event_count++];
		/* of a CPU the tasks' clock is no other than its own */
		bool is_cpu_clock = config->event_count == 0 && config->is_system_wide &&
				    strcmp(names[i], "task-clock") == 0;

		result = counter_event_probe(event, is_cpu_clock ? "cpu-clock" : names[i], &how,
					     err);
		if (result == 0 && event->state == COUNTER_NOT_PERMITTED && set->refusal.code == 0)
			set->refusal = event->refusal;
	}
	return result;
}

static bool is_any(const struct counter_set *set, enum counter_state state)
{
	for (uint32_t i = 0; i < set->event_count; i++)
		if (set->events[i].state == state)
			return true;
	return false;
}

static void close_files(struct counter_set *set)
{
	for (size_t i = 0; i < set->files.count; i++)
		fd_close(set->files.items[i].fd);
	vec_clear(&set->files);
}

/*
 * 0 or negative errno; without a sentence when the thread (-ESRCH) or the CPU (-ENODEV) is gone, or
 * the thread is not this user's (-EACCES, -EPERM).
 */
static int open_file(struct counter_set *set, uint32_t index, pid_t tid, int cpu, struct err *err)
{
	int fd = perf_open_event(&set->events[index].attr, tid, cpu);

	if (fd >= 0) {
		vec_push(&set->files, (struct counter_file){.fd = fd, .event = index});
		return 0;
	}
	if (fd == -ESRCH || fd == -EACCES || fd == -EPERM || fd == -ENODEV)
		return fd;
	if (fd == -EMFILE || fd == -ENFILE)
		return err_set(err, fd,
			       "%u counters a thread take more files than may be open: fewer "
			       "events, or raise the limit (ulimit -Hn)",
			       set->event_count);
	return err_set(err, fd, "cannot count '%s': %s", set->events[index].label, strerror(-fd));
}

/* The threads of one attempt. */
struct opening {
	struct counter_set *set;
	struct task_search *search;
	struct pid_map known; /* threads that had their events opened */
	struct capture_tasks tasks;
	uint32_t refused_count; /* descendants that belong to somebody else */
	struct err *err;
};

static int list_task(void *arg, const struct capture_task *task)
{
	struct opening *opening = arg;
	uint32_t ignored;

	if (!pid_map_find(&opening->known, task->tid, &ignored))
		vec_push(&opening->tasks, *task);
	return 0;
}

static int open_task(struct opening *opening, const struct capture_task *task)
{
	struct counter_set *set = opening->set;
	bool is_target = (pid_t)task->pid == opening->search->targets[task->target];

	pid_map_set(&opening->known, task->tid, 0);
	task_search_add_process(opening->search, task->pid, task->target);
	for (uint32_t i = 0; i < set->event_count; i++) {
		int result = set->events[i].state != COUNTER_COUNTED
				     ? 0
				     : open_file(set, i, (pid_t)task->tid, -1, opening->err);

		if (result == -ESRCH)
			return 0;
		if ((result == -EACCES || result == -EPERM) && is_target)
			return err_set(opening->err, -EACCES,
				       "process %u is not this user's, or hides itself: counting "
				       "its events takes root (sudo sonde …)",
				       task->pid);
		if (result == -EACCES || result == -EPERM) {
			opening->refused_count++;
			return 0;
		}
		if (result < 0)
			return result;
	}
	return 0;
}

/* Opens the events of all threads that are not known yet; how many there were. */
static int open_newcomers(struct opening *opening, size_t *ret_count)
{
	int result;

	vec_clear(&opening->tasks);
	result = task_search_look(opening->search, list_task, opening);
	for (size_t i = 0; i < opening->tasks.count && result == 0; i++)
		result = open_task(opening, &opening->tasks.items[i]);
	*ret_count = opening->tasks.count;
	return result;
}

static int refuse_nothing(const struct counter_set_config *config, struct err *err)
{
	int pid = config->pid_count > 0 ? (int)config->pids[0] : 0;

	if (pid > 0 && kill(pid, 0) < 0 && errno == EPERM) /* hidden in /proc */
		return err_set(err, -EACCES,
			       "process %d is not this user's: counting its events takes root "
			       "(sudo sonde …)",
			       pid);
	return err_set(err, -ESRCH, "there is nothing to count: no process %d", pid);
}

/*
 * One attempt: looks, opens, looks again. A thread that the second look finds was born meanwhile,
 * and may have inherited some of the events, all, or none: nobody can tell. The count of those is
 * given back; `is_last` gives them their own, whatever they have inherited.
 */
static int attempt(struct opening *opening, bool is_last, size_t *ret_late_count)
{
	size_t ignored;
	int result = open_newcomers(opening, &ignored);

	if (result < 0)
		return result;
	if (is_last)
		return open_newcomers(opening, ret_late_count);
	vec_clear(&opening->tasks);
	result = task_search_look(opening->search, list_task, opening);
	*ret_late_count = opening->tasks.count;
	return result;
}

static void opening_begin(struct opening *opening, const struct capture_config *targets)
{
	pid_map_init(&opening->known);
	task_search_init(opening->search, targets);
	opening->refused_count = 0;
}

static void opening_end(struct opening *opening)
{
	pid_map_release(&opening->known);
	task_search_release(opening->search);
	vec_release(&opening->tasks);
}

/*
 * Everything anew until no thread was born meanwhile: so none is missed, and none counts twice. Of
 * a program that makes threads all the time those of the last attempt's milliseconds may count
 * twice, for as long as they live.
 */
static int open_threads(struct counter_set *set, const struct counter_set_config *config,
			struct err *err)
{
	const struct capture_config targets = {.pids = config->pids,
					       .pid_count = config->pid_count};
	struct task_search search;
	struct opening opening = {.set = set, .search = &search, .err = err};
	size_t late_count = 1;
	bool is_empty = false;
	int result = 0;

	for (int i = 1; i <= ATTEMPT_MAX && late_count > 0 && result == 0 && !is_empty; i++) {
		close_files(set);
		opening_begin(&opening, &targets);
		result = attempt(&opening, i == ATTEMPT_MAX, &late_count);
		is_empty = opening.known.count == 0 ||
			   (set->files.count == 0 && is_any(set, COUNTER_COUNTED));
		opening_end(&opening);
	}
	if (result < 0)
		return result;
	if (is_empty)
		return refuse_nothing(config, err);
	if (opening.refused_count > 0 && set->refusal.code == 0)
		err_set(&set->refusal, -EACCES,
			"%u threads of other users are not counted: sudo sonde …",
			opening.refused_count);
	return 0;
}

/*
 * The CPUs that a device counts on, one for each package perhaps; without a device ("") all.
 * 0 or negative errno.
 */
static int read_cpus(struct cpu_list *cpus, const char *device)
{
	struct procfs fs = {0};
	scoped(strbuf_release) struct strbuf text;
	int result = -ENOENT;

	strbuf_init(&text, 65536);
	if (device[0] != '\0')
		result = proc_file_read(&fs, &text, "/sys/bus/event_source/devices/%s/cpumask",
					device);
	if (result < 0)
		result = proc_file_read(&fs, &text, "/sys/devices/system/cpu/online");
	return result < 0 ? result : cpu_list_parse(cpus, strbuf_text(&text));
}

static int open_cpus(struct counter_set *set, uint32_t index, struct err *err)
{
	struct cpu_list cpus = {0};
	int result = read_cpus(&cpus, set->events[index].device);

	for (size_t i = 0; i < cpus.count && result == 0; i++) {
		result = open_file(set, index, -1, (int)cpus.items[i], err);
		if (result == -ENODEV)
			result = 0;
	}
	vec_release(&cpus);
	return result;
}

static int open_machine(struct counter_set *set, struct err *err)
{
	int result = 0;

	for (uint32_t i = 0; i < set->event_count && result == 0; i++)
		if (set->events[i].state == COUNTER_COUNTED)
			result = open_cpus(set, i, err);
	return result;
}

/* The CPU that system-wide events are tried on; -1 = they are of threads. */
static int find_cpu(const struct counter_set_config *config, int *ret_cpu, struct err *err)
{
	struct cpu_list online = {0};
	int result = config->is_system_wide ? read_cpus(&online, "") : 0;

	*ret_cpu = online.count > 0 ? (int)online.items[0] : -1;
	vec_release(&online);
	return result < 0
		       ? err_set(err, result, "cannot read the list of CPUs: %s", strerror(-result))
		       : 0;
}

int counter_set_open(struct counter_set **ret_set, const struct counter_set_config *config,
		     struct err *err)
{
	scoped(counter_set_cleanup) struct counter_set *set = alloc_new(struct counter_set);
	int cpu, result;

	set->is_started_by_exec = config->is_started_by_exec;
	fd_raise_limit();
	result = find_cpu(config, &cpu, err);
	if (result == 0)
		result = add_events(set, config, cpu, err);
	if (result < 0)
		return result;
	if (!is_any(set, COUNTER_COUNTED) && is_any(set, COUNTER_NOT_PERMITTED))
		return err_set(err, set->refusal.code, "%s", err_text(&set->refusal));
	result = config->is_system_wide ? open_machine(set, err) : open_threads(set, config, err);
	if (result < 0)
		return result;
	*ret_set = set;
	set = NULL;
	return 0;
}

void counter_set_close(struct counter_set *set)
{
	if (set == NULL)
		return;
	close_files(set);
	vec_release(&set->files);
	free(set->events);
	free(set->before);
	free(set);
}

static struct totals read_totals(const struct counter_set *set, uint32_t event)
{
	struct totals sum = {0}, one;

	for (size_t i = 0; i < set->files.count; i++) {
		const struct counter_file *file = &set->files.items[i];

		if (file->event != event || read(file->fd, &one, sizeof(one)) != sizeof(one))
			continue;
		sum.value += one.value;
		sum.enabled_ns += one.enabled_ns;
		sum.running_ns += one.running_ns;
	}
	return sum;
}

static void control(struct counter_set *set, unsigned long request)
{
	for (size_t i = 0; i < set->files.count; i++)
		ioctl(set->files.items[i].fd, request, 0);
}

void counter_set_enable(struct counter_set *set)
{
	if (set->is_started_by_exec)
		return;
	for (uint32_t i = 0; i < set->event_count; i++)
		set->before[i] = read_totals(set, i);
	control(set, PERF_EVENT_IOC_ENABLE);
}

void counter_set_disable(struct counter_set *set)
{
	control(set, PERF_EVENT_IOC_DISABLE);
}

/* What of it happened since the last enable. */
static struct counter make_counter(const struct counter_set *set, uint32_t index)
{
	const struct counter_event *event = &set->events[index];
	const struct totals *before = &set->before[index];
	struct counter counter = {.is_time = event->name.is_clock, .state = event->state};
	struct totals totals;

	snprintf(counter.name, sizeof(counter.name), "%s", event->label);
	if (event->state != COUNTER_COUNTED)
		return counter;
	totals = read_totals(set, index);
	counter.enabled_ns = totals.enabled_ns - before->enabled_ns;
	counter.running_ns = totals.running_ns - before->running_ns;
	counter.value = (double)(totals.value - before->value);
	/* both are 0 when no thread ran at all: then nothing happened, which is a count */
	if (counter.running_ns == 0 && counter.enabled_ns > 0)
		counter.state = COUNTER_NOT_COUNTED;
	else if (counter.running_ns < counter.enabled_ns)
		counter.value *= (double)counter.enabled_ns / (double)counter.running_ns;
	return counter;
}

void counter_set_read(const struct counter_set *set, struct counters *counters)
{
	vec_clear(counters);
	for (uint32_t i = 0; i < set->event_count; i++)
		vec_push(counters, make_counter(set, i));
}

const char *counter_set_get_refusal(const struct counter_set *set)
{
	return set->refusal.text;
}
