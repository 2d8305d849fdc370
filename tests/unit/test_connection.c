#include "load/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

static char buffer[65536];

struct pair {
	struct connection connection;
	struct message message;
	struct load_request request;
	int server;
};

static void open_pair(struct pair *pair, const char *method, const char *needle)
{
	int fds[2] = {-1, -1};

	pair->request = (struct load_request){
		.name = "r", .method = method, .path = "/", .expect.body_contains = needle};
	message_init(&pair->message, &pair->request, "h", NULL);
	connection_init(&pair->connection, 0, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		ok(false, "socketpair");
	connection_adopt(&pair->connection, fds[0]);
	pair->server = fds[1];
}

static void close_pair(struct pair *pair)
{
	connection_release(&pair->connection);
	message_release(&pair->message);
	fd_close(pair->server);
}

static int send_one(struct pair *pair)
{
	return connection_send(&pair->connection, &pair->message, pair->message.constant,
			       pair->message.constant_length);
}

static enum connection_event receive(struct pair *pair)
{
	uint64_t before_ns = clock_now_ns(), now_ns = 0;
	enum connection_event event =
		connection_receive(&pair->connection, buffer, sizeof(buffer), &now_ns);

	if (now_ns < before_ns || now_ns > clock_now_ns())
		ok(false, "the clock was read in between");
	return event;
}

static void answer(struct pair *pair, const char *text)
{
	if (fd_write_all(pair->server, text, strlen(text)) < 0)
		ok(false, "the server writes");
}

static void is_failure(struct pair *pair, enum failure_cause cause, int64_t detail,
		       const char *what)
{
	is_int(receive(pair), CONNECTION_FAILED, what);
	is_int(pair->connection.failure.error, LOAD_ERROR_PROTOCOL, "  a protocol error");
	is_int(pair->connection.failure.cause, cause, "  its cause");
	is_int(pair->connection.failure.detail, detail, "  its detail");
}

static void test_answers(void)
{
	struct pair pair;
	char got[256] = "";
	uint64_t allocations;
	bool right = true;

	open_pair(&pair, "GET", NULL);
	is_int(send_one(&pair), 1, "the request goes out at once");
	ok(read(pair.server, got, sizeof(got) - 1) > 0, "the server has it");
	is_str(got, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "  whole");
	is_int(receive(&pair), CONNECTION_NOTHING, "no answer yet");
	answer(&pair, "HTTP/1.1 200 OK\r\nContent-");
	is_int(receive(&pair), CONNECTION_NOTHING, "a part of it");
	answer(&pair, "Length: 2\r\n\r\nok");
	is_int(receive(&pair), CONNECTION_ANSWERED, "the answer");
	is_int(pair.connection.response.status, 200, "  status");
	is_int(pair.connection.bytes_in, 40, "  bytes on the wire");
	allocations = alloc_get_count();
	for (int i = 0; i < 1000; i++) {
		right = right && send_one(&pair) == 1 && read(pair.server, got, sizeof(got)) > 0;
		answer(&pair,
		       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
		right = right && receive(&pair) == CONNECTION_ANSWERED &&
			pair.connection.response.body_bytes == 2;
	}
	ok(right, "a thousand more");
	is_int(alloc_get_count() - allocations, 0, "without an allocation");
	close_pair(&pair);

	open_pair(&pair, "HEAD", NULL);
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	is_int(receive(&pair), CONNECTION_ANSWERED, "HEAD has no body");
	close_pair(&pair);
}

static void test_failures(void)
{
	struct pair pair;

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!");
	is_failure(&pair, FAILURE_EXTRA_BYTES, 0, "bytes after the end");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	answer(&pair, "SSH-2.0\r\n");
	is_failure(&pair, FAILURE_HTTP, HTTP1_BAD_STATUS_LINE, "no HTTP");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	shutdown(pair.server, SHUT_WR);
	is_failure(&pair, FAILURE_HTTP, HTTP1_CLOSED_BEFORE, "closed before the answer");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
	is_int(receive(&pair), CONNECTION_NOTHING, "half an answer");
	shutdown(pair.server, SHUT_WR);
	is_failure(&pair, FAILURE_HTTP, HTTP1_CLOSED_INSIDE, "closed inside of it");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	fd_close(pair.server); /* with the request unread: a reset */
	pair.server = -1;
	is_failure(&pair, FAILURE_READ, ECONNRESET, "reset");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	fd_close(pair.server);
	pair.server = -1;
	is_int(send_one(&pair), -EPIPE, "a request on a closed connection, and no signal");
	close_pair(&pair);
}

static void test_idle(void)
{
	struct pair pair;

	open_pair(&pair, "GET", NULL);
	shutdown(pair.server, SHUT_WR);
	is_int(receive(&pair), CONNECTION_LOST, "closed while idle harms no request");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	answer(&pair, "HTTP/1.1 408 Too slow\r\n\r\n");
	is_int(receive(&pair), CONNECTION_LOST, "bytes that nobody asked for spoil the connection");
	close_pair(&pair);

	open_pair(&pair, "GET", NULL);
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
	is_int(receive(&pair), CONNECTION_NOTHING, "a body without a length");
	shutdown(pair.server, SHUT_WR);
	is_int(receive(&pair), CONNECTION_ANSWERED, "ends with the connection");
	ok(!pair.connection.response.is_keep_alive, "which is not used again");
	close_pair(&pair);
}

static void test_search(void)
{
	struct pair pair;
	struct strbuf body;

	open_pair(&pair, "GET", "needle");
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na "
		      "nee\r\n4\r\ndle.\r\n0\r\n\r\n");
	is_int(receive(&pair), CONNECTION_ANSWERED, "a body in chunks");
	is_int(pair.connection.matched, 6, "the text is found across them");
	close_pair(&pair);

	strbuf_init(&body, STRBUF_MAX_DEFAULT);
	open_pair(&pair, "GET", "needle");
	send_one(&pair);
	answer(&pair, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n");
	while (body.length < 69994)
		strbuf_add_char(&body, 'x');
	strbuf_add_text(&body, "needle");
	for (size_t at = 0; at < body.length; at += 1000) {
		is_int(write(pair.server, body.data + at, 1000), 1000, "the server writes");
		if (receive(&pair) == CONNECTION_ANSWERED)
			break;
	}
	ok(pair.connection.response.is_complete, "a long body");
	is_int(pair.connection.matched, 0, "is searched in its first 64 KB only");
	close_pair(&pair);
	strbuf_release(&body);
}

/* A request larger than the socket's buffer goes out in parts. */
static void test_partial(void)
{
	static char body[4 << 20], got[1 << 16];
	struct pair pair;
	size_t taken = 0;
	int r;

	memset(body, 'x', sizeof(body));
	open_pair(&pair, "GET", NULL);
	message_release(&pair.message);
	pair.request.body = body;
	pair.request.body_length = sizeof(body);
	message_init(&pair.message, &pair.request, "h", NULL);
	r = send_one(&pair);
	is_int(r, 0, "not all of it at once");
	while (r == 0) {
		ssize_t n = read(pair.server, got, sizeof(got));

		if (n <= 0)
			break;
		taken += (size_t)n;
		r = connection_go_on(&pair.connection);
	}
	is_int(r, 1, "but in the end");
	for (ssize_t n; (n = read(pair.server, got, sizeof(got))) > 0;)
		taken += (size_t)n;
	is_int(taken, pair.message.constant_length, "every byte of it");
	close_pair(&pair);
}

int main(void)
{
	test_answers();
	test_failures();
	test_idle();
	test_search();
	test_partial();
	return tap_done();
}
