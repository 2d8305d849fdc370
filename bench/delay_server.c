/*
 * A small HTTP/1.1 server on 127.0.0.1 for what nginx does not give a benchmark: answers that take
 * a fixed time (clients whose connections lie idle), and stamps of the requests' arrivals.
 *
 *	delay_server [-d MILLISECONDS] [-s FILE]
 *
 * Prints its port, serves until SIGTERM, then prints the most connections that there were at once;
 * -s: the arrival of each request (CLOCK_MONOTONIC, ns, a line each). A request has to come in one
 * piece.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

enum { FDS_MAX = 65536, QUEUE_MAX = 1 << 18, STAMPS_MAX = 1 << 22 };

struct waiting {
	int fd;
	uint32_t generation; /* of the descriptor, which may have been closed and opened anew */
	uint64_t due_ns;
};

static volatile sig_atomic_t is_over;
static uint32_t generations[FDS_MAX];
static struct waiting queue[QUEUE_MAX]; /* in order of due_ns: the delay is the same for all */
static uint64_t queue_head, queue_tail;
static uint64_t delay_ns, *stamps;
static uint32_t stamp_count, connection_count, connection_max;
static int epoll_fd;

static void end(int signal_number)
{
	(void)signal_number;
	is_over = 1;
}

static int listen_anywhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		floor_die("listen");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		floor_die("epoll_ctl");
}

static void accept_all(int listener)
{
	int one = 1, fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= FDS_MAX) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		watch(fd);
		if (++connection_count > connection_max)
			connection_max = connection_count;
	}
}

static void answer(int fd)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	/* who has gone shows at the next read */
	if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) < 0 && errno == EBADF)
		floor_die("send");
}

static void read_request(int fd)
{
	char buffer[8192];
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
	uint64_t now_ns = floor_now();

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		generations[fd]++;
		connection_count--;
		close(fd);
		return;
	}
	if (stamps != NULL && stamp_count < STAMPS_MAX)
		stamps[stamp_count++] = now_ns;
	if (delay_ns == 0) {
		answer(fd);
	} else if (queue_tail - queue_head < QUEUE_MAX) {
		queue[queue_tail++ % QUEUE_MAX] = (struct waiting){
			.fd = fd, .generation = generations[fd], .due_ns = now_ns + delay_ns};
	}
}

/* Answers what is due; how long until the next, in milliseconds for epoll_wait. */
static int answer_due(void)
{
	uint64_t now_ns = floor_now();

	while (queue_head < queue_tail) {
		const struct waiting *first = &queue[queue_head % QUEUE_MAX];

		if (first->due_ns > now_ns)
			return (int)((first->due_ns - now_ns) / 1000000u) + 1;
		if (first->generation == generations[first->fd])
			answer(first->fd);
		queue_head++;
	}
	return 100;
}

static void write_stamps(const char *path)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		floor_die(path);
	for (uint32_t i = 0; i < stamp_count; i++)
		fprintf(file, "%lu\n", stamps[i]);
	fclose(file);
	free(stamps);
}

static void serve(int listener)
{
	struct epoll_event events[128];

	while (!is_over) {
		int count = epoll_wait(epoll_fd, events, 128, answer_due());

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener);
			else
				read_request(events[i].data.fd);
		}
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = {.rlim_cur = FDS_MAX, .rlim_max = FDS_MAX};
	const char *stamp_path = NULL;
	int letter, listener;

	while ((letter = getopt(argc, argv, "d:s:")) != -1) {
		if (letter == 'd')
			delay_ns = strtoull(optarg, NULL, 10) * 1000000u;
		else if (letter == 's')
			stamp_path = optarg;
		else
			return 2;
	}
	if (stamp_path != NULL && (stamps = calloc(STAMPS_MAX, sizeof(*stamps))) == NULL)
		floor_die("calloc");
	setrlimit(RLIMIT_NOFILE, &files); /* where it may not, clients see what there is */
	signal(SIGTERM, end);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	listener = listen_anywhere();
	watch(listener);
	serve(listener);
	printf("%u\n", connection_max);
	if (stamp_path != NULL)
		write_stamps(stamp_path);
	return 0;
}
