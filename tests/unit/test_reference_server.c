/*
 * The reference server: what it stamps, in which order it serves, that it freezes, and that it
 * ends. Loopback only; no time is asserted but what the stamps themselves must obey.
 */
#include "reference/reference_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reference/reference_ping.h"
#include "tap.h"
#include "util/clock.h"
#include "util/fd.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static struct reference_server *begin(const struct reference_config *config)
{
	struct reference_server *server = NULL;
	struct err err = {0};

	if (!ok(reference_server_start(&server, config, &err) == 0, "a server starts"))
		printf("# %s\n", err_text(&err));
	return server;
}

static int connect_to(const struct reference_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(reference_server_get_port(server)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ok(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "it accepts");
	return fd;
}

/* `count` requests at once, and all their answers. */
static bool ask(int fd, int count)
{
	char bytes[sizeof(answer)];

	for (int i = 0; i < count; i++)
		if (fd_write_all(fd, request, sizeof(request) - 1) < 0)
			return false;
	for (int i = 0; i < count; i++)
		if (recv(fd, bytes, sizeof(answer) - 1, MSG_WAITALL) != sizeof(answer) - 1 ||
		    memcmp(bytes, answer, sizeof(answer) - 1) != 0)
			return false;
	return true;
}

static const struct reference_log *end(struct reference_server *server)
{
	struct err err = {0};

	if (!ok(reference_server_stop(server, &err) == 0, "it ends when told"))
		printf("# %s\n", err_text(&err));
	return reference_server_get_log(server);
}

static void test_delay(void)
{
	const struct reference_config config = {.service_ns = 300000, .capacity = 4};
	scoped(reference_server_cleanup) struct reference_server *server = begin(&config);
	scoped(fd_cleanup) int fd = connect_to(server);
	struct reference_ping ping = {0};
	const struct reference_log *log;
	bool is_ordered = true;

	is_int(reference_ping_run(&ping, reference_server_get_port(server), 20000, 0, NULL), 0,
	       "a ping");
	ok(ping.count > 0 && ping.rtt_ns[0] > 0, "… has round trips");
	reference_ping_release(&ping);
	ok(ask(fd, 1) && ask(fd, 3), "requests are answered, also several at once");
	ok(ask(fd, 2), "… and past the room for stamps");
	log = end(server);
	is_int(log->count, 4, "each has a stamp, pings have none");
	is_int(log->lost, 2, "those without a stamp are counted");
	for (uint64_t i = 0; i < log->count; i++) {
		const struct reference_stamp *stamp = &log->stamps[i];

		is_ordered &= stamp->begun_ns == stamp->received_ns &&
			      stamp->answered_ns >= stamp->received_ns + 300000 &&
			      stamp->freed_ns >= stamp->answered_ns;
	}
	ok(is_ordered, "no answer before its delay");
	is_int(reference_server_stop(server, NULL), 0, "ending twice does nothing");
}

static void test_worker(void)
{
	const struct reference_config config = {.service = REFERENCE_EXPONENTIAL,
						.service_ns = 50000,
						.is_one_worker = true,
						.seed = 3,
						.capacity = 100};
	scoped(reference_server_cleanup) struct reference_server *server = begin(&config);
	scoped(fd_cleanup) int a = connect_to(server);
	scoped(fd_cleanup) int b = connect_to(server);
	const struct reference_log *log;
	bool is_one_by_one = true;

	ok(ask(a, 20) && ask(b, 20) && fd_write_all(b, request, sizeof(request) - 1) == 0 &&
		   ask(a, 9) && ask(b, 1),
	   "one worker answers");
	log = end(server);
	ok(log->count >= 50 && log->lost == 0, "each has a stamp");
	for (uint64_t i = 1; i < log->count && log->stamps[i].answered_ns > 0; i++)
		is_one_by_one &= log->stamps[i].begun_ns >= log->stamps[i - 1].freed_ns &&
				 log->stamps[i].begun_ns >= log->stamps[i].received_ns;
	ok(is_one_by_one, "one after the other, as they came");
}

static void test_freeze(void)
{
	const struct reference_config config = {
		.freeze_after_ns = 0, .freeze_for_ns = 30 * NS_PER_MS, .capacity = 10000};
	scoped(reference_server_cleanup) struct reference_server *server = begin(&config);
	scoped(fd_cleanup) int fd = connect_to(server);
	const struct reference_log *log;
	uint64_t begin_ns;

	ok(ask(fd, 1), "before the begin it is awake");
	begin_ns = clock_now_ns();
	is_int(reference_server_begin(server, begin_ns, NULL), 0, "it is told the begin");
	while (clock_now_ns() < begin_ns + 31 * NS_PER_MS && ask(fd, 1))
		;
	ok(ask(fd, 1), "after the thaw it answers");
	log = end(server);
	ok(log->freeze_ns >= begin_ns && log->thaw_ns >= begin_ns + 30 * NS_PER_MS,
	   "freeze and thaw are stamped");
	for (uint64_t i = 0; i < log->count; i++)
		if (log->stamps[i].received_ns >= log->freeze_ns &&
		    log->stamps[i].answered_ns < log->thaw_ns)
			ok(false, "nothing is answered in between");
}

/* A freeze is no reason to stay. */
static void test_end_in_freeze(void)
{
	const struct reference_config config = {.freeze_for_ns = 3600ull * NS_PER_S, .capacity = 1};
	scoped(reference_server_cleanup) struct reference_server *server = begin(&config);

	reference_server_begin(server, clock_now_ns(), NULL);
	end(server);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "nothing is left");
	reference_server_free(NULL);
}

static void test_bad_requests(void)
{
	const struct reference_config config = {.capacity = 1};
	scoped(reference_server_cleanup) struct reference_server *server = begin(&config);
	scoped(fd_cleanup) int fd = connect_to(server), other = connect_to(server);
	char bytes[4096];

	memset(bytes, 'x', sizeof(bytes));
	fd_write_all(fd, bytes, sizeof(bytes));
	ok(recv(fd, bytes, sizeof(bytes), 0) <= 0, "a request without an end is closed");
	ok(ask(other, 1), "… and the others do not mind");
	end(server);
}

int main(void)
{
	test_delay();
	test_worker();
	test_freeze();
	test_end_in_freeze();
	test_bad_requests();
	return tap_done();
}
