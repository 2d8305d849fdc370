/*
 * Stops for 700 ms of each 3 s, the first time after 1 s, as a collector of garbage does that stops
 * the world.
 */
#include <stdint.h>
#include <time.h>

#include "serve.h"

static struct timespec start;

static void wait_for_collector(void)
{
	struct timespec now;
	int64_t phase_us;

	clock_gettime(CLOCK_MONOTONIC, &now);
	phase_us = ((now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000) %
		   3000000;
	if (phase_us >= 1000000 && phase_us < 1700000)
		serve_sleep((unsigned)(1700000 - phase_us));
}

static int answer(void)
{
	wait_for_collector();
	serve_work(50);
	return 200;
}

int main(int argc, char **argv)
{
	clock_gettime(CLOCK_MONOTONIC, &start);
	return serve_main(&(struct serve){.answer = answer}, argc, argv);
}
