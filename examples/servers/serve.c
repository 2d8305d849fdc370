#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 256, EVENTS = 64, REQUEST_BYTES = 4096, STEPS_A_MICROSECOND = 650 };

struct connection {
	int fd;
	size_t used;
	char text[REQUEST_BYTES + 1];
};

struct worker {
	const struct serve *serve;
	int epoll;
};

static volatile uint64_t sink; /* whatever ends here was really computed */

/* One multiplication waits for the one before, as in hot_function.c. */
void serve_work(unsigned microseconds)
{
	uint64_t value = sink;

	for (uint64_t i = 0; i < (uint64_t)microseconds * STEPS_A_MICROSECOND; i++)
		value = value * UINT64_C(6364136223846793005) + 1442695040888963407;
	sink = value;
}

void serve_sleep(unsigned microseconds)
{
	struct timespec time = {.tv_sec = microseconds / 1000000,
				.tv_nsec = (long)(microseconds % 1000000) * 1000};

	nanosleep(&time, NULL);
}

/* ---- a connection ---- */

static bool send_answer(int fd, int status)
{
	static const char body[] = "hello\n";
	char text[256];
	int length = snprintf(text, sizeof(text),
			      "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\n"
			      "Content-Length: %zu\r\n\r\n%s",
			      status, status == 200 ? "OK" : "Service Unavailable",
			      sizeof(body) - 1, body);

	return send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

/* Answers what is complete. False: the connection has ended. */
static bool serve_connection(const struct serve *serve, struct connection *connection)
{
	ssize_t got = read(connection->fd, connection->text + connection->used,
			   REQUEST_BYTES - connection->used);
	bool is_last = false;
	char *begin = connection->text, *end;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	connection->used += (size_t)got;
	connection->text[connection->used] = '\0';
	while (!is_last && (end = strstr(begin, "\r\n\r\n")) != NULL) {
		*end = '\0';
		is_last = strcasestr(begin, "\nConnection: close") != NULL;
		if (!send_answer(connection->fd, serve->answer()))
			return false;
		begin = end + 4;
	}
	connection->used -= (size_t)(begin - connection->text);
	memmove(connection->text, begin, connection->used + 1);
	return !is_last && connection->used < REQUEST_BYTES;
}

/* ---- a process ---- */

static void *run_worker(void *context)
{
	const struct worker *worker = context;

	for (;;) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(worker->epoll, events, EVENTS,
				       worker->serve->is_spinning ? 0 : -1);

		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;

			if (serve_connection(worker->serve, connection))
				continue;
			close(connection->fd);
			free(connection);
		}
	}
	return NULL;
}

static bool start_worker(const struct serve *serve, struct worker *ret_worker)
{
	pthread_t thread;

	*ret_worker = (struct worker){.serve = serve, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (ret_worker->epoll < 0)
		return false;
	errno = pthread_create(&thread, NULL, run_worker, ret_worker);
	if (errno != 0)
		return false;
	pthread_setname_np(thread, "worker");
	return true;
}

static bool hand_over(const struct worker *worker, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

	if (connection == NULL)
		return false;
	connection->fd = fd;
	if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		return true;
	free(connection);
	return false;
}

static int open_listener(const struct serve *serve, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    (serve->prepare != NULL && serve->prepare(fd) < 0) ||
	    listen(fd, serve->backlog > 0 ? serve->backlog : 512) < 0)
		return -1;
	return fd;
}

static void run_process(const struct serve *serve, uint16_t port)
{
	static struct worker workers[WORKERS_MAX];
	int count = serve->thread_count > 0 ? serve->thread_count : 2;
	int listener = open_listener(serve, port);

	if (listener < 0)
		return;
	if (count > WORKERS_MAX)
		count = WORKERS_MAX;
	for (int i = 0; i < count; i++)
		if (!start_worker(serve, &workers[i]))
			return;
	for (int next = 0;; next = (next + 1) % count) {
		int fd;

		if (serve->accept_pause_ms > 0)
			serve_sleep((unsigned)serve->accept_pause_ms * 1000);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			return;
		if (fd >= 0 && !hand_over(&workers[next], fd))
			close(fd);
	}
}

int serve_main(const struct serve *serve, int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;

	if (port < 1 || port > 65535 || *end != '\0') {
		fprintf(stderr, "usage: %s PORT\n", argv[0]);
		return 64;
	}
	for (int i = 1; i < serve->process_count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
		if (pid < 0)
			break;
	}
	run_process(serve, (uint16_t)port);
	perror(argv[0]);
	return 1;
}
