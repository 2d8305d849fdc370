#include "capture/capture.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/event_set.h"
#include "capture/pid_map.h"
#include "capture/record_queue.h"
#include "procfs/proc_file.h"
#include "procfs/proc_tree.h"
#include "util/alloc.h"
#include "util/clock.h"

/* Looks for threads that are new since the last: a service may make them without end. */
enum { LOOK_MAX = 8 };

struct capture {
	struct event_set events;
	struct capture_tasks tasks;
	struct pid_map opened; /* living threads with events of their own */
	struct record_queue queue;
	uint64_t round_start_ns; /* when the last drain began */
	uint64_t lost_count;
	capture_fn fn; /* the consumer, during a drain */
	void *arg;
};

/*
 * The threads of one process that have no events yet. -EACCES and -EPERM when it is not for this
 * user.
 */
static int open_process(struct capture *capture, pid_t pid, uint32_t target, struct err *err)
{
	struct procfs fs = {0};
	struct proc_ids tids = {0};
	int result = proc_tree_list_tasks(&fs, pid, &tids);
	uint32_t ignored;

	for (size_t i = 0; i < tids.count && result >= 0; i++) {
		uint32_t tid = (uint32_t)tids.items[i];

		if (pid_map_find(&capture->opened, tid, &ignored))
			continue;
		result = event_set_add_thread(&capture->events, tid, err);
		if (result == -ESRCH) {
			result = 0;
			continue;
		}
		if (result < 0)
			break;
		pid_map_set(&capture->opened, tid, 0);
		vec_push(&capture->tasks,
			 (struct capture_task){.pid = (uint32_t)pid, .tid = tid, .target = target});
	}
	vec_release(&tids);
	return result == -ENOENT || result == -ESRCH ? 0 : result;
}

static bool is_refused(int result)
{
	return result == -EACCES || result == -EPERM;
}

/*
 * A target and its descendants, down to other targets. `err` is not NULL, and its code 0 while it
 * has no sentence.
 */
static int open_target(struct capture *capture, const struct capture_config *config,
		       uint32_t target, struct err *err)
{
	struct procfs fs = {0};
	struct proc_ids pids = {0};
	pid_t root = config->pids[target];
	int result = open_process(capture, root, target, err);

	if (is_refused(result) && err->code == 0)
		return err_set(err, result,
			       "process %d is not this user's, or hides itself: profiling it takes "
			       "root (sudo sonde …)",
			       (int)root);
	if (result == 0 && proc_tree_list_descendants(&fs, root, &pids) < 0)
		pids.count = 0;
	for (size_t i = 0; i < pids.count && result == 0; i++) {
		bool is_target = false;

		for (uint32_t j = 0; j < config->pid_count; j++)
			is_target |= config->pids[j] == pids.items[i];
		if (is_target)
			continue;
		result = open_process(capture, pids.items[i], target, err);
		if (is_refused(result) && err->code == 0)
			result = 0;
	}
	vec_release(&pids);
	return result;
}

static int open_targets(struct capture *capture, const struct capture_config *config,
			struct err *err)
{
	size_t known;
	int look = 0;

	do {
		known = capture->tasks.count;
		for (uint32_t i = 0; i < config->pid_count; i++) {
			int result = open_target(capture, config, i, err);

			if (result < 0)
				return result;
		}
	} while (capture->tasks.count > known && ++look < LOOK_MAX);
	if (capture->tasks.count == 0)
		return err_set(err, -ESRCH, "there is nothing to profile: no process %d",
			       config->pid_count > 0 ? (int)config->pids[0] : 0);
	return 0;
}

int capture_open(struct capture **ret_capture, const struct capture_config *config, struct err *err)
{
	scoped(capture_cleanup) struct capture *capture = alloc_new(struct capture);
	struct perf_setup setup;
	struct err local = {0};
	int result;

	pid_map_init(&capture->opened);
	record_queue_init(&capture->queue);
	result = perf_open_probe(&setup, config->frequency_hz, config->has_stacks, config->event,
				 err);
	if (result == 0)
		result = event_set_open(&capture->events, &setup, err);
	if (result < 0)
		return result;
	result = open_targets(capture, config, &local);
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
	vec_release(&capture->tasks);
	pid_map_release(&capture->opened);
	record_queue_release(&capture->queue);
	free(capture);
}

void capture_enable(struct capture *capture)
{
	event_set_enable(&capture->events);
}

void capture_disable(struct capture *capture)
{
	event_set_disable(&capture->events);
}

const struct capture_tasks *capture_get_tasks(const struct capture *capture)
{
	return &capture->tasks;
}

const char *capture_get_event(const struct capture *capture)
{
	return capture->events.setup.event;
}

bool capture_is_kernel_hidden(const struct capture *capture)
{
	return capture->events.setup.is_kernel_hidden;
}

int capture_get_poll_fd(const struct capture *capture)
{
	return capture->events.epoll_fd;
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

/* A sample of an inherited event, of a thread that has events of its own. */
static bool is_duplicate(const struct capture *capture, const struct perf_record *record)
{
	uint32_t owner = event_set_find_owner(&capture->events, record->id), ignored;

	return owner != 0 && owner != record->tid &&
	       pid_map_find(&capture->opened, record->tid, &ignored);
}

static void deliver_record(void *arg, const void *bytes, uint32_t size)
{
	struct capture *capture = arg;
	struct perf_record record;

	if (perf_record_decode(&record, bytes, size, &capture->events.setup.layout, NULL) < 0)
		return;
	if (record.type == PERF_RECORD_SAMPLE && is_duplicate(capture, &record))
		return;
	if (record.type == PERF_RECORD_EXIT)
		pid_map_remove(&capture->opened, record.tid);
	if (record.type == PERF_RECORD_LOST || record.type == PERF_RECORD_LOST_SAMPLES)
		capture->lost_count += record.lost_count;
	capture->fn(capture->arg, &record);
}

static void read_rings(struct capture *capture)
{
	uint32_t bad = event_set_drain(&capture->events, queue_record, capture);

	capture->lost_count += bad;
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
	deliver_until(capture, capture->round_start_ns, fn, arg);
	capture->round_start_ns = now_ns;
}

void capture_flush(struct capture *capture, capture_fn fn, void *arg)
{
	read_rings(capture);
	deliver_until(capture, UINT64_MAX, fn, arg);
}

uint64_t capture_get_lost_count(const struct capture *capture)
{
	return capture->lost_count;
}

uint64_t capture_get_bytes(const struct capture *capture)
{
	return event_set_get_bytes(&capture->events);
}

uint64_t capture_read_lost_samples(const struct capture *capture)
{
	return capture->events.setup.has_lost_count ? event_set_read_lost(&capture->events)
						    : capture->lost_count;
}

uint64_t capture_read_cpu_ns(const struct capture *capture)
{
	return event_set_read_cpu_ns(&capture->events);
}
