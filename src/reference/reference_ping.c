#include "reference/reference_ping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/vec.h"
#include "wire/http1.h"

enum { FIRST_FEW = 16 }; /* caches and the connection's first windows */

static const char request[] = "GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n";

static int connect_to(uint16_t port, int *ret_fd, struct err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval timeout = {.tv_sec = 5};
	scoped(fd_cleanup) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
		return err_set(err, -errno, "cannot ping the reference server on port %u: %s", port,
			       strerror(errno));
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int receive_answer(int fd)
{
	struct http1_response response;
	char bytes[512];

	http1_response_begin(&response, false);
	while (!response.is_complete) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ECONNRESET;
		if (http1_response_feed(&response, bytes, (size_t)got, NULL) < 0)
			return -EBADMSG;
	}
	return 0;
}

static int ping_once(int fd, uint64_t *ret_rtt_ns)
{
	uint64_t sent_ns = clock_now_ns();
	int r = 0;

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return -errno;
	r = receive_answer(fd);
	*ret_rtt_ns = clock_now_ns() - sent_ns;
	return r;
}

static int ping_paced(int fd, double rate_hz, uint64_t duration_ns, struct reference_ping *ping)
{
	uint64_t begin_ns = clock_now_ns(), end_ns = begin_ns + duration_ns;
	VEC(uint64_t) rtts = {0};
	int r = 0;

	for (uint64_t k = 0; r == 0 && (k <= FIRST_FEW || clock_now_ns() < end_ns); k++) {
		uint64_t rtt_ns = 0;

		while (clock_sleep_until_ns(begin_ns + (uint64_t)((double)k * 1e9 / rate_hz)) ==
		       -EINTR)
			; /* a signal: the owner looks at it between two steps */
		r = ping_once(fd, &rtt_ns);
		if (r == 0 && k >= FIRST_FEW)
			vec_push(&rtts, rtt_ns);
	}
	if (r < 0) {
		vec_release(&rtts);
		return r;
	}
	*ping = (struct reference_ping){.rtt_ns = rtts.items, .count = (uint32_t)rtts.count};
	return 0;
}

int reference_ping_run(struct reference_ping *ret_ping, uint16_t port, double rate_hz,
		       uint64_t duration_ns, struct err *err)
{
	scoped(fd_cleanup) int fd = -1;
	int slack = prctl(PR_GET_TIMERSLACK);
	int r = connect_to(port, &fd, err);

	if (r < 0)
		return r;
	prctl(PR_SET_TIMERSLACK, 1); /* of this thread: else it sleeps 50 us too long */
	r = ping_paced(fd, rate_hz, duration_ns, ret_ping);
	prctl(PR_SET_TIMERSLACK, slack);
	return r < 0 ? err_set(err, r, "the reference server does not answer a ping: %s",
			       strerror(-r))
		     : 0;
}

void reference_ping_release(struct reference_ping *ping)
{
	free(ping->rtt_ns);
	*ping = (struct reference_ping){0};
}
