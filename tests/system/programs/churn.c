/*
 * churn EVERY_US LIFE_MS CALLS: makes a thread every so often, that waits; says "here", and when it
 * is told makes no more: then every thread that is alive calls getppid(2) so many times. Prints how
 * many those were. Which threads there are changes all the time until then.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_bool is_told, is_over;
static atomic_long alive, callers;
static long every_us, life_ms, calls;

static void sleep_us(long us)
{
	struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&time, NULL);
}

static void *run_thread(void *arg)
{
	(void)arg;
	for (long ms = 0; ms < life_ms && !is_told; ms++)
		sleep_us(1000);
	while (is_told && !is_over)
		sleep_us(1000);
	if (is_over) {
		callers++;
		for (long i = 0; i < calls; i++)
			syscall(SYS_getppid);
	}
	alive--;
	return NULL;
}

static void *make_threads(void *arg)
{
	pthread_t thread;

	(void)arg;
	while (!is_told) {
		alive++;
		if (pthread_create(&thread, NULL, run_thread, NULL) != 0)
			exit(1);
		pthread_detach(thread);
		sleep_us(every_us);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t maker;

	if (argc != 4)
		return 64;
	every_us = strtol(argv[1], NULL, 10);
	life_ms = strtol(argv[2], NULL, 10);
	calls = strtol(argv[3], NULL, 10);
	pthread_create(&maker, NULL, make_threads, NULL);
	sleep_us(2 * life_ms * 1000);
	puts("here");
	fflush(stdout);
	getchar();
	is_told = true;
	pthread_join(maker, NULL);
	is_over = true;
	while (alive > 0)
		sleep_us(1000);
	printf("%ld\n", (long)callers);
	return 0;
}
