#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Noreturn void floor_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t floor_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		floor_die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void floor_learn_answer(struct floor *floor)
{
	char buffer[65536];
	struct pollfd poll_fd = {.fd = floor->connections[0].fd, .events = POLLIN};

	if (send(poll_fd.fd, floor->request, floor->request_length, MSG_NOSIGNAL) < 0)
		floor_die("send");
	while (poll(&poll_fd, 1, floor->answer_length > 0 ? 200 : 2000) == 1) {
		ssize_t n = recv(poll_fd.fd, buffer, sizeof(buffer), 0);

		if (n <= 0)
			floor_die("recv");
		floor->answer_length += (size_t)n;
	}
	if (floor->answer_length == 0) {
		fprintf(stderr, "no answer within 2 s\n");
		exit(1);
	}
}

void floor_set_nonblocking(struct floor *floor)
{
	for (uint32_t i = 0; i < floor->connection_count; i++)
		if (fcntl(floor->connections[i].fd, F_SETFL, O_NONBLOCK) < 0)
			floor_die("fcntl");
}

void floor_open(struct floor *floor, int argc, char **argv, const char *more,
		void (*take)(int letter))
{
	char letters[32];
	int letter;

	*floor = (struct floor){.connection_count = 50, .seconds = 4};
	snprintf(letters, sizeof(letters), "c:d:%s", more);
	while ((letter = getopt(argc, argv, letters)) != -1) {
		if (letter == 'c')
			floor->connection_count = (uint32_t)strtoul(optarg, NULL, 10);
		else if (letter == 'd')
			floor->seconds = strtod(optarg, NULL);
		else if (letter == '?')
			exit(2);
		else
			take(letter);
	}
	if (optind + 1 != argc || floor->connection_count == 0) {
		fprintf(stderr, "usage: %s [-c CONNECTIONS] [-d SECONDS] [-%s] PORT\n", argv[0],
			more);
		exit(2);
	}
	floor->port = (uint16_t)strtoul(argv[optind], NULL, 10);
	floor->request_length =
		(size_t)snprintf(floor->request, sizeof(floor->request),
				 "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", floor->port);
	floor->connections = calloc(floor->connection_count, sizeof(*floor->connections));
	if (floor->connections == NULL)
		floor_die("calloc");
	for (uint32_t i = 0; i < floor->connection_count; i++)
		floor->connections[i].fd = connect_to(floor->port);
}

static uint64_t timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

/* RUSAGE_SELF counts all threads of the process, io_uring's workers in the kernel among them. */
static void read_cpu(uint64_t *ret_user_ns, uint64_t *ret_system_ns)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	*ret_user_ns = timeval_ns(usage.ru_utime);
	*ret_system_ns = timeval_ns(usage.ru_stime);
}

void floor_begin(struct floor *floor)
{
	read_cpu(&floor->cpu_user_ns, &floor->cpu_system_ns);
	floor->begin_ns = floor_now();
	floor->end_ns = floor->begin_ns + (uint64_t)(floor->seconds * 1e9);
}

void floor_report(struct floor *floor, const char *variant)
{
	uint64_t user_ns, system_ns, wall_ns = floor_now() - floor->begin_ns;

	read_cpu(&user_ns, &system_ns);
	user_ns -= floor->cpu_user_ns;
	system_ns -= floor->cpu_system_ns;
	printf("{\"variant\": \"%s\", \"requests\": %lu, \"wall_ns\": %lu, \"user_ns\": %lu, "
	       "\"system_ns\": %lu, \"cpu_per_request_ns\": %.1f, \"latency_mean_ns\": %.1f}\n",
	       variant, floor->requests, wall_ns, user_ns, system_ns,
	       (double)(user_ns + system_ns) / (double)floor->requests,
	       (double)floor->latency_sum_ns / (double)floor->requests);
	for (uint32_t i = 0; i < floor->connection_count; i++)
		close(floor->connections[i].fd);
	free(floor->connections);
}
