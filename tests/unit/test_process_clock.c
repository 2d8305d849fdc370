/* This process's own clock, and a child's. */
#include "capture/process_clock.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static uint64_t read_own_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void burn(uint64_t ns)
{
	uint64_t begin_ns = read_own_ns();

	while (read_own_ns() - begin_ns < ns)
		continue;
}

int main(void)
{
	struct process_clocks clocks = {0};
	uint64_t before_ns, after_ns, told_ns;
	pid_t child;

	burn(3000000);
	process_clocks_add(&clocks, getpid(), false);
	before_ns = read_own_ns();
	burn(5000000);
	process_clocks_add(&clocks, getpid(), true);
	is_int(clocks.clocks.count, 1, "a process is known once");
	told_ns = process_clocks_advance(&clocks);
	after_ns = read_own_ns();
	ok(told_ns >= 5000000, "what it used since");
	ok(told_ns <= after_ns - before_ns + 3000000, "and not what it had used before");
	child = fork();
	if (child == 0) {
		burn(2000000);
		pause();
		_exit(0);
	}
	process_clocks_add(&clocks, child, true);
	for (told_ns = 0; told_ns < 2000000;)
		told_ns += process_clocks_advance(&clocks);
	ok(told_ns >= 2000000, "of a new one all that it used");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	process_clocks_advance(&clocks);
	is_int(clocks.clocks.count, 1, "one that has ended is forgotten");
	process_clocks_release(&clocks);
	return tap_done();
}
