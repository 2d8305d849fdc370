/*
 * A bare paced ping: one blocking connection, one request at each step of a fixed rate. What it
 * sees is the server's answer time at that rate with next to no client.
 *
 *	paced_ping [-d SECONDS] [-r RATE] PORT
 *
 * Prints service time (send to answer) and lateness of the send as JSON, nanoseconds.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "floor.h"

static double rate_hz = 1000;

static void take_option(int letter)
{
	if (letter == 'r')
		rate_hz = strtod(optarg, NULL);
}

static void sleep_until(uint64_t time_ns)
{
	struct timespec t = {.tv_sec = (time_t)(time_ns / 1000000000u),
			     .tv_nsec = (long)(time_ns % 1000000000u)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void ping(const struct floor *floor)
{
	char buffer[8192];
	size_t received = 0;

	if (send(floor->connections[0].fd, floor->request, floor->request_length, MSG_NOSIGNAL) < 0)
		floor_die("send");
	while (received < floor->answer_length) {
		ssize_t n = recv(floor->connections[0].fd, buffer, sizeof(buffer), 0);

		if (n <= 0)
			floor_die("recv");
		received += (size_t)n;
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_quantiles(const char *name, uint64_t *values, uint32_t count)
{
	qsort(values, count, sizeof(*values), compare);
	printf("\"%s\": {\"p50_ns\": %lu, \"p90_ns\": %lu, \"p99_ns\": %lu}", name,
	       values[count / 2], values[count / 10 * 9], values[count / 100 * 99]);
}

int main(int argc, char **argv)
{
	struct floor floor;
	uint64_t *service_ns, *lag_ns;
	uint32_t count;

	floor_open(&floor, argc, argv, "r:", take_option);
	floor_learn_answer(&floor);
	count = (uint32_t)(floor.seconds * rate_hz);
	service_ns = calloc((size_t)count + 1, sizeof(*service_ns));
	lag_ns = calloc((size_t)count + 1, sizeof(*lag_ns));
	if (service_ns == NULL || lag_ns == NULL || count == 0)
		floor_die("calloc");
	prctl(PR_SET_TIMERSLACK, 1);
	floor_begin(&floor);
	for (uint32_t k = 0; k < count; k++) {
		uint64_t sent_ns, intended_ns = floor.begin_ns + (uint64_t)(k * 1e9 / rate_hz);

		sleep_until(intended_ns);
		sent_ns = floor_now();
		ping(&floor);
		service_ns[k] = floor_now() - sent_ns;
		lag_ns[k] = sent_ns - intended_ns;
	}
	printf("{");
	print_quantiles("service_time", service_ns, count);
	printf(", ");
	print_quantiles("send_lag", lag_ns, count);
	printf("}\n");
	free(service_ns);
	free(lag_ns);
	return 0;
}
