/*
 * calls: makes system calls of known number, result and length, in threads and in children, and
 * says how many: "truth NAME CALLS ERRORS" for those that nothing else in the program makes, "error
 * NAME ERRNO COUNT", "slept NS", and "busy NS" of CPU time that reading /dev/urandom took.
 *
 * calls wait: is there until it is killed; handles SIGUSR1 and answers with a "!".
 * calls exec: executes itself ("calls done") from its second thread, after some calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS = 4,
	CHILDREN = 3,
	GETPPIDS = 1000, /* of each thread */
	FCHMODS = 50,	 /* likewise; EBADF */
	GETUIDS = 200,	 /* of each child */
	KILLS = 20,	 /* likewise; ESRCH, and as many EINVAL */
	SLEEPS = 10,
	SLEEP_NS = 20000000,
	BUSY_READS = 20,
	BUSY_BYTES = 4 << 20,
	EXEC_CALLS = 30,
};

static const char *self;

static uint64_t read_cpu_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *call_in_thread(void *unused)
{
	(void)unused;
	for (int i = 0; i < GETPPIDS; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < FCHMODS; i++)
		syscall(SYS_fchmod, -1, 0);
	return NULL;
}

static void call_in_child(void)
{
	for (int i = 0; i < GETUIDS; i++)
		syscall(SYS_getuid);
	for (int i = 0; i < KILLS; i++) {
		syscall(SYS_kill, 1 << 30, 0);
		syscall(SYS_kill, getpid(), 10000);
	}
}

static void sleep_for_a_while(void)
{
	for (int i = 0; i < SLEEPS; i++)
		nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
	printf("slept %llu\n", (unsigned long long)SLEEPS * SLEEP_NS);
}

/* By readv, which nothing else here calls. */
static void read_for_a_while(void)
{
	char *bytes = malloc(BUSY_BYTES);
	struct iovec vector = {bytes, BUSY_BYTES};
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	uint64_t used_ns;

	memset(bytes, 1, BUSY_BYTES); /* or its pages would be made in the first read */
	used_ns = read_cpu_clock();
	for (int i = 0; i < BUSY_READS; i++)
		if (readv(fd, &vector, 1) != BUSY_BYTES)
			abort();
	used_ns = read_cpu_clock() - used_ns;
	close(fd);
	free(bytes);
	printf("busy %llu\n", (unsigned long long)used_ns);
}

static void run_all(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, call_in_thread, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			call_in_child();
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	printf("truth getppid %d 0\n", THREADS * GETPPIDS);
	printf("truth fchmod %d %d\n", THREADS * FCHMODS, THREADS * FCHMODS);
	printf("truth getuid %d 0\n", CHILDREN * GETUIDS);
	printf("truth kill %d %d\n", CHILDREN * 2 * KILLS, CHILDREN * 2 * KILLS);
	printf("truth clock_nanosleep %d 0\n", SLEEPS);
	printf("truth readv %d 0\n", BUSY_READS);
	printf("error fchmod EBADF %d\n", THREADS * FCHMODS);
	printf("error kill ESRCH %d\n", CHILDREN * KILLS);
	printf("error kill EINVAL %d\n", CHILDREN * KILLS);
	sleep_for_a_while();
	read_for_a_while();
}

static void answer(int number)
{
	(void)number;
	if (write(STDOUT_FILENO, "!", 1) != 1)
		_exit(1);
}

static void *execute(void *unused)
{
	(void)unused;
	for (int i = 0; i < EXEC_CALLS; i++)
		syscall(SYS_getppid);
	execl(self, self, "done", (char *)NULL);
	abort();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "all";
	pthread_t thread;

	self = argv[0];
	alarm(120);
	if (strcmp(what, "wait") == 0) {
		signal(SIGUSR1, answer);
		answer(0);
		for (;;)
			pause();
	}
	if (strcmp(what, "exec") == 0) {
		pthread_create(&thread, NULL, execute, NULL);
		for (;;)
			pause();
	}
	if (strcmp(what, "done") == 0) {
		for (int i = 0; i < EXEC_CALLS; i++)
			syscall(SYS_getuid);
		return 0;
	}
	run_all();
	return 0;
}
