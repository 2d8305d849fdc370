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
	int server;
};

static void open_pair(struct pair *pair)
{
	int fds[2] = {-1, -1};

	connection_init(&pair->connection, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		ok(false, "socketpair");
	connection_adopt(&pair->connection, fds[0]);
	pair->server = fds[1];
}

static void close_pair(struct pair *pair)
{
	connection_release(&pair->connection);
	fd_close(pair->server);
}

static ssize_t receive(struct pair *pair)
{
	uint64_t before_ns = clock_now_ns(), now_ns = 0;
	ssize_t got = connection_receive(&pair->connection, buffer, sizeof(buffer), &now_ns);

	if (now_ns < before_ns || now_ns > clock_now_ns())
		ok(false, "the clock was read in between");
	return got;
}

static void test_traffic(void)
{
	struct pair pair;
	char got[64] = "";
	uint64_t allocations;
	bool right = true;

	open_pair(&pair);
	is_int(receive(&pair), -EAGAIN, "nothing has come");
	allocations = alloc_get_count();
	for (int i = 0; i < 1000; i++) {
		right = right && connection_send(&pair.connection, "ping", 4, false) == 1 &&
			read(pair.server, got, sizeof(got)) == 4 &&
			write(pair.server, "pong!", 5) == 5 && receive(&pair) == 5;
	}
	ok(right, "a thousand questions and answers");
	is_int(alloc_get_count() - allocations, 0, "without an allocation");
	shutdown(pair.server, SHUT_WR);
	is_int(receive(&pair), 0, "the end");
	close_pair(&pair);

	open_pair(&pair);
	connection_send(&pair.connection, "ping", 4, false);
	fd_close(pair.server); /* with the request unread: a reset */
	pair.server = -1;
	is_int(receive(&pair), -ECONNRESET, "a reset");
	is_int(connection_send(&pair.connection, "ping", 4, false), -EPIPE,
	       "a request on a closed connection, and no signal");
	close_pair(&pair);
}

/* What the socket does not take at once goes out in parts, in order, borrowed or copied. */
static void test_partial(bool is_lasting)
{
	enum { BYTES = 4 << 20, TAIL = 5000 };
	static unsigned char bytes[BYTES + TAIL];
	struct pair pair;
	size_t taken = 0;
	bool right = true;
	int r;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 >> 3);
	open_pair(&pair);
	r = connection_send(&pair.connection, (const char *)bytes, BYTES, is_lasting);
	is_int(r, 0, is_lasting ? "not all of a lasting message at once" : "nor of a passing one");
	ok(connection_has_output(&pair.connection), "  the rest is kept");
	r = connection_send(&pair.connection, (const char *)bytes + BYTES, TAIL, false);
	is_int(r, 0, "  what follows waits behind it");
	for (;;) {
		ssize_t n = read(pair.server, buffer, sizeof(buffer));

		if (n <= 0 && r != 0)
			break;
		if (n > 0 && memcmp(buffer, bytes + taken, (size_t)n) != 0)
			right = false;
		taken += n > 0 ? (size_t)n : 0;
		if (r == 0)
			r = connection_flush(&pair.connection);
	}
	is_int(r, 1, "  but in the end");
	is_int(taken, sizeof(bytes), "  every byte of it");
	ok(right, "  in order");
	ok(!connection_has_output(&pair.connection), "  nothing is left");
	close_pair(&pair);
}

static void test_exchanges(void)
{
	struct pair pair;
	struct exchange exchanges[3] = {0};

	open_pair(&pair);
	for (int i = 0; i < 3; i++)
		connection_push(&pair.connection, &exchanges[i]);
	is_int(pair.connection.in_flight_count, 3, "three in flight");
	connection_remove(&pair.connection, &exchanges[1]);
	ok(pair.connection.first == &exchanges[0] && exchanges[0].behind == &exchanges[2],
	   "one from the middle");
	connection_remove(&pair.connection, &exchanges[2]);
	ok(pair.connection.last == &exchanges[0], "the last");
	connection_remove(&pair.connection, &exchanges[0]);
	ok(pair.connection.first == NULL && pair.connection.last == NULL, "and the first");
	ok(sizeof(struct connection) + sizeof(struct exchange) <= 1024,
	   "an idle connection takes at most 1 KB");
	close_pair(&pair);
}

int main(void)
{
	test_traffic();
	test_partial(true);
	test_partial(false);
	test_exchanges();
	return tap_done();
}
