/*
 * spends [user_ms=N] [system_ms=N] [sleeps=N] [children=N child_ms=N] [threads=N thread_ms=N]
 *	[stay_ms=N] [here]
 *
 * Spends CPU time as it is told and says how much it was, as JSON: its own user and system time and
 * that of all its children, from getrusage(2), and the CPU time of each of its threads, from their
 * clocks. Each thread spends as much more as its number; they live until the end, which stay_ms
 * holds up. Children come one after the other. `here`: says so first, and begins when it is told.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16, CHUNK_BYTES = 1 << 20 };

struct worker {
	pthread_t thread;
	char name[16];
	double goal_s, spent_s;
};

static pthread_barrier_t spent, end;
static volatile unsigned long sink;

static double get(int argc, char **argv, const char *key)
{
	size_t length = strlen(key);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
			return strtod(argv[i] + length + 1, NULL);
	return 0;
}

static double read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double get_seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void spend_user(double seconds)
{
	struct rusage usage;

	do {
		for (int i = 0; i < 100000; i++)
			sink += (unsigned long)i;
		getrusage(RUSAGE_SELF, &usage);
	} while (get_seconds(&usage.ru_utime) < seconds);
}

/* Fresh pages, again and again: the kernel clears them. */
static void spend_system(double seconds)
{
	struct rusage usage;

	do {
		char *memory = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (memory == MAP_FAILED)
			exit(1);
		munmap(memory, CHUNK_BYTES);
		getrusage(RUSAGE_SELF, &usage);
	} while (get_seconds(&usage.ru_stime) < seconds);
}

static void spend_clock(clockid_t clock, double seconds)
{
	double until = read_clock(clock) + seconds;

	while (read_clock(clock) < until)
		for (int i = 0; i < 10000; i++)
			sink += (unsigned long)i;
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;

	pthread_setname_np(pthread_self(), worker->name);
	spend_clock(CLOCK_THREAD_CPUTIME_ID, worker->goal_s);
	worker->spent_s = read_clock(CLOCK_THREAD_CPUTIME_ID);
	pthread_barrier_wait(&spent);
	pthread_barrier_wait(&end);
	return NULL;
}

static void sleep_ms(double ms)
{
	struct timespec time = {.tv_sec = (time_t)(ms / 1000),
				.tv_nsec = (long)(ms * 1e6) % 1000000000};

	nanosleep(&time, NULL);
}

static void print_truth(const struct worker *workers, int count)
{
	struct rusage own, children;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	printf("{\"user_s\": %.6f, \"system_s\": %.6f, \"voluntary\": %ld, \"faults\": %ld, "
	       "\"threads\": {",
	       get_seconds(&own.ru_utime) + get_seconds(&children.ru_utime),
	       get_seconds(&own.ru_stime) + get_seconds(&children.ru_stime),
	       own.ru_nvcsw + children.ru_nvcsw, own.ru_minflt + children.ru_minflt);
	for (int i = 0; i < count; i++)
		printf("%s\"%s\": %.6f", i > 0 ? ", " : "", workers[i].name, workers[i].spent_s);
	puts("}}");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	int thread_count = (int)get(argc, argv, "threads");
	double child_s = get(argc, argv, "child_ms") / 1000;

	if (argc > 1 && strcmp(argv[argc - 1], "here") == 0) {
		puts("here");
		fflush(stdout);
		getchar();
	}
	if (thread_count > THREADS_MAX)
		return 64;
	pthread_barrier_init(&spent, NULL, (unsigned)thread_count + 1);
	pthread_barrier_init(&end, NULL, (unsigned)thread_count + 1);
	for (int i = 0; i < thread_count; i++) {
		snprintf(workers[i].name, sizeof(workers[i].name), "spender %d", i + 1);
		workers[i].goal_s = get(argc, argv, "thread_ms") / 1000 * (i + 1);
		pthread_create(&workers[i].thread, NULL, run_thread, &workers[i]);
	}
	pthread_barrier_wait(&spent);
	if (get(argc, argv, "user_ms") > 0)
		spend_user(get(argc, argv, "user_ms") / 1000);
	if (get(argc, argv, "system_ms") > 0)
		spend_system(get(argc, argv, "system_ms") / 1000);
	for (double i = get(argc, argv, "sleeps"); i > 0; i--)
		sleep_ms(1);
	for (double i = get(argc, argv, "children"); i > 0; i--) {
		if (fork() == 0) {
			spend_clock(CLOCK_PROCESS_CPUTIME_ID, child_s);
			_exit(0);
		}
		wait(NULL);
	}
	print_truth(workers, thread_count);
	sleep_ms(get(argc, argv, "stay_ms"));
	pthread_barrier_wait(&end);
	for (int i = 0; i < thread_count; i++)
		pthread_join(workers[i].thread, NULL);
	return 0;
}
