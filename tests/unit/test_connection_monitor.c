/*
 * Connections of a service over the kernel itself: this test is its own service and its clients, on
 * loopback. What TCP measures is held to bounds, what it counts is exact.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "monitor/service_sockets.h"
#include "tap.h"
#include "util/clock.h"

enum { FEW = 3, MANY = 300, UNREAD_BYTES = 4 << 20 };

static struct monitor_context context;
static struct strbuf missing;
static struct series_list series;
static void *state;
static uint64_t now_ns = NS_PER_S;
static int listener, clients[MANY], servers[MANY], count;
static struct sockaddr_in address;

static bool can_ask(void)
{
	struct socket_diag *diag = NULL;
	struct socket_entries entries = {0};
	struct err err = {0};
	int r = socket_diag_open(&diag, 0, &err);

	if (r == 0)
		r = socket_diag_list(diag,
				     &(struct socket_query){.family = AF_INET, .max_count = 1},
				     &entries, &err);
	socket_diag_close(diag);
	vec_release(&entries);
	if (r < 0)
		printf("1..0 # SKIP %s\n", err_text(&err));
	return r == 0;
}

static void listen_here(void)
{
	socklen_t length = sizeof(address);

	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ok(listener >= 0 && bind(listener, (struct sockaddr *)&address, length) == 0 &&
		   listen(listener, 16) == 0 &&
		   getsockname(listener, (struct sockaddr *)&address, &length) == 0,
	   "a socket listens");
}

static void connect_until(int wanted)
{
	for (; count < wanted; count++) {
		clients[count] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(clients[count], (struct sockaddr *)&address, sizeof(address)) < 0)
			break;
		servers[count] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	}
	is_int(count, wanted, "clients connect");
}

static void begin(void)
{
	struct monitor_target target = {.pid = getpid(), .role = "self", .child_role = "workers"};
	struct monitor_config config = {.targets = &target, .target_count = 1};

	strbuf_init(&missing, 4096);
	context.missing = &missing;
	context.services = process_account_new(&config, &context.fs, &missing);
	process_account_update(context.services);
	context.sockets = service_sockets_new(&context);
	state = connection_monitor_ops.start(&context);
}

static void end(void)
{
	connection_monitor_ops.stop(state);
	service_sockets_free(context.sockets);
	process_account_free(context.services);
	series_list_release(&series);
	strbuf_release(&missing);
}

/* An hour apart: no look or count waits for its time. */
static void sample(void)
{
	now_ns += 3600ull * NS_PER_S;
	service_sockets_update(context.sockets, now_ns);
	connection_monitor_ops.sample(state, now_ns, &series);
}

static double get(const char *name)
{
	const struct series *found = series_list_find(&series, name, "self");

	if (found == NULL || found->points.items[found->points.count - 1].time_ns != now_ns)
		return -1;
	return found->points.items[found->points.count - 1].value;
}

static void test_few(void)
{
	sample();
	is_int(series.count, 0, "few: the first sample is the base");
	sample();
	is_near(get("connection.count"), 0, 0, "few: nobody is connected");
	is_near(get("connection.rtt"), -1, 0, "few: and nothing is said of nobody");
	connect_until(FEW);
	sample();
	is_near(get("connection.count"), FEW, 0, "few: the service's ends, not the clients'");
	ok(get("connection.rtt") > 0 && get("connection.rtt") < 1e9, "few: a round trip's time");
	is_near(get("connection.busy_ratio"), -1, 0, "few: what grows needs a second look");
	sample();
	is_near(get("connection.retransmits"), 0, 0, "few: nothing is sent again");
	is_near(get("connection.not_sent_bytes"), 0, 0, "few: nothing waits");
	ok(get("connection.busy_ratio") >= 0 && get("connection.busy_ratio") < 0.1 &&
		   get("connection.rwnd_limited_ratio") >= 0,
	   "few: it is quiet");
}

/* The client does not read: what the service writes stays with it. */
static void test_unread(void)
{
	static char chunk[65536];
	size_t written = 0;
	int size = UNREAD_BYTES;
	ssize_t r = 0;

	setsockopt(servers[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while (written < 8 * (size_t)UNREAD_BYTES && r >= 0) {
		r = write(servers[0], chunk, sizeof(chunk));
		written += r > 0 ? (size_t)r : 0;
	}
	ok(r < 0 && errno == EAGAIN, "unread: the service writes until nothing more is taken");
	sample();
	ok(get("connection.not_sent_bytes") > 0, "unread: bytes wait to be sent");
}

static void test_many(void)
{
	connect_until(MANY);
	sample();
	is_near(get("connection.count"), MANY, 0, "many: all are counted");
	ok(get("connection.rtt") > 0, "many: some are looked at");
	now_ns += 1;
	connection_monitor_ops.sample(state, now_ns, &series);
	is_near(get("connection.count"), -1, 0, "many: at once again would cost too much");
	is_near(get("connection.rtt"), -1, 0, "many: looking, too");
	for (int i = 1; i < MANY; i++) {
		close(clients[i]);
		close(servers[i]);
	}
	sample();
	is_near(get("connection.count"), 1, 0, "many: those that are closed are gone");
	close(clients[0]);
	close(servers[0]);
	close(listener);
	sample();
	is_near(get("connection.count"), -1, 0, "many: who listens nowhere has no series");
	is_str(strbuf_text(&missing), "", "many: nothing is missing");
}

int main(void)
{
	struct rlimit limit;

	if (!can_ask())
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 4 * MANY &&
	    limit.rlim_max >= 4 * MANY) {
		limit.rlim_cur = 4 * MANY;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	listen_here();
	begin();
	test_few();
	test_unread();
	test_many();
	end();
	return tap_done();
}
