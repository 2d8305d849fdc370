#include "reference/reference_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "reference/reference_service.h"
#include "stats/rng.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/vec.h"

enum {
	CONNECTIONS = 8192, /* descriptors past this are closed at once */
	REQUEST_BYTES = 2048,
	EVENTS = 64,
};

#define NEVER UINT64_MAX

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char empty_request[] = "GET /empty ";

/* By descriptor. */
struct connection {
	uint32_t generation; /* which of the connections that had this descriptor */
	uint32_t length;
	char *bytes; /* REQUEST_BYTES, NULL = not open */
};

/* A request that has been read and not answered. */
struct pending {
	uint64_t due_ns; /* one worker: NEVER until its service begins */
	uint64_t service_ns;
	struct reference_stamp *stamp; /* NULL = there was no room for it */
	int fd;
	uint32_t generation;
};

struct loop {
	const struct reference_config *config;
	struct reference_log *log;
	int listen_fd, control_fd;
	int epoll_fd, timer_fd;
	struct rng rng;
	struct connection *connections;
	/* from `first` on; by due time, or with one worker as they came */
	VEC(struct pending) pending;
	size_t first;
	uint64_t armed_ns;	     /* what the timer is set to */
	uint64_t freeze_ns, thaw_ns; /* planned; NEVER = none (any more) */
	bool is_over;
};

/* ---- connections ---- */

static void close_connection(struct loop *loop, int fd)
{
	struct connection *connection = &loop->connections[fd];

	free(connection->bytes);
	connection->bytes = NULL;
	connection->length = 0;
	connection->generation++;
	close(fd);
}

static void accept_all(struct loop *loop)
{
	for (;;) {
		struct epoll_event event = {.events = EPOLLIN};
		int fd = accept4(loop->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		event.data.fd = fd;
		if (fd >= CONNECTIONS || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		loop->connections[fd].bytes = alloc_array(1, REQUEST_BYTES);
	}
}

static void send_answer(struct loop *loop, int fd)
{
	ssize_t length = sizeof(answer) - 1;

	/* so short an answer goes out whole, or there is nobody to read it */
	if (send(fd, answer, (size_t)length, MSG_NOSIGNAL) != length)
		close_connection(loop, fd);
}

/* ---- services ---- */

static uint64_t get_next_due_ns(const struct loop *loop)
{
	return loop->first < loop->pending.count ? loop->pending.items[loop->first].due_ns : NEVER;
}

static void add_pending(struct loop *loop, struct pending item)
{
	size_t at;

	if (loop->first > 0 && loop->first == loop->pending.count)
		loop->first = loop->pending.count = 0;
	if (loop->first >= 4096) { /* a queue that never runs dry */
		loop->pending.count -= loop->first;
		memmove(loop->pending.items, loop->pending.items + loop->first,
			loop->pending.count * sizeof(item));
		loop->first = 0;
	}
	vec_push(&loop->pending, item);
	for (at = loop->pending.count - 1; !loop->config->is_one_worker && at > loop->first &&
					   loop->pending.items[at - 1].due_ns > item.due_ns;
	     at--)
		loop->pending.items[at] = loop->pending.items[at - 1];
	loop->pending.items[at] = item;
}

/*
 * One worker: the next in line begins. Its due time counts from when the one before was due, and
 * not from when a late timer let that one go: the load stays what it was meant to be. What the
 * timers did is in the stamps.
 */
static void begin_next(struct loop *loop, uint64_t from_ns, uint64_t now_ns)
{
	struct pending *next;

	if (!loop->config->is_one_worker || loop->first == loop->pending.count)
		return;
	next = &loop->pending.items[loop->first];
	next->due_ns = from_ns + next->service_ns;
	if (next->stamp != NULL)
		next->stamp->begun_ns = now_ns;
}

static void finish(struct loop *loop, const struct pending *item)
{
	uint64_t freed_ns;

	if (item->stamp != NULL)
		item->stamp->answered_ns = clock_now_ns();
	if (loop->connections[item->fd].generation == item->generation)
		send_answer(loop, item->fd);
	freed_ns = clock_now_ns();
	if (item->stamp != NULL)
		item->stamp->freed_ns = freed_ns;
	begin_next(loop, item->due_ns, freed_ns);
}

static void finish_due(struct loop *loop)
{
	while (get_next_due_ns(loop) <= clock_now_ns()) {
		struct pending item = loop->pending.items[loop->first++];

		finish(loop, &item);
	}
}

static struct reference_stamp *add_stamp(struct loop *loop, uint64_t now_ns)
{
	struct reference_stamp *stamp;

	if (loop->log->count == loop->config->capacity) {
		loop->log->lost++;
		return NULL;
	}
	stamp = &loop->log->stamps[loop->log->count++];
	stamp->received_ns = stamp->begun_ns = now_ns;
	return stamp;
}

static void take_request(struct loop *loop, int fd)
{
	uint64_t now_ns = clock_now_ns();
	struct pending item = {
		.fd = fd,
		.generation = loop->connections[fd].generation,
		.service_ns = reference_service_draw(loop->config, &loop->rng),
		.stamp = add_stamp(loop, now_ns),
	};
	bool is_alone = loop->first == loop->pending.count;

	item.due_ns = loop->config->is_one_worker ? NEVER : now_ns + item.service_ns;
	if (item.service_ns == 0 && is_alone) {
		item.due_ns = now_ns;
		finish(loop, &item);
		return;
	}
	add_pending(loop, item);
	if (is_alone)
		begin_next(loop, now_ns, now_ns);
}

/* Requests have no body: each ends with an empty line. */
static void take_requests(struct loop *loop, int fd)
{
	struct connection *connection = &loop->connections[fd];
	char *end;

	while (connection->bytes != NULL &&
	       (end = memmem(connection->bytes, connection->length, "\r\n\r\n", 4)) != NULL) {
		uint32_t used = (uint32_t)(end + 4 - connection->bytes);
		bool is_empty =
			used >= sizeof(empty_request) &&
			memcmp(connection->bytes, empty_request, sizeof(empty_request) - 1) == 0;

		connection->length -= used;
		memmove(connection->bytes, connection->bytes + used, connection->length);
		if (is_empty)
			send_answer(loop, fd);
		else
			take_request(loop, fd);
	}
}

static void read_connection(struct loop *loop, int fd)
{
	struct connection *connection = &loop->connections[fd];
	ssize_t got;

	if (connection->bytes == NULL) /* closed by an event before this one */
		return;
	got = recv(fd, connection->bytes + connection->length, REQUEST_BYTES - connection->length,
		   0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) { /* gone, or a request that is too long for it */
		close_connection(loop, fd);
		return;
	}
	connection->length += (uint32_t)got;
	take_requests(loop, fd);
}

/* ---- the loop ---- */

static void read_control(struct loop *loop)
{
	uint64_t begin_ns;
	ssize_t got = read(loop->control_fd, &begin_ns, sizeof(begin_ns));

	if (got == 0)
		loop->is_over = true;
	if (got != sizeof(begin_ns) || loop->config->freeze_for_ns == 0)
		return;
	loop->freeze_ns = begin_ns + loop->config->freeze_after_ns;
	loop->thaw_ns = loop->freeze_ns + loop->config->freeze_for_ns;
}

/* Until its time has come, or sonde is through. */
static void freeze(struct loop *loop)
{
	loop->log->freeze_ns = clock_now_ns();
	while (clock_now_ns() < loop->thaw_ns && !loop->is_over) {
		struct pollfd control = {.fd = loop->control_fd, .events = POLLIN};
		uint64_t left_ns = loop->thaw_ns - clock_now_ns();
		struct timespec left = {.tv_sec = (time_t)(left_ns / NS_PER_S),
					.tv_nsec = (long)(left_ns % NS_PER_S)};

		if ((int64_t)left_ns > 0 && ppoll(&control, 1, &left, NULL) > 0)
			read_control(loop);
	}
	loop->log->thaw_ns = clock_now_ns();
	loop->freeze_ns = NEVER;
}

static void arm_timer(struct loop *loop)
{
	uint64_t next_ns = get_next_due_ns(loop);
	struct itimerspec when = {0};

	if (loop->freeze_ns < next_ns)
		next_ns = loop->freeze_ns;
	if (next_ns == loop->armed_ns)
		return;
	loop->armed_ns = next_ns;
	if (next_ns != NEVER) { /* else all zero: disarmed */
		when.it_value.tv_sec = (time_t)(next_ns / NS_PER_S);
		when.it_value.tv_nsec = (long)(next_ns % NS_PER_S);
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static int wait_and_read(struct loop *loop)
{
	struct epoll_event events[EVENTS];
	uint64_t expirations;
	int count;

	arm_timer(loop);
	count = epoll_wait(loop->epoll_fd, events, EVENTS, -1);
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		int fd = events[i].data.fd;

		if (fd == loop->listen_fd)
			accept_all(loop);
		else if (fd == loop->control_fd)
			read_control(loop);
		else if (fd != loop->timer_fd)
			read_connection(loop, fd);
		else if (read(fd, &expirations, sizeof(expirations)) > 0)
			loop->armed_ns = NEVER;
	}
	return 0;
}

static int serve(struct loop *loop)
{
	const int fds[] = {loop->listen_fd, loop->control_fd, loop->timer_fd};
	int r = 0;

	if (loop->epoll_fd < 0 || loop->timer_fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};

		if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fds[i], &event) < 0)
			return -errno;
	}
	while (r == 0 && !loop->is_over) {
		if (clock_now_ns() >= loop->freeze_ns)
			freeze(loop);
		finish_due(loop);
		r = wait_and_read(loop);
	}
	return r;
}

/* "cpu_ns wait_ns slices"; without CONFIG_SCHED_INFO not there. */
static void read_schedstat(struct reference_log *log)
{
	struct strbuf text;
	char *rest;

	strbuf_init(&text, 256);
	if (fd_read_file(AT_FDCWD, "/proc/self/schedstat", &text) == 0) {
		log->cpu_ns = strtoull(strbuf_text(&text), &rest, 10);
		log->wait_ns = strtoull(rest, NULL, 10);
	}
	strbuf_release(&text);
}

int reference_loop_run(const struct reference_config *config, int listen_fd, int control_fd,
		       struct reference_log *log)
{
	struct loop loop = {
		.config = config,
		.log = log,
		.listen_fd = listen_fd,
		.control_fd = control_fd,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.connections = alloc_array(CONNECTIONS, sizeof(struct connection)),
		.armed_ns = NEVER,
		.freeze_ns = NEVER,
	};
	int r;

	rng_init(&loop.rng, config->seed);
	prctl(PR_SET_TIMERSLACK, 1);
	r = serve(&loop);
	read_schedstat(log);
	for (int fd = 0; fd < CONNECTIONS; fd++)
		if (loop.connections[fd].bytes != NULL)
			close_connection(&loop, fd);
	free(loop.connections);
	vec_release(&loop.pending);
	fd_close(loop.timer_fd);
	fd_close(loop.epoll_fd);
	return r;
}
