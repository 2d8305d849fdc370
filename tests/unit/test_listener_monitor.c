/*
 * Accept queues over the kernel itself: this test is its own service, listens on ports of loopback,
 * and leaves connections unaccepted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "monitor/service_sockets.h"
#include "tap.h"
#include "util/clock.h"

static struct monitor_context context;
static struct strbuf missing;
static struct series_list series;
static void *state;
static uint64_t now_ns = NS_PER_S;

static bool can_ask(void)
{
	struct socket_diag *diag = NULL;
	struct socket_entries entries = {0};
	struct err err = {0};
	int r = socket_diag_open(&diag, 0, &err);

	if (r == 0)
		r = socket_diag_list(diag,
				     &(struct socket_query){.family = AF_INET,
							    .is_listening = true,
							    .max_count = 1},
				     &entries, &err);
	socket_diag_close(diag);
	vec_release(&entries);
	if (r < 0)
		printf("1..0 # SKIP %s\n", err_text(&err));
	return r == 0;
}

/* `port` 0: any; SO_REUSEPORT lets several share one. */
static int listen_on(uint16_t *port, int backlog)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr = {htonl(INADDR_LOOPBACK)},
				      .sin_port = htons(*port)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, backlog) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -1;
	*port = ntohs(address.sin_port);
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr = {htonl(INADDR_LOOPBACK)},
				      .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void begin(pid_t service)
{
	struct monitor_target target = {.pid = service, .role = "self", .child_role = "workers"};
	struct monitor_config config = {.targets = &target, .target_count = 1};

	strbuf_init(&missing, 4096);
	context.missing = &missing;
	context.services = process_account_new(&config, &context.fs, &missing);
	process_account_update(context.services);
	context.sockets = service_sockets_new(&context);
	state = listener_monitor_ops.start(&context);
}

static void end(void)
{
	listener_monitor_ops.stop(state);
	service_sockets_free(context.sockets);
	process_account_free(context.services);
	series_list_release(&series);
	strbuf_release(&missing);
}

static void sample(void)
{
	now_ns += 10ull * NS_PER_S;
	listener_monitor_ops.sample(state, now_ns, &series);
}

/* The last value; -1 when there is none of this sample. */
static double get(const char *name, uint16_t port)
{
	char scope[16];
	const struct series *found;

	snprintf(scope, sizeof(scope), ":%u", port);
	found = series_list_find(&series, name, scope);
	if (found == NULL || found->points.items[found->points.count - 1].time_ns != now_ns)
		return -1;
	return found->points.items[found->points.count - 1].value;
}

static void test_queue(void)
{
	uint16_t port = 0, late = 0;
	int fd = listen_on(&port, 9), late_fd, waiting[4], accepted[3];

	begin(getpid());
	listener_monitor_ops.tick(state, now_ns);
	sample();
	is_int(series.count, 0, "queue: the first sample is the base");
	sample();
	ok(get("listener.queue", port) == 0 && get("listener.backlog", port) == 9 &&
		   get("listener.queue_max", port) == 0,
	   "queue: nobody waits");
	for (int i = 0; i < 4; i++)
		waiting[i] = connect_to(port);
	listener_monitor_ops.tick(state, now_ns);
	for (int i = 0; i < 3; i++)
		accepted[i] = accept(fd, NULL, NULL);
	late_fd = listen_on(&late, 3);
	sample();
	is_near(get("listener.queue", port), 1, 0, "queue: one waits at the end of the interval");
	is_near(get("listener.queue_max", port), 4, 0, "queue: four did within it");
	is_near(get("listener.backlog", late), 3, 0, "queue: a port that came later");
	sample();
	is_near(get("listener.queue_max", port), 1, 0, "queue: the most is of its interval");
	close(late_fd);
	sample();
	is_near(get("listener.queue", late), -1, 0,
		"queue: a port that is gone has no more points");
	is_str(strbuf_text(&missing), "", "queue: nothing is missing");
	for (int i = 0; i < 4; i++)
		close(waiting[i]);
	for (int i = 0; i < 3; i++)
		close(accepted[i]);
	close(fd);
	end();
}

/* The kernel chooses one of the sockets for each connection. */
static void test_fullest(void)
{
	uint16_t port = 0;
	int fds[2], waiting[8];
	double queue, backlog;

	fds[0] = listen_on(&port, 100);
	fds[1] = listen_on(&port, 50);
	begin(getpid());
	sample();
	sample();
	is_near(get("listener.backlog", port), 50, 0, "fullest: of empty ones the smallest");
	for (int i = 0; i < 8; i++)
		waiting[i] = connect_to(port);
	sample();
	queue = get("listener.queue", port);
	backlog = get("listener.backlog", port);
	ok(queue >= 1 && queue <= 8 && get("listener.queue_max", port) >= queue,
	   "fullest: one socket's queue");
	/* with q of 8 at the second one it is the fuller one when q / 51 > (8 - q) / 101 */
	ok((backlog >= 50 && backlog <= 50 && queue >= 3) ||
		   (backlog >= 100 && backlog <= 100 && queue >= 6),
	   "fullest: with its own limit");
	for (int i = 0; i < 8; i++)
		close(waiting[i]);
	close(fds[0]);
	close(fds[1]);
	end();
}

/* Listens where this process does not, until `until` is closed. Returns where. */
static pid_t start_child(int stranger, uint16_t *ret_port, int *ret_until)
{
	int answer[2], until[2];
	pid_t pid;

	*ret_port = 0;
	if (pipe(answer) < 0 || pipe(until) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		char end;

		close(stranger);
		close(until[1]);
		if (listen_on(ret_port, 5) < 0 ||
		    write(answer[1], ret_port, sizeof(*ret_port)) < 0 ||
		    read(until[0], &end, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(answer[1]);
	close(until[0]);
	*ret_until = until[1];
	if (read(answer[0], ret_port, sizeof(*ret_port)) != sizeof(*ret_port))
		*ret_port = 0;
	close(answer[0]);
	return pid;
}

static void test_owners(void)
{
	uint16_t stranger = 0, childs;
	int fd = listen_on(&stranger, 5), until;
	pid_t child = start_child(fd, &childs, &until);

	begin(getpid());
	sample();
	sample();
	ok(get("listener.backlog", stranger) > 0 && get("listener.backlog", childs) > 0,
	   "owners: a service's sockets, and its children's");
	end();
	begin(child);
	sample();
	sample();
	ok(get("listener.backlog", childs) > 0, "owners: the socket of another service");
	is_near(get("listener.backlog", stranger), -1, 0, "owners: and nobody else's");
	end();
	close(until);
	waitpid(child, NULL, 0);
	close(fd);
}

static void test_other_root(void)
{
	struct monitor_target target = {.pid = 1, .role = "init", .child_role = "all"};
	struct monitor_config config = {.targets = &target, .target_count = 1};

	strbuf_init(&missing, 4096);
	if (proc_file_init(&context.fs, "/nowhere") < 0)
		abort();
	context.services = process_account_new(&config, &context.fs, &missing);
	context.sockets = service_sockets_new(&context);
	ok(listener_monitor_ops.start(&context) == NULL, "another root: there is nobody to ask");
	process_account_free(context.services);
	strbuf_release(&missing);
}

int main(void)
{
	if (!can_ask())
		return 0;
	test_queue();
	test_fullest();
	test_owners();
	test_other_root();
	return tap_done();
}
