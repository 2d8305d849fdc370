/*
 * bounded [pages=N] [calls=N] [threads=N] [forks=N] [execs=N] [short=N] [burn_ms=N] [wait]
 *
 * Does exactly what it is told, for counters to be held against: touches N pages once, calls
 * getppid(2) N times; the calls again in each of so many threads, forked children, children that
 * exec this program, and short-lived children one after the other; burns CPU time. `wait`: makes
 * its threads first, says "here", and begins when it is told.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, THREADS_MAX = 64 };

static long calls;
static pthread_barrier_t barrier;

static long get(int argc, char **argv, const char *key)
{
	size_t length = strlen(key);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
			return strtol(argv[i] + length + 1, NULL, 10);
	return 0;
}

static void touch_pages(long count)
{
	size_t bytes = (size_t)count * PAGE_BYTES;
	volatile char *pages;
	void *memory;

	if (count == 0)
		return;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		exit(1);
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	pages = memory;
	for (long i = 0; i < count; i++)
		pages[i * PAGE_BYTES] = 1;
}

static void call(void)
{
	for (long i = 0; i < calls; i++)
		syscall(SYS_getppid);
}

static void *run_thread(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	call();
	return NULL;
}

static void burn(long ms)
{
	struct timespec time;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	while (time.tv_sec * 1000 + time.tv_nsec / 1000000 < ms);
}

static void fork_children(long count, int is_exec, int is_one_by_one)
{
	char text[64];

	for (long i = 0; i < count; i++) {
		if (fork() == 0) {
			if (is_exec) {
				snprintf(text, sizeof(text), "calls=%ld", calls);
				execl("/proc/self/exe", "bounded", text, (char *)NULL);
			}
			call();
			_exit(0);
		}
		if (is_one_by_one)
			wait(NULL);
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	long thread_count = get(argc, argv, "threads");
	pthread_t threads[THREADS_MAX];

	calls = get(argc, argv, "calls");
	pthread_barrier_init(&barrier, NULL, (unsigned)thread_count + 1);
	for (long i = 0; i < thread_count && i < THREADS_MAX; i++)
		pthread_create(&threads[i], NULL, run_thread, NULL);
	if (argc > 1 && strcmp(argv[argc - 1], "wait") == 0) {
		puts("here");
		fflush(stdout);
		getchar();
	}
	pthread_barrier_wait(&barrier);
	touch_pages(get(argc, argv, "pages"));
	call();
	fork_children(get(argc, argv, "forks"), 0, 0);
	fork_children(get(argc, argv, "execs"), 1, 0);
	fork_children(get(argc, argv, "short"), 0, 1);
	burn(get(argc, argv, "burn_ms"));
	for (long i = 0; i < thread_count && i < THREADS_MAX; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
