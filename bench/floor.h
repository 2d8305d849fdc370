/*
 * What the floor programs share: the connections, the request, and how a run is reported. A floor
 * program is the least that a client with one thread can do per request on this machine: nothing is
 * parsed, an answer is complete when as many bytes as the first answer had have come.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

struct floor_connection {
	int fd;
	uint32_t received; /* bytes of the answer under way */
	uint64_t sent_ns;
};

struct floor {
	uint16_t port; /* of 127.0.0.1 */
	uint32_t connection_count;
	double seconds;
	struct floor_connection *connections;
	char request[256];
	size_t request_length, answer_length; /* bytes */

	/* of the run */
	uint64_t requests, latency_sum_ns, begin_ns, end_ns, cpu_user_ns, cpu_system_ns;
};

/* CLOCK_MONOTONIC. */
uint64_t floor_now(void);

/*
 * Common options (-c connections, -d seconds, last argument: the port); the letters of `more` are
 * handed to `take`, with optarg where they have one. Opens the connections, blocking. Ends the
 * program with a sentence when something is wrong, as all of these functions do.
 */
void floor_open(struct floor *floor, int argc, char **argv, const char *more,
		void (*take)(int letter));

/* Asks on the first connection, and learns from what comes within 200 ms how long an answer is. */
void floor_learn_answer(struct floor *floor);

/* No receive or send on the connections waits from now on. */
void floor_set_nonblocking(struct floor *floor);

/* Begins the clocks. */
void floor_begin(struct floor *floor);

/* Stops them, and prints one JSON object of the run. */
void floor_report(struct floor *floor, const char *variant);

/* Prints the sentence of errno behind `what` and ends the program. */
_Noreturn void floor_die(const char *what);

#endif
