/*
 * A program whose profile is known beforehand: 30 % of its CPU time is spent in hot_thirty() and
 * 70 % in hot_seventy(), whatever the machine. Each round does n units of the same work: three in
 * one, seven in the other. n is random, so that no sampler can fall into step with the rounds.
 *
 *	hot_function SECONDS [PROCESSES]
 *
 * Takes SECONDS of CPU time, in each of PROCESSES children when there are any.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UNIT_STEPS = 400, ROUND_UNITS_MAX = 64, PROCESSES_MAX = 16 };

static volatile uint64_t sink; /* whatever ends here was really computed */

/*
 * One multiplication waits for the one before, so that the time of a step is the processor's and
 * not the compiler's. The two differ in a constant, because identical functions are made one by
 * gcc.
 */
__attribute__((noinline)) static uint64_t hot_thirty(uint64_t value, uint64_t units)
{
	for (uint64_t i = 0; i < 3 * units * UNIT_STEPS; i++)
		value = value * UINT64_C(6364136223846793005) + 1442695040888963407;
	return value;
}

__attribute__((noinline)) static uint64_t hot_seventy(uint64_t value, uint64_t units)
{
	for (uint64_t i = 0; i < 7 * units * UNIT_STEPS; i++)
		value = value * UINT64_C(3202034522624059733) + 1442695040888963407;
	return value;
}

static double read_cpu_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void spend(double seconds)
{
	uint64_t value = (uint64_t)getpid();

	while (read_cpu_seconds() < seconds) {
		uint64_t units = 1 + (value >> 32) % ROUND_UNITS_MAX;

		value = hot_thirty(value, units);
		value = hot_seventy(value, units);
		sink = value;
	}
}

static int spend_in_children(double seconds, long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			spend(seconds);
			_exit(0);
		}
		if (pid < 0) {
			perror("hot_function: fork");
			return 1;
		}
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return 0;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 0;
	long processes = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	if (!(seconds > 0 && seconds <= 3600) || processes < 0 || processes > PROCESSES_MAX) {
		fprintf(stderr, "usage: hot_function SECONDS [PROCESSES], up to 3600 and %d\n",
			PROCESSES_MAX);
		return 64;
	}
	if (processes > 0)
		return spend_in_children(seconds, processes);
	spend(seconds);
	return 0;
}
