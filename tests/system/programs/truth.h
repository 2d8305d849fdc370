/*
 * Programs that know their own truth: how much CPU time each of their functions took, by the
 * thread's own clock around each call, and printed at the end as "truth NAME NANOSECONDS". Sampled
 * shares are held against these, not against intentions: a machine that is slow for a while is slow
 * in both.
 *
 * Functions run in random order (seeded) for a random time each, so that no sampling period keeps
 * step with them.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
/*
 * Nothing stands behind a call that is the last: without this it would become a jump, and its
 * caller no frame.
 */
#define STAY() __asm__ volatile("" ::: "memory")

enum { TRUTH_NAMES = 32, TRUTH_ROUNDS_MEAN = 300000 };

struct truth {
	struct {
		const char *name;
		uint64_t ns;
	} rows[TRUTH_NAMES];
	uint64_t random;
};

static inline uint64_t truth_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t truth_draw(struct truth *truth)
{
	uint64_t x = truth->random != 0 ? truth->random : 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return truth->random = x;
}

/* Between half and one and a half of the mean. */
static inline uint64_t truth_rounds(struct truth *truth)
{
	return TRUTH_ROUNDS_MEAN / 2 + truth_draw(truth) % TRUTH_ROUNDS_MEAN;
}

static inline void truth_add(struct truth *truth, const char *name, uint64_t ns)
{
	for (int i = 0; i < TRUTH_NAMES; i++) {
		if (truth->rows[i].name == NULL)
			truth->rows[i].name = name;
		if (strcmp(truth->rows[i].name, name) != 0)
			continue;
		truth->rows[i].ns += ns;
		return;
	}
	abort();
}

/* One write for all: processes print beside each other. */
static inline void truth_print(const struct truth *truth)
{
	char text[4096];
	int length = 0;

	for (int i = 0; i < TRUTH_NAMES && truth->rows[i].name != NULL; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "truth %s %llu\n",
				   truth->rows[i].name, (unsigned long long)truth->rows[i].ns);
	if (write(STDOUT_FILENO, text, (size_t)length) != length)
		abort();
}

/*
 * What handlers of asynchronous signals took of their thread: not the time of what they interrupt.
 */
static __thread volatile uint64_t truth_handler_ns;

/* CPU time of this call, under a name. */
#define TRUTH(truth, name, call)                                                                   \
	do {                                                                                       \
		uint64_t begin_ns_ = truth_now_ns() - truth_handler_ns;                            \
		call;                                                                              \
		truth_add(truth, name, truth_now_ns() - truth_handler_ns - begin_ns_);             \
	} while (0)

/* Arithmetic that the compiler cannot shorten: about a nanosecond a round. */
static inline __attribute__((always_inline)) uint64_t truth_burn(uint64_t rounds)
{
	uint64_t value = rounds;

	for (uint64_t i = 0; i < rounds; i++) {
		value = value * 6364136223846793005u + 1;
		__asm__ volatile("" : "+r"(value));
	}
	return value;
}

/* How long to go on, from the command line: seconds of CPU time of this thread. */
static inline uint64_t truth_end_ns(int argc, char **argv, int place)
{
	double seconds = argc > place ? atof(argv[place]) : 1;

	return truth_now_ns() + (uint64_t)(seconds * 1e9);
}

#endif
