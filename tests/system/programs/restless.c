/*
 * restless MODE NUMBER: programs that are hard to stop for a moment without being noticed; each
 * counts what it noticed, prints it, and ends with status 0 only when nothing was amiss.
 *
 *	burn MS          CPU time
 *	signals MS       a timer's signals, and queued ones with a number each: none may be missing
 *	epolls MS        bursts of CPU time between epoll_wait()s: how many of these are interrupted
 *	threads COUNT MS so many at a time, each with so much CPU time
 *	execs COUNT      a thread that is not the first one replaces the program, again and
 *	                 again, while a signal that it ignores comes every 5 ms
 *	vforks COUNT     children by vfork and exec, awaited
 *	kills COUNT      children that are killed while they burn, awaited
 *	stops COUNT      a child that is stopped and continued: it must stand still in between
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { THREADS_MAX = 1000, TIMER_NS = 500000, STILL_NS = 20000000, STRINGS = 150000 };

static volatile uint64_t sink;
static volatile long alarms, queued, out_of_order;
static char *self;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void nap(uint64_t ns)
{
	struct timespec left = {.tv_sec = (time_t)(ns / 1000000000),
				.tv_nsec = (long)(ns % 1000000000)};

	while (nanosleep(&left, &left) < 0)
		continue;
}

__attribute__((noinline)) static void burn(uint64_t ns)
{
	uint64_t end_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns)
		for (int i = 0; i < 10000; i++)
			sink = sink * 6364136223846793005u + 1;
}

static void count_alarm(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	alarms += 1 + info->si_overrun;
}

static void count_queued(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	out_of_order += info->si_value.sival_int != (int)queued;
	queued++;
}

/* Sends its parent numbered signals for some time; how many, through the pipe. */
static void send_signals(uint64_t ns, int pipe)
{
	uint64_t end_ns = now_ns(CLOCK_MONOTONIC) + ns;
	long sent = 0;

	while (now_ns(CLOCK_MONOTONIC) < end_ns) {
		sent += sigqueue(getppid(), SIGRTMIN, (union sigval){.sival_int = (int)sent}) == 0;
		if (sent % 8 == 0)
			nap(200000);
	}
	_exit(write(pipe, &sent, sizeof(sent)) != sizeof(sent));
}

static int run_signals(uint64_t ns)
{
	struct sigaction action = {.sa_sigaction = count_alarm,
				   .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct itimerspec every = {{0, TIMER_NS}, {0, TIMER_NS}};
	long sent, due;
	int pipes[2];
	uint64_t begin_ns;
	timer_t timer;
	pid_t child;

	sigaction(SIGALRM, &action, NULL);
	action.sa_sigaction = count_queued;
	sigaction(SIGRTMIN, &action, NULL);
	if (pipe(pipes) < 0 || timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return 1;
	child = fork();
	if (child == 0)
		send_signals(ns, pipes[1]);
	begin_ns = now_ns(CLOCK_MONOTONIC);
	timer_settime(timer, 0, &every, NULL);
	do
		burn(20 * MS);
	while (waitpid(child, NULL, WNOHANG) == 0);
	due = (long)((now_ns(CLOCK_MONOTONIC) - begin_ns) / TIMER_NS);
	burn(20 * MS); /* what is pending is delivered */
	timer_delete(timer);
	if (read(pipes[0], &sent, sizeof(sent)) != sizeof(sent))
		return 1;
	printf("alarms %ld, due %ld; queued %ld, sent %ld, out of order %ld\n", alarms, due, queued,
	       sent, out_of_order);
	return alarms < due || queued != sent || out_of_order != 0;
}

static int run_epolls(uint64_t ns)
{
	uint64_t end_ns = now_ns(CLOCK_MONOTONIC) + ns;
	int fd = epoll_create1(0);
	struct epoll_event event;
	long waits = 0, interrupted = 0;

	for (; now_ns(CLOCK_MONOTONIC) < end_ns; waits++) {
		burn(MS / 3);
		interrupted += epoll_wait(fd, &event, 1, 1) < 0;
	}
	printf("waits %ld, interrupted %ld\n", waits, interrupted);
	return 0;
}

static void *burn_in_thread(void *ns)
{
	burn(*(uint64_t *)ns);
	return NULL;
}

static int run_threads(unsigned count, uint64_t ns)
{
	static pthread_t threads[THREADS_MAX];

	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, burn_in_thread, &ns) != 0)
			return 1;
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("joined %u\n", count);
	return 0;
}

/* A large environment makes the kernel's part of an exec long enough to be hit. */
static void *replace_program(void *left)
{
	static char *environment[STRINGS + 1];
	char number[16];
	char *arguments[] = {self, "execs", number, NULL};

	for (unsigned i = 0; i < STRINGS; i++)
		environment[i] = "a";
	snprintf(number, sizeof(number), "%u", *(unsigned *)left - 1);
	burn(60 * MS); /* until it is known to who looks */
	execve(self, arguments, environment);
	_exit(1);
}

static int run_execs(unsigned left)
{
	struct itimerval every = {{0, 5000}, {0, 5000}};
	pthread_t thread;

	/* nobody sees it but who traces; it and the timer outlive an exec */
	signal(SIGALRM, SIG_IGN);
	setitimer(ITIMER_REAL, &every, NULL);
	if (left == 0) {
		burn(100 * MS);
		printf("executed\n");
		return 0;
	}
	pthread_create(&thread, NULL, replace_program, &left);
	for (;;)
		pause();
}

static int run_vforks(unsigned count)
{
	volatile unsigned i;
	volatile int bad = 0;
	int status;

	for (i = 0; i < count; i++) {
		pid_t child = vfork();

		if (child == 0) {
			execl(self, self, "burn", "5", NULL);
			_exit(99);
		}
		bad += waitpid(child, &status, 0) != child || status != 0;
		burn(MS);
	}
	printf("awaited %u, bad %d\n", count, bad);
	return bad != 0;
}

static int run_kills(unsigned count)
{
	int status, bad = 0;

	for (unsigned i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0) {
			burn(1000 * MS);
			_exit(0);
		}
		nap((20 + i * 11 % 100) * MS);
		bad += kill(child, SIGKILL) < 0 || waitpid(child, &status, 0) != child ||
		       !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
	}
	printf("killed %u, bad %d\n", count, bad);
	return bad != 0;
}

static uint64_t read_cpu_ns(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? now_ns(clock) : 0;
}

static int run_stops(unsigned count)
{
	int status, bad = 0, ran = 0;
	pid_t child = fork();

	if (child == 0) {
		burn(1000000 * MS);
		_exit(0);
	}
	for (unsigned i = 0; i < count; i++) {
		uint64_t before_ns;

		nap((1 + i * 7 % 23) * MS);
		kill(child, SIGSTOP);
		bad += waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) ||
		       WSTOPSIG(status) != SIGSTOP;
		before_ns = read_cpu_ns(child);
		nap(STILL_NS);
		ran += read_cpu_ns(child) != before_ns;
		kill(child, SIGCONT);
		bad += waitpid(child, &status, WCONTINUED) != child || !WIFCONTINUED(status);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("stopped %u, bad %d, ran meanwhile %d\n", count, bad, ran);
	return bad != 0 || ran != 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	unsigned number = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	self = argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(mode, "burn") == 0)
		return burn(number * MS), 0;
	if (strcmp(mode, "signals") == 0)
		return run_signals(number * MS);
	if (strcmp(mode, "epolls") == 0)
		return run_epolls(number * MS);
	if (strcmp(mode, "threads") == 0 && argc > 3 && number <= THREADS_MAX)
		return run_threads(number, strtoul(argv[3], NULL, 10) * MS);
	if (strcmp(mode, "execs") == 0)
		return run_execs(number);
	if (strcmp(mode, "vforks") == 0)
		return run_vforks(number);
	if (strcmp(mode, "kills") == 0)
		return run_kills(number);
	if (strcmp(mode, "stops") == 0)
		return run_stops(number);
	fprintf(stderr, "usage: restless burn|signals|epolls|threads|execs|vforks|kills|stops "
			"NUMBER [MS]\n");
	return 64;
}
