/*
 * family STAGE SECONDS: a process that works, forks a child that works, and ends in an exec of
 * itself as the next stage, which does the same with functions of its own. The last stage starts
 * one more by posix_spawn().
 */
#include <spawn.h>
#include <sys/wait.h>

#include "truth.h"

enum { LAST = 3 };

static volatile uint64_t sink;
extern char **environ;

NOINLINE void work_in_parent(uint64_t rounds)
{
	sink = truth_burn(rounds * 3 / 5);
}

NOINLINE void work_in_child(uint64_t rounds)
{
	sink = truth_burn(rounds * 7 / 5);
}

NOINLINE void work_in_spawned(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

static void work(const char *name, void (*function)(uint64_t), uint64_t for_ns)
{
	struct truth truth = {.random = (uint64_t)getpid()};
	uint64_t end_ns = truth_now_ns() + for_ns;

	while (truth_now_ns() < end_ns)
		TRUTH(&truth, name, function(truth_rounds(&truth)));
	truth_print(&truth);
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		abort();
}

static void fork_one(uint64_t for_ns)
{
	pid_t pid = fork();

	if (pid == 0) {
		work("work_in_child", work_in_child, for_ns);
		_exit(0);
	}
	wait_for(pid);
}

static void spawn_one(char **argv)
{
	char *const arguments[] = {argv[0], "spawned", argv[2], NULL};
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) != 0)
		abort();
	wait_for(pid);
}

int main(int argc, char **argv)
{
	uint64_t for_ns = argc > 2 ? (uint64_t)(atof(argv[2]) * 1e9) : 100000000;
	char next[16];
	int stage = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (argc > 1 && strcmp(argv[1], "spawned") == 0) {
		work("work_in_spawned", work_in_spawned, for_ns);
		return 0;
	}
	work("work_in_parent", work_in_parent, for_ns);
	fork_one(for_ns);
	if (stage == LAST) {
		spawn_one(argv);
		return 0;
	}
	snprintf(next, sizeof(next), "%d", stage + 1);
	execv("/proc/self/exe", (char *const[]){argv[0], next, argc > 2 ? argv[2] : NULL, NULL});
	return 1;
}
