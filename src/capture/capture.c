#include "capture/capture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "capture/event_set.h"
#include "capture/record_queue.h"
#include "capture/renewal.h"
#include "capture/task_search.h"
#include "capture/thread_table.h"
#include "procfs/proc_file.h"
#include "procfs/proc_system.h"
#include "util/alloc.h"
#include "util/clock.h"

/* Looks for threads that are new since the last: a service may make them without end. */
enum { LOOK_MAX = 8 };

struct capture {
	struct event_set events;
	struct task_search search;
	struct capture_tasks tasks;
	struct capture_stack_size first_size;
	struct thread_table threads;
	struct record_queue queue;
	uint64_t drain_start_ns; /* when the last drain began */
	uint64_t lost_count;
	/* system-wide: the machine's busy time, before the last enable, and at it */
	uint64_t busy_before_ns, busy_start_ns;
	capture_fn fn; /* the consumer, during a drain */
	void *arg;
};

static bool is_refused(int result)
{
	return result == -EACCES || result == -EPERM;
}

/*
 * The first look and its repetitions. `err` is not NULL, and its code 0 while it has no sentence.
 */
struct opening {
	struct capture *capture;
	struct err *err;
};

static int open_task(void *arg, const struct capture_task *task)
{
	struct opening *opening = arg;
	struct capture *capture = opening->capture;
	bool is_target = (pid_t)task->pid == capture->search.targets[task->target];
	int result;

	if (thread_table_is_opened(&capture->threads, task->tid))
		return 0;
	result = event_set_add_thread(&capture->events, task->tid, &capture->first_size,
				      opening->err);
	if (is_refused(result) && opening->err->code == 0)
		return is_target ? err_set(opening->err, result,
					   "process %u is not this user's, or hides itself: "
					   "profiling it takes root (sudo sonde …)",
					   task->pid)
				 : 0;
	if (result < 0)
		return result;
	thread_table_open(&capture->threads, task->tid);
	task_search_add_process(&capture->search, task->pid, task->target);
	vec_push(&capture->tasks, *task);
	return 0;
}

static int refuse_nothing(const struct capture_config *config, struct err *err)
{
	int pid = config->pid_count > 0 ? (int)config->pids[0] : 0;

	if (pid > 0 && kill(pid, 0) < 0 && errno == EPERM) /* hidden in /proc */
		return err_set(err, -EACCES,
			       "process %d is not this user's: profiling it takes root (sudo sonde "
			       "…)",
			       pid);
	return err_set(err, -ESRCH, "there is nothing to profile: no process %d", pid);
}

static int open_targets(struct capture *capture, const struct capture_config *config,
			struct err *err)
{
	struct opening opening = {.capture = capture, .err = err};
	size_t known;
	int look = 0, result;

	do {
		known = capture->tasks.count;
		result = task_search_look(&capture->search, open_task, &opening);
	} while (result == 0 && capture->tasks.count > known && ++look < LOOK_MAX);
	return result < 0 ? result : capture->tasks.count == 0 ? refuse_nothing(config, err) : 0;
}

static int list_task(void *arg, const struct capture_task *task)
{
	struct capture *capture = arg;

	vec_push(&capture->tasks, *task);
	return 0;
}

static int open_machine(struct capture *capture, struct err *err)
{
	int result = event_set_add_thread(&capture->events, 0, &capture->first_size, err);

	if (is_refused(result) && err->code == 0)
		return err_set(err, result, "this user may not profile the whole machine");
	return result < 0 ? result : task_search_look(&capture->search, list_task, capture);
}

int capture_open(struct capture **ret_capture, const struct capture_config *config, struct err *err)
{
	scoped(capture_cleanup) struct capture *capture = alloc_new(struct capture);
	struct perf_setup setup;
	struct err local = {0};
	int result;

	thread_table_init(&capture->threads);
	record_queue_init(&capture->queue);
	task_search_init(&capture->search, config);
	capture->first_size.short_bytes = config->short_stack_bytes;
	capture->first_size.full_bytes = config->full_stack_bytes;
	result = perf_open_probe(&setup, config, err);
	if (result == 0)
		result = event_set_open(&capture->events, &setup, config->full_stack_bytes, err);
	if (result < 0)
		return result;
	result = config->is_system_wide ? open_machine(capture, &local)
					: open_targets(capture, config, &local);
	if (result < 0)
		return err_set(err, result, "%s", err_text(&local));
	*ret_capture = capture;
	capture = NULL;
	return 0;
}

void capture_close(struct capture *capture)
{
	if (capture == NULL)
		return;
	event_set_close(&capture->events);
	task_search_release(&capture->search);
	vec_release(&capture->tasks);
	thread_table_release(&capture->threads);
	record_queue_release(&capture->queue);
	free(capture);
}

/* Of all CPUs since boot, in steps of 10 ms; 0 when it cannot be read. */
static uint64_t read_busy_ns(void)
{
	struct procfs fs = {0};
	struct proc_system_stat stat = {0};
	scoped(strbuf_release) struct strbuf text;
	const uint64_t *state_ns = stat.total.state_ns;
	uint64_t busy_ns = 0;

	strbuf_init(&text, 16 << 20);
	if (proc_file_read(&fs, &text, "/proc/stat") == 0 &&
	    proc_system_parse_stat(strbuf_text(&text), text.length, &stat) == 0)
		busy_ns = state_ns[CPU_USER] + state_ns[CPU_NICE] + state_ns[CPU_SYSTEM] +
			  state_ns[CPU_IRQ] + state_ns[CPU_SOFTIRQ];
	proc_system_stat_release(&stat);
	return busy_ns;
}

void capture_enable(struct capture *capture)
{
	if (capture->events.setup.is_system_wide && !capture->events.is_enabled)
		capture->busy_start_ns = read_busy_ns();
	event_set_enable(&capture->events);
}

void capture_disable(struct capture *capture)
{
	if (capture->events.setup.is_system_wide)
		capture->busy_before_ns = capture_read_cpu_ns(capture);
	event_set_disable(&capture->events);
}

const struct capture_tasks *capture_get_tasks(const struct capture *capture)
{
	return &capture->tasks;
}

const struct perf_layout *capture_get_layout(const struct capture *capture)
{
	return &capture->events.setup.layout;
}

uint32_t capture_get_event_count(const struct capture *capture)
{
	return capture->events.setup.event_count;
}

const struct capture_event *capture_get_event(const struct capture *capture, uint32_t event)
{
	return &capture->events.setup.events[event];
}

bool capture_is_kernel_hidden(const struct capture *capture)
{
	return capture->events.setup.is_kernel_hidden;
}

int capture_get_poll_fd(const struct capture *capture)
{
	return capture->events.rings.epoll_fd;
}

static void queue_record(void *arg, const struct perf_event_header *header)
{
	struct capture *capture = arg;
	struct perf_record record;
	int result = perf_record_decode(&record, header, header->size,
					&capture->events.setup.layout, NULL);

	if (result == 0)
		record_queue_add(&capture->queue, record.time_ns, header, header->size);
	else if (result != -ENOTSUP)
		capture->lost_count++;
}

static void deliver_sample(struct capture *capture, const struct perf_record *record)
{
	const struct event_owner *owner = event_set_find_owner(&capture->events, record->id);
	struct capture_origin origin;

	if (owner == NULL) {
		capture->lost_count++;
		return;
	}
	if (thread_table_is_duplicate(&capture->threads, owner->tid, record))
		return;
	origin.event = capture->events.setup.samplers[owner->kind].event;
	origin.is_full = capture->events.setup.samplers[owner->kind].is_full &&
			 capture->events.setup.has_stack_copies;
	capture->fn(capture->arg, record, &origin);
}

static void deliver_record(void *arg, const void *bytes, uint32_t size)
{
	struct capture *capture = arg;
	struct perf_record record;

	if (perf_record_decode(&record, bytes, size, &capture->events.setup.layout, NULL) < 0)
		return;
	if (record.type == PERF_RECORD_SAMPLE) {
		deliver_sample(capture, &record);
		return;
	}
	task_search_add_record(&capture->search, &record);
	thread_table_add_record(&capture->threads, &record, true);
	if (record.type == PERF_RECORD_LOST || record.type == PERF_RECORD_LOST_SAMPLES)
		capture->lost_count += record.lost_count;
	capture->fn(capture->arg, &record, &(struct capture_origin){0});
}

static void read_rings(struct capture *capture)
{
	capture->lost_count += ring_set_drain(&capture->events.rings, queue_record, capture);
}

static void deliver_until(struct capture *capture, uint64_t until_ns, capture_fn fn, void *arg)
{
	capture->fn = fn;
	capture->arg = arg;
	record_queue_drain(&capture->queue, until_ns, deliver_record, capture);
}

void capture_drain(struct capture *capture, capture_fn fn, void *arg)
{
	uint64_t now_ns = clock_now_ns();

	read_rings(capture);
	deliver_until(capture, capture->drain_start_ns, fn, arg);
	capture->drain_start_ns = now_ns;
	capture->events.drain_count++;
}

void capture_flush(struct capture *capture, capture_fn fn, void *arg)
{
	read_rings(capture);
	deliver_until(capture, UINT64_MAX, fn, arg);
}

/* What the rings and the queue hold of forks: their processes may be nobody's children by now. */
static void preview_record(void *arg, const void *bytes, uint32_t size)
{
	struct capture *capture = arg;
	struct perf_record record;

	if (perf_record_decode(&record, bytes, size, &capture->events.setup.layout, NULL) < 0)
		return;
	thread_table_add_record(&capture->threads, &record, false);
	if (record.type == PERF_RECORD_FORK)
		task_search_add_record(&capture->search, &record);
}

int capture_set_stack_sizes(struct capture *capture, const struct capture_stack_size *sizes,
			    uint32_t count, const struct capture_stack_size *rest, struct err *err)
{
	if (!capture->events.setup.has_stack_copies)
		return 0;
	read_rings(capture);
	record_queue_preview(&capture->queue, preview_record, capture);
	return renewal_run(&capture->events, &capture->search, &capture->threads, sizes, count,
			   rest, err);
}

uint64_t capture_get_lost_count(const struct capture *capture)
{
	return capture->lost_count;
}

uint64_t capture_get_bytes(const struct capture *capture)
{
	return ring_set_get_bytes(&capture->events.rings);
}

uint64_t capture_read_lost_samples(const struct capture *capture)
{
	return capture->events.setup.has_lost_count ? event_set_read_lost(&capture->events)
						    : capture->lost_count;
}

uint64_t capture_read_cpu_ns(const struct capture *capture)
{
	const struct event_set *events = &capture->events;
	uint64_t busy_ns;

	if (!events->setup.is_system_wide)
		return event_set_read_cpu_ns(events);
	busy_ns = events->is_enabled ? read_busy_ns() : 0;
	return capture->busy_before_ns +
	       (busy_ns > capture->busy_start_ns ? busy_ns - capture->busy_start_ns : 0);
}
