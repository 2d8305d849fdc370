#include "lab/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/fmt.h"
#include "wire/http1.h"
#include "wire/url.h"

enum { LOOK_MS = 20, ATTEMPT_S = 2, OUTPUT_CHUNK_BYTES = 64 * 1024 };

static int look(const struct readiness_check *check, struct err *err)
{
	return check->look != NULL ? check->look(check->context, err) : 0;
}

/* Sleeps until the time, looking up in between. */
static int sleep_until(const struct readiness_check *check, uint64_t time_ns, struct err *err)
{
	uint64_t now;
	int r;

	while ((r = look(check, err)) == 0 && (now = clock_now_ns()) < time_ns) {
		uint64_t step = now + LOOK_MS * (uint64_t)NS_PER_MS;

		/* a signal: look at once */
		(void)clock_sleep_until_ns(step < time_ns ? step : time_ns);
	}
	return r;
}

/*
 * 1 when the descriptor is ready for `events`, 0 with the reason at the deadline, negative when
 * `look` says so.
 */
static int wait_for(const struct readiness_check *check, int fd, short events, uint64_t deadline_ns,
		    struct err *why_not)
{
	for (;;) {
		struct pollfd entry = {.fd = fd, .events = events};
		int r = look(check, why_not);

		if (r < 0)
			return r;
		if (poll(&entry, 1, LOOK_MS) > 0)
			return 1;
		if (clock_now_ns() >= deadline_ns) {
			err_set(why_not, -ETIMEDOUT, "no answer in time");
			return 0;
		}
	}
}

/* "Connection refused" → "connection refused": it stands inside a sentence. */
static int fail_soft(struct err *why_not, int code)
{
	err_set(why_not, code, "%s", strerror(-code));
	if (why_not != NULL && why_not->text[0] >= 'A' && why_not->text[0] <= 'Z' &&
	    why_not->text[1] >= 'a')
		why_not->text[0] = (char)(why_not->text[0] + ('a' - 'A'));
	return 0;
}

/* As all calls here: 1 = connected, 0 = not, with the reason. */
static int connect_address(const struct readiness_check *check, const struct addrinfo *address,
			   uint64_t deadline_ns, int *ret_fd, struct err *why_not)
{
	scoped(fd_cleanup) int fd =
		socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(int);
	int failure = 0, r;

	if (fd < 0)
		return fail_soft(why_not, -errno);
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		if (errno != EINPROGRESS && errno != EINTR)
			return fail_soft(why_not, -errno);
		r = wait_for(check, fd, POLLOUT, deadline_ns, why_not);
		if (r <= 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
			failure = errno;
		if (failure != 0)
			return fail_soft(why_not, -failure);
	}
	*ret_fd = fd;
	fd = -1;
	return 1;
}

static int connect_socket(const struct readiness_check *check, const char *path,
			  uint64_t deadline_ns, int *ret_fd, struct err *why_not)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const struct addrinfo address = {.ai_family = AF_UNIX,
					 .ai_addr = (struct sockaddr *)&name,
					 .ai_addrlen = sizeof(name)};

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return connect_address(check, &address, deadline_ns, ret_fd, why_not);
}

/* The first address of the host that accepts; the reason is that of the last. */
static int connect_host(const struct readiness_check *check, const struct url *url,
			uint64_t deadline_ns, int *ret_fd, struct err *why_not)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses;
	char port[8];
	int r;

	if (url->socket_path[0] != '\0')
		return connect_socket(check, url->socket_path, deadline_ns, ret_fd, why_not);
	snprintf(port, sizeof(port), "%u", (unsigned)url->port);
	r = getaddrinfo(url->host, port, &hints, &addresses);
	if (r != 0) {
		err_set(why_not, -EHOSTUNREACH, "host '%s': %s", url->host, gai_strerror(r));
		return 0;
	}
	r = 0;
	for (const struct addrinfo *address = addresses; r == 0 && address != NULL;
	     address = address->ai_next)
		r = connect_address(check, address, deadline_ns, ret_fd, why_not);
	freeaddrinfo(addresses);
	return r;
}

static int poll_tcp(const struct readiness_check *check, uint64_t deadline_ns, struct err *why_not)
{
	scoped(fd_cleanup) int fd = -1;
	struct url url;
	int r = url_parse(&url, check->ready->what, why_not);

	return r < 0 ? r : connect_host(check, &url, deadline_ns, &fd, why_not);
}

static int send_all(const struct readiness_check *check, int fd, const struct strbuf *request,
		    uint64_t deadline_ns, struct err *why_not)
{
	for (size_t sent = 0; sent < request->length;) {
		ssize_t got = send(fd, request->data + sent, request->length - sent, MSG_NOSIGNAL);
		int r;

		if (got >= 0) {
			sent += (size_t)got;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return fail_soft(why_not, -errno);
		r = wait_for(check, fd, POLLOUT, deadline_ns, why_not);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* Reads until the head of the answer is there: its status is all that is asked. */
static int read_status(const struct readiness_check *check, int fd, uint64_t deadline_ns,
		       struct http1_response *response, struct err *why_not)
{
	char bytes[4096];

	http1_response_begin(response, false);
	while (response->status < 200) {
		int r = wait_for(check, fd, POLLIN, deadline_ns, why_not);
		ssize_t got;

		if (r <= 0)
			return r;
		got = recv(fd, bytes, sizeof(bytes), 0);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return fail_soft(why_not, -errno);
		if (got == 0)
			r = http1_response_end(response);
		else
			r = http1_response_feed(response, bytes, (size_t)got, NULL) < 0 ? -EBADMSG
											: 0;
		if (r < 0) {
			err_set(why_not, r, "no HTTP answer: %s",
				http1_error_text(response->error));
			return 0;
		}
	}
	return 1;
}

static int poll_http(const struct readiness_check *check, uint64_t deadline_ns, struct err *why_not)
{
	scoped(strbuf_release) struct strbuf request;
	scoped(fd_cleanup) int fd = -1;
	struct http1_response response;
	struct url url;
	int r = url_parse(&url, check->ready->what, why_not);

	strbuf_init(&request, sizeof(url) + 256);
	if (r == 0 && url.is_tls)
		r = err_set(why_not, -EOPNOTSUPP,
			    "'%s': readiness is not asked over https; wait for its port instead, "
			    "with tcp: HOST:PORT",
			    check->ready->what);
	if (r == 0)
		r = http1_add_request_line(&request, "GET", url.path, why_not);
	if (r == 0)
		r = http1_add_header(&request, "Host", url.authority, why_not);
	if (r == 0)
		r = http1_add_header(&request, "Connection", "close", why_not);
	if (r < 0)
		return r;
	http1_add_end(&request, false, 0);
	r = connect_host(check, &url, deadline_ns, &fd, why_not);
	if (r == 1)
		r = send_all(check, fd, &request, deadline_ns, why_not);
	if (r == 1)
		r = read_status(check, fd, deadline_ns, &response, why_not);
	if (r == 1 && response.status != check->ready->status) {
		err_set(why_not, -EPROTO, "status %u instead of %u", (unsigned)response.status,
			(unsigned)check->ready->status);
		r = 0;
	}
	return r;
}

/*
 * Looks at what was written since the last time. The text has no line end, so it lies within one
 * line.
 */
static int poll_log(struct readiness_check *check, struct err *why_not)
{
	const char *text = check->ready->what;
	size_t length = strlen(text);
	scoped(fd_cleanup) int fd = -1;
	scoped_free char *bytes = alloc_array(OUTPUT_CHUNK_BYTES + length, 1);

	if (check->output_path == NULL)
		return err_set(why_not, -EINVAL, "'log' needs a service whose output sonde keeps");
	fd = open(check->output_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_soft(why_not, -errno);
	for (;;) {
		ssize_t got =
			pread(fd, bytes, OUTPUT_CHUNK_BYTES + length, (off_t)check->output_offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_soft(why_not, -errno);
		if (memmem(bytes, (size_t)got, text, length) != NULL)
			return 1;
		if ((size_t)got < length)
			break;
		/* the last bytes may be the begin of the text */
		check->output_offset += (size_t)got - (length - 1);
	}
	err_set(why_not, -EAGAIN, "no '%s' in its output", text);
	return 0;
}

int readiness_poll_once(struct readiness_check *check, uint64_t deadline_ns, struct err *why_not)
{
	switch (check->ready->kind) {
	case PLAN_READY_NONE:
		return 1;
	case PLAN_READY_HTTP:
		return poll_http(check, deadline_ns, why_not);
	case PLAN_READY_TCP:
		return poll_tcp(check, deadline_ns, why_not);
	case PLAN_READY_LOG:
		return poll_log(check, why_not);
	case PLAN_READY_EXEC:
		return check->exec(check->context, check->ready->what, deadline_ns, why_not);
	}
	return -EINVAL;
}

int readiness_wait(struct readiness_check *check, struct err *err)
{
	const struct plan_ready *ready = check->ready;
	uint64_t begin = clock_now_ns(), limit = begin + ready->attempts * ready->every_ns;
	uint64_t patience = ATTEMPT_S * (uint64_t)NS_PER_S;
	char text[FMT_BYTES];
	struct err why_not = {0};

	if (ready->every_ns > patience)
		patience = ready->every_ns;
	for (uint32_t attempt = 1; attempt <= ready->attempts; attempt++) {
		uint64_t now = clock_now_ns();
		uint64_t deadline = now + patience < limit ? now + patience : limit;
		int r = look(check, &why_not);

		if (r == 0)
			r = readiness_poll_once(check, deadline, &why_not);
		if (r == 1)
			return 0;
		if (r == 0 && attempt < ready->attempts)
			r = sleep_until(check, begin + attempt * ready->every_ns, &why_not);
		if (r < 0)
			return err_set(err, r, "%s", err_text(&why_not));
		if (clock_now_ns() >= limit)
			break;
	}
	return err_set(err, -ETIMEDOUT, "%s (tried for %s)", err_text(&why_not),
		       fmt_duration(text, (double)(clock_now_ns() - begin)));
}
