/*
 * The test samples its own grandchildren: itself again, in the roles below. (Of its own child the
 * sampler's thread would take the end from the test, as any thread of a process may.) Where ptrace
 * is refused all is skipped. How many samples come, and when, is the machine's to say; what is
 * asserted is what must hold of each, and of those who were sampled.
 */
#include "capture/ptrace_sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"

#include "tap.h"

enum {
	PERIOD_NS = 10000000,
	CROWD = 24,	 /* threads, more than small machines have CPUs */
	SIGNALS = 200,	 /* each answered before the next */
	PATIENCE_S = 30, /* then something hangs */
	KILLED = 12,	 /* times: who dies when is not in the test's hands */
	SAMPLES = 8,
	SLICE_MS = 10,
};

/* --- the children --- */

static void *burn(void *unused)
{
	volatile uint64_t count = 0;

	(void)unused;
	for (;;)
		if ((count = count + 1) % 100000 == 0)
			poll(NULL, 0, 0); /* ThreadSanitizer lets signals in at calls only */
	return NULL;
}

static void answer(int signal)
{
	(void)signal;
	if (write(STDOUT_FILENO, "!", 1) != 1)
		_exit(1);
}

static void *end_when_stopped(void *unused)
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	char text[512];
	const char *state;

	(void)unused;
	for (;;) {
		ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

		text[length > 0 ? length : 0] = '\0';
		state = strrchr(text, ')');
		if (state != NULL && strncmp(state, ") t", 3) == 0)
			_exit(7);
	}
	return NULL;
}

/* The child: starts the grandchild, and ends as it does. */
static int keep(const char *program, const char *role)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		execl(program, program, role, (char *)NULL);
		_exit(126);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The grandchild; never returns. */
static void play(const char *role)
{
	volatile char deep[100 << 10]; /* to be read of the stack: a stop takes its time */
	pid_t pid = getpid();
	pthread_t thread;

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = 1;
	alarm(2 * PATIENCE_S);
	signal(SIGUSR1, answer);
	if (strcmp(role, "crowd") == 0)
		for (int i = 1; i < CROWD; i++)
			pthread_create(&thread, NULL, burn, NULL);
	if (strcmp(role, "killed") == 0)
		pthread_create(&thread, NULL, end_when_stopped, NULL);
	if (write(STDOUT_FILENO, &pid, sizeof(pid)) == sizeof(pid))
		burn(NULL);
	_exit(1);
}

/* --- the test --- */

struct child {
	pid_t keeper, pid;
	int output; /* its pid when it is ready, then a byte for each SIGUSR1 */
};

static bool wait_for_answer(const struct child *child)
{
	char byte;

	return read(child->output, &byte, 1) == 1;
}

static struct child start(const char *program, const char *role)
{
	struct child child = {.output = -1};
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	child.keeper = fork();
	if (child.keeper == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execl(program, program, "keep", role, (char *)NULL);
		_exit(126);
	}
	close(fds[1]);
	child.output = fds[0];
	if (read(child.output, &child.pid, sizeof(child.pid)) != sizeof(child.pid))
		abort();
	return child;
}

/* How it ended, which only the keeper is told; -1 when it never was. */
static int wait_for_end(const struct child *child)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_S * (uint64_t)NS_PER_S;
	int status = 0;
	pid_t got = 0;

	while (got == 0 && clock_now_ns() < until_ns) {
		poll(NULL, 0, SLICE_MS);
		got = waitpid(child->keeper, &status, WNOHANG);
	}
	if (got == 0) {
		kill(child->keeper, SIGKILL);
		waitpid(child->keeper, &status, 0);
	}
	close(child->output);
	return got > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int end(const struct child *child)
{
	kill(child->pid, SIGKILL);
	return wait_for_end(child);
}

static bool is_stopped(const struct child *child)
{
	char path[64], text[512];
	const char *state;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	state = strrchr(text, ')');
	return state != NULL && strncmp(state, ") T", 3) == 0;
}

struct seen {
	uint32_t count, ended, wrong, tid_count;
	uint32_t tids[CROWD];
	uint64_t weight_ns;
	pid_t pid;
};

static void take(void *arg, const struct ptrace_sample *sample)
{
	struct seen *seen = arg;
	uint32_t i = 0;

	if (sample->has_ended) {
		seen->ended++;
		return;
	}
	seen->count++;
	seen->weight_ns += sample->period_ns;
	seen->wrong += sample->pid != (uint32_t)seen->pid || sample->known == 0 ||
		       sample->stack_bytes == 0 || sample->period_ns == 0 ||
		       sample->period_ns % PERIOD_NS != 0;
	while (i < seen->tid_count && seen->tids[i] != sample->tid)
		i++;
	if (i == seen->tid_count && i < CROWD)
		seen->tids[seen->tid_count++] = sample->tid;
}

static struct ptrace_sampler *follow(const struct child *child)
{
	struct ptrace_sampler *sampler = NULL;
	struct err err = {0};

	if (ptrace_sampler_open(&sampler, &child->pid, 1, 1e9 / PERIOD_NS, &err) < 0) {
		printf("# %s\n", err_text(&err));
		return NULL;
	}
	ptrace_sampler_enable(sampler);
	return sampler;
}

/* Until there are so many, of so many threads, or patience ends. */
static void sample(struct ptrace_sampler *sampler, struct seen *seen, uint32_t count,
		   uint32_t tid_count)
{
	struct pollfd wait = {.fd = ptrace_sampler_get_poll_fd(sampler), .events = POLLIN};
	uint64_t until_ns = clock_now_ns() + PATIENCE_S * (uint64_t)NS_PER_S;

	while ((seen->count < count || seen->tid_count < tid_count) && clock_now_ns() < until_ns) {
		poll(&wait, 1, SLICE_MS);
		ptrace_sampler_drain(sampler, take, seen);
	}
}

/* All threads of it, though most of them wait for a CPU. */
static void test_crowd(const char *program)
{
	struct child child = start(program, "crowd");
	struct ptrace_sampler *sampler = follow(&child);
	struct seen seen = {.pid = child.pid};
	uint64_t until_ns;

	sample(sampler, &seen, SAMPLES, CROWD);
	is_int(seen.tid_count, CROWD, "every thread is sampled");
	is_int(seen.wrong, 0, "with registers, stack, and whole periods");
	is_int(ptrace_sampler_get_lost_count(sampler), 0, "none was given up");
	ok(ptrace_sampler_get_stop_count(sampler) >= seen.count, "each one was a stop");
	ok(seen.weight_ns <= ptrace_sampler_get_cpu_ns(sampler) + CROWD * (uint64_t)PERIOD_NS,
	   "they stand for no more than was used, but for where the first period began");
	is_int(end(&child), 128 + SIGKILL, "it ran to its end");
	until_ns = clock_now_ns() + PATIENCE_S * (uint64_t)NS_PER_S;
	while (seen.ended < CROWD && clock_now_ns() < until_ns) {
		poll(NULL, 0, SLICE_MS);
		ptrace_sampler_drain(sampler, take, &seen);
	}
	ok(seen.ended >= CROWD, "and of each thread it is told that it ended");
	ptrace_sampler_close(sampler);
}

static void test_signals(const char *program)
{
	struct child child = start(program, "busy");
	struct ptrace_sampler *sampler = follow(&child);
	struct seen seen = {.pid = child.pid};
	uint64_t until_ns;
	uint32_t answered = 0, stopped = 0;

	sample(sampler, &seen, 1, 1);
	for (int i = 0; i < SIGNALS; i++) {
		kill(child.pid, SIGUSR1);
		answered += wait_for_answer(&child);
		ptrace_sampler_drain(sampler, take, &seen);
	}
	is_int(answered, SIGNALS, "signals arrive while it is sampled");
	kill(child.pid, SIGSTOP);
	until_ns = clock_now_ns() + PATIENCE_S * (uint64_t)NS_PER_S;
	while (stopped < 20 && clock_now_ns() < until_ns) {
		poll(NULL, 0, SLICE_MS);
		stopped = is_stopped(&child) ? stopped + 1 : 0;
	}
	is_int(stopped, 20, "it can be stopped, and stays so");
	kill(child.pid, SIGCONT);
	seen.count = 0;
	sample(sampler, &seen, 1, 1);
	ok(seen.count > 0, "and it goes on");
	ptrace_sampler_close(sampler);
	kill(child.pid, SIGUSR1);
	ok(wait_for_answer(&child), "also without the sampler");
	end(&child);
}

/* Another thread ends the process while the sampled one is held: who waits for it must be told. */
static void test_killed(const char *program)
{
	struct child child = start(program, "killed");
	struct ptrace_sampler *sampler = follow(&child);

	is_int(wait_for_end(&child), 7, "who dies while it is held is not held from its parent");
	ptrace_sampler_close(sampler);
}

int main(int argc, char **argv)
{
	struct child child;
	struct ptrace_sampler *sampler;

	if (argc > 2)
		return keep(argv[0], argv[2]);
	if (argc > 1)
		play(argv[1]);
	child = start(argv[0], "busy");
	sampler = follow(&child);
	ptrace_sampler_close(sampler);
	end(&child);
	if (sampler == NULL) {
		ok(true, "skipped: ptrace is refused here");
		return tap_done();
	}
	test_crowd(argv[0]);
	test_signals(argv[0]);
	for (int i = 0; i < KILLED; i++)
		test_killed(argv[0]);
	return tap_done();
}
