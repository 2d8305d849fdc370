/*
 * Looks for the threads that a capture follows: those of its targets, of their descendants, and of
 * processes that descended from them and daemonized since (records of forks tell).
 *
 * A look is one pass over /proc while it changes; the caller looks again until nothing is new.
 */
#ifndef CAPTURE_TASK_SEARCH_H
#define CAPTURE_TASK_SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/capture.h"
#include "capture/perf_record.h"
#include "capture/pid_map.h"

struct task_search {
	pid_t *targets;
	uint32_t target_count;
	bool is_system_wide;	  /* everything in /proc */
	struct pid_map processes; /* pid to target, of those known to be followed */
};

void task_search_init(struct task_search *search, const struct capture_config *config);
void task_search_release(struct task_search *search);

/* One that is followed; nothing when it is known. May be called during a look. */
void task_search_add_process(struct task_search *search, uint32_t pid, uint32_t target);

/* A FORK or EXIT; others are ignored. */
void task_search_add_record(struct task_search *search, const struct perf_record *record);

/* Negative ends the look; -ENOENT and -ESRCH do not. */
typedef int (*task_search_fn)(void *arg, const struct capture_task *task);

/*
 * Each thread once; processes that are gone are forgotten. 0, or what `fn` returned. Without a
 * /proc/PID (gone, hidden) there are no threads.
 */
int task_search_look(struct task_search *search, task_search_fn fn, void *arg);

#endif
