/* On the test's own processes: itself, two children that wait, and its parent as a stranger. */
#include "capture/task_search.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

struct seen {
	uint32_t pid;
	uint32_t count; /* how often */
	uint32_t target;
	uint32_t total; /* of all threads */
};

static int see(void *arg, const struct capture_task *task)
{
	struct seen *seen = arg;

	seen->total++;
	if (task->pid == seen->pid && task->tid == seen->pid) {
		seen->count++;
		seen->target = task->target;
	}
	return 0;
}

static int stop(void *arg, const struct capture_task *task)
{
	(void)task;
	++*(int *)arg;
	return -EMFILE;
}

static struct seen look_for(struct task_search *search, pid_t pid)
{
	struct seen seen = {.pid = (uint32_t)pid};

	task_search_look(search, see, &seen);
	return seen;
}

/* A child that waits until the test closes its end of the pipe. */
static pid_t start_child(const int ends[2])
{
	pid_t pid = fork();
	char byte;

	if (pid < 0)
		abort();
	if (pid > 0)
		return pid;
	close(ends[1]);
	_exit(read(ends[0], &byte, 1) != 0);
}

int main(void)
{
	int ends[2], stops = 0;
	pid_t first, second, pids[2], stranger = getppid();
	struct task_search search;
	struct seen seen;
	struct perf_record fork_record = {.type = PERF_RECORD_FORK},
			   exit_record = {.type = PERF_RECORD_EXIT};

	if (pipe(ends) < 0)
		abort();
	first = start_child(ends);
	second = start_child(ends);
	pids[0] = getpid();
	pids[1] = second;
	task_search_init(&search, &(struct capture_config){.pids = pids, .pid_count = 2});
	seen = look_for(&search, getpid());
	ok(seen.count == 1 && seen.target == 0, "the target itself");
	is_int(seen.total, 3, "three threads in all");
	seen = look_for(&search, first);
	ok(seen.count == 1 && seen.target == 0, "its child");
	seen = look_for(&search, second);
	ok(seen.count == 1 && seen.target == 1, "its child that is a target: its own");
	is_int(task_search_look(&search, stop, &stops), -EMFILE, "a look that is ended");
	is_int(stops, 1, "at once");

	is_int(look_for(&search, stranger).count, 0, "a stranger");
	task_search_add_process(&search, (uint32_t)second, 1);
	fork_record.pid = fork_record.tid = (uint32_t)stranger;
	fork_record.task.parent_pid = (uint32_t)second;
	task_search_add_record(&search, &fork_record);
	seen = look_for(&search, stranger);
	ok(seen.count == 1 && seen.target == 1, "forked by a target and gone from its family");
	exit_record.pid = (uint32_t)stranger;
	exit_record.tid = (uint32_t)stranger + 1;
	task_search_add_record(&search, &exit_record);
	is_int(look_for(&search, stranger).count, 1, "one of its threads has ended");
	exit_record.tid = (uint32_t)stranger;
	task_search_add_record(&search, &exit_record);
	is_int(look_for(&search, stranger).count, 0, "it has ended");

	task_search_add_process(&search, (uint32_t)first, 0);
	close(ends[1]);
	waitpid(first, NULL, 0);
	waitpid(second, NULL, 0);
	is_int(look_for(&search, first).total, 1, "who is gone is not seen");
	is_int(search.processes.count, 0, "and is forgotten");
	task_search_release(&search);
	return tap_done();
}
