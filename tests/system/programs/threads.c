/*
 * threads LONG SHORT SHORT_US: `LONG` threads at a time that live for the whole of it, and `SHORT`
 * short ones, one after the other, of about so many microseconds each. The truth of each kind is
 * summed over its threads.
 */
#include <pthread.h>

#include "truth.h"

enum { LONG_MAX = 16 };

static volatile uint64_t sink;
static uint64_t long_ns, short_ns;

struct worker {
	pthread_t thread;
	struct truth truth;
};

NOINLINE void thread_thirty(uint64_t rounds)
{
	sink = truth_burn(rounds * 3 / 5);
}

NOINLINE void thread_seventy(uint64_t rounds)
{
	sink = truth_burn(rounds * 7 / 5);
}

NOINLINE void short_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void *run_long(void *argument)
{
	struct worker *worker = argument;

	while (truth_now_ns() < long_ns) {
		/*
		 * long ones: a thread that asks for its CPU time often is often found asking, by
		 * who has to wait for its CPU
		 */
		uint64_t rounds = truth_rounds(&worker->truth) * 30;

		TRUTH(&worker->truth, "thread_thirty", thread_thirty(rounds));
		TRUTH(&worker->truth, "thread_seventy", thread_seventy(rounds));
	}
	return NULL;
}

NOINLINE void *run_short(void *argument)
{
	struct worker *worker = argument;

	while (truth_now_ns() < short_ns)
		short_leaf(20000);
	truth_add(&worker->truth, "short_leaf", truth_now_ns());
	return NULL;
}

int main(int argc, char **argv)
{
	static struct worker workers[LONG_MAX], brief;
	int long_count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2,
	    short_count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 20;

	long_ns = 800000000;
	short_ns = argc > 3 ? strtoull(argv[3], NULL, 10) * 1000 : 10000000;
	if (long_count > LONG_MAX)
		return 1;
	for (int i = 0; i < long_count; i++) {
		workers[i].truth.random = (uint64_t)i + 1;
		if (pthread_create(&workers[i].thread, NULL, run_long, &workers[i]) != 0)
			return 1;
	}
	for (int i = 0; i < short_count; i++)
		if (pthread_create(&brief.thread, NULL, run_short, &brief) != 0 ||
		    pthread_join(brief.thread, NULL) != 0)
			return 1;
	for (int i = 0; i < long_count; i++) {
		pthread_join(workers[i].thread, NULL);
		truth_print(&workers[i].truth);
	}
	truth_print(&brief.truth);
	return 0;
}
