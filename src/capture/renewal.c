#include "capture/renewal.h"

#include <errno.h>
#include <stdlib.h>

/* Looks for threads that are new since the last: a service may make them without end. */
enum { LOOK_MAX = 8 };

/* What was decided for a thread, in renewal.decided. */
enum { STAYS_INHERITED, HAS_ITS_OWN };

struct renewal {
	struct event_set *events;
	struct task_search *search;
	struct thread_table *threads;
	const struct capture_stack_size *sizes, *rest;
	uint32_t count;
	struct pid_map living;	 /* threads of the first look */
	struct pid_map replaced; /* whose samplers must not be kept */
	struct pid_map decided;
	bool may_keep; /* of all */
	struct err *err;
};

static bool has(const struct pid_map *map, uint32_t tid)
{
	uint32_t ignored;

	return pid_map_find(map, tid, &ignored);
}

static int compare_tids(const void *left, const void *right)
{
	const struct capture_stack_size *a = left, *b = right;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static const struct capture_stack_size *find_size(const struct renewal *renewal, uint32_t tid)
{
	struct capture_stack_size key = {.tid = tid};
	const struct capture_stack_size *found =
		renewal->count > 0 ? bsearch(&key, renewal->sizes, renewal->count,
					     sizeof(*renewal->sizes), compare_tids)
				   : NULL;

	return found != NULL ? found : renewal->rest;
}

static int add_living(void *arg, const struct capture_task *task)
{
	struct renewal *renewal = arg;

	pid_map_set(&renewal->living, task->tid, 0);
	return 0;
}

/* Whether a thread without its own can do with what it has inherited. */
static bool may_stay_inherited(const struct renewal *renewal, uint32_t tid)
{
	uint32_t owner = thread_table_find_owner(renewal->threads, tid);

	return renewal->may_keep && owner != 0 && has(&renewal->living, owner) &&
	       !has(&renewal->replaced, owner) &&
	       event_set_has_size(renewal->events, owner, find_size(renewal, owner)) &&
	       event_set_has_size(renewal->events, owner, find_size(renewal, tid));
}

/* Whose samplers go: all when it is not known from whom a thread has inherited. */
static void choose_replaced(struct renewal *renewal)
{
	struct pid_map_slot slot;
	uint32_t cursor = 0;

	renewal->may_keep = true;
	while (pid_map_next(&renewal->living, &cursor, &slot)) {
		uint32_t owner = thread_table_find_owner(renewal->threads, slot.pid);

		if (thread_table_is_opened(renewal->threads, slot.pid) ||
		    may_stay_inherited(renewal, slot.pid))
			continue;
		if (owner != 0)
			pid_map_set(&renewal->replaced, owner, 0);
		else
			renewal->may_keep = false;
	}
}

static int renew_task(void *arg, const struct capture_task *task)
{
	struct renewal *renewal = arg;
	uint32_t tid = task->tid;
	int result;

	if (has(&renewal->decided, tid))
		return 0;
	if (!thread_table_is_opened(renewal->threads, tid) && may_stay_inherited(renewal, tid)) {
		pid_map_set(&renewal->decided, tid, STAYS_INHERITED);
		return 0;
	}
	result = event_set_renew_thread(renewal->events, tid, find_size(renewal, tid),
					renewal->may_keep && !has(&renewal->replaced, tid),
					renewal->err);
	if ((result == -EACCES || result == -EPERM) && renewal->err->code == 0)
		return 0; /* not this user's, or hidden */
	if (result == 0)
		pid_map_set(&renewal->decided, tid, HAS_ITS_OWN);
	return result;
}

static int renew_threads(struct renewal *renewal)
{
	uint32_t known;
	int look = 0, result;

	if (renewal->events->setup.is_system_wide)
		return event_set_renew_thread(renewal->events, 0, renewal->rest, true,
					      renewal->err);
	result = task_search_look(renewal->search, add_living, renewal);
	choose_replaced(renewal);
	do {
		known = renewal->decided.count;
		if (result == 0)
			result = task_search_look(renewal->search, renew_task, renewal);
	} while (result == 0 && renewal->decided.count > known && ++look < LOOK_MAX);
	return result;
}

static void finish(struct renewal *renewal)
{
	struct pid_map_slot slot;
	uint32_t cursor = 0;

	thread_table_begin_round(renewal->threads, event_set_finish_renewal(renewal->events));
	while (pid_map_next(&renewal->decided, &cursor, &slot))
		if (slot.value == HAS_ITS_OWN)
			thread_table_open(renewal->threads, slot.pid);
}

int renewal_run(struct event_set *events, struct task_search *search, struct thread_table *threads,
		const struct capture_stack_size *sizes, uint32_t count,
		const struct capture_stack_size *rest, struct err *err)
{
	struct err local = {0};
	struct renewal renewal = {
		.events = events,
		.search = search,
		.threads = threads,
		.sizes = sizes,
		.rest = rest,
		.count = count,
		.err = &local,
	};
	int result;

	event_set_begin_renewal(events);
	result = renew_threads(&renewal);
	if (result == 0)
		finish(&renewal);
	else
		event_set_cancel_renewal(events);
	pid_map_release(&renewal.living);
	pid_map_release(&renewal.replaced);
	pid_map_release(&renewal.decided);
	return result < 0 ? err_set(err, result, "%s", err_text(&local)) : 0;
}
