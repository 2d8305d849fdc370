/*
 * gateway: a small function gateway, in two architectures.
 *
 *	proxy		client ⇄ gateway ⇄ worker
 *			each byte passes the gateway
 *	zero-copy	client ⇄ gateway → worker, then client ⇄ worker
 *			the gateway reads a connection's first request and hands it over
 *			  (SCM_RIGHTS)
 *
 * Reading order: http.h and answer.h (bytes ↔ structs), client.h (a connection), link.h (gateway ↔
 * worker), pool.h and worker.h (the two ends of that), functions.h and runtime.h (what is called).
 * This file: options, the listening socket, signals, and which hooks make which architecture.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "functions.h"
#include "loop.h"
#include "options.h"
#include "pool.h"
#include "trouble.h"

#define EXIT_WRONG_USAGE 64
#define BACKLOG 1024
#define DESCRIPTORS_SPARE 128 /* in each process, for what is not a client's */
#define ACCEPTS_MAX 64	      /* then it is the others' turn */

struct gateway {
	struct options options;
	struct functions functions;
	struct loop loop;
	struct watch listener;
	struct watch signals;
	bool is_accepting; /* not while the process is out of descriptors */
	struct clients clients;
	struct pool pool;
};

/* ---- the hooks: who calls the function ---- */

static void answer_busy(struct client *client)
{
	struct answer answer = answer_status(503);

	client_answer(client, &answer);
}

static void proxy_call(struct client *client, const struct function *function, const char *body,
		       size_t size)
{
	if (pool_call(client->home->owner, client, function, body, size) < 0)
		answer_busy(client);
}

static bool zero_copy_take(struct client *client)
{
	return pool_give(client->home->owner, client) == 0;
}

/* Only reached by clients that no worker had room for. */
static void zero_copy_call(struct client *client, const struct function *function, const char *body,
			   size_t size)
{
	(void)function;
	(void)body;
	(void)size;
	answer_busy(client);
}

/* ---- the loop's ends ---- */

static void tell(const char *sentence)
{
	(void)fprintf(stderr, "gateway: %s\n", sentence);
}

static void listener_ready(struct watch *watch, uint32_t events)
{
	struct gateway *gateway = container_of(watch, struct gateway, listener);
	const int on = 1;

	(void)events;
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			/* The connection stays in the backlog and would wake us again at once. */
			gateway->is_accepting = false;
			loop_change(&gateway->loop, watch, 0);
			return;
		}
		if (fd < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (fd < 0)
			continue; /* an error of that one connection: accept(2) */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		client_open(&gateway->clients, fd, 0, NULL, 0);
	}
}

static void signals_ready(struct watch *watch, uint32_t events)
{
	struct gateway *gateway = container_of(watch, struct gateway, signals);

	(void)events;
	gateway->loop.is_ending = true;
}

static void sweep(void *owner)
{
	struct gateway *gateway = owner;

	clients_sweep(&gateway->clients);
	pool_sweep(&gateway->pool);
	if (!gateway->is_accepting) {
		gateway->is_accepting = true;
		loop_change(&gateway->loop, &gateway->listener, EPOLLIN);
	}
}

/* ---- start ---- */

/*
 * Binds; listening comes when the workers are there. `port` 0 becomes the one that the kernel
 * chose.
 */
static int open_listener(struct options *options, int *ret_fd, struct trouble *trouble)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				       .ai_socktype = SOCK_STREAM};
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} bound = {.v6 = {.sin6_family = AF_UNSPEC}};
	socklen_t bound_size = sizeof(bound);
	struct addrinfo *address;
	const int on = 1;
	char port[8];
	int status = 0;
	int fd;

	(void)snprintf(port, sizeof(port), "%u", (unsigned int)options->port);
	if (getaddrinfo(options->listen, port, &hints, &address) != 0)
		return trouble_set(trouble, -EINVAL,
				   "--listen %s: should be an address such as 127.0.0.1",
				   options->listen);
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
	    getsockname(fd, &bound.any, &bound_size) < 0)
		status = -errno;
	freeaddrinfo(address);
	if (status < 0) {
		if (fd >= 0)
			(void)close(fd);
		return status;
	}
	if (bound.any.sa_family == AF_INET)
		options->port = ntohs(bound.v4.sin_port);
	else
		options->port = ntohs(bound.v6.sin6_port);
	*ret_fd = fd;
	return 0;
}

static int open_signals(int *ret_fd)
{
	sigset_t mask;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGINT);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	*ret_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret_fd < 0 ? -errno : 0;
}

/*
 * Descriptors: as many as allowed, one per client. And 0 to 2 are never sockets, whoever started
 * us. Returns their limit.
 */
static rlim_t prepare_descriptors(void)
{
	struct rlimit limit;
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	(void)close(fd);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return RLIM_INFINITY;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max;
}

/*
 * A queue is only as long as a worker has descriptors for: for each connection one, and one for its
 * program's input.
 */
static void bound_queue(struct options *options, rlim_t limit)
{
	size_t most = limit > 2 * DESCRIPTORS_SPARE ? (size_t)(limit - DESCRIPTORS_SPARE) / 2 : 1;
	char sentence[160];

	if (options->queue <= most)
		return;
	(void)snprintf(sentence, sizeof(sentence),
		       "--queue %zu needs more descriptors than `ulimit -Hn` allows; it is %zu",
		       options->queue, most);
	tell(sentence);
	options->queue = most;
}

static void choose_hooks(struct gateway *gateway)
{
	bool is_proxy = gateway->options.mode == MODE_PROXY;

	gateway->clients = (struct clients){
		.loop = &gateway->loop,
		.functions = &gateway->functions,
		.request_time_ns = gateway->options.request_time_ns,
		.owner = &gateway->pool,
		.take = is_proxy ? NULL : zero_copy_take,
		.call = is_proxy ? proxy_call : zero_copy_call,
		.forget = pool_forget,
	};
	gateway->pool = (struct pool){
		.loop = &gateway->loop,
		.options = &gateway->options,
		.functions = &gateway->functions,
		.tell = tell,
	};
}

static int serve(struct gateway *gateway, struct trouble *trouble)
{
	struct options *options = &gateway->options;
	bool is_ipv6 = strchr(options->listen, ':') != NULL;
	int status = pool_open(&gateway->pool, trouble);

	if (status < 0)
		return status;
	if (listen(gateway->listener.fd, BACKLOG) < 0)
		return -errno;
	status = loop_add(&gateway->loop, &gateway->listener, EPOLLIN);
	if (status == 0)
		status = loop_add(&gateway->loop, &gateway->signals, EPOLLIN);
	if (status < 0)
		return status;
	gateway->is_accepting = true;
	(void)printf("gateway: listening on %s%s%s:%u, %zu worker%s, mode %s\n", is_ipv6 ? "[" : "",
		     options->listen, is_ipv6 ? "]" : "", (unsigned int)options->port,
		     options->workers, options->workers == 1 ? "" : "s", mode_name(options->mode));
	(void)fflush(stdout);
	return loop_run(&gateway->loop);
}

static int run(struct gateway *gateway, struct trouble *trouble)
{
	int status;

	choose_hooks(gateway);
	status = open_signals(&gateway->signals.fd);
	if (status < 0)
		return trouble_set(trouble, status, "cannot listen for signals: %s",
				   strerror(-status));
	status = open_listener(&gateway->options, &gateway->listener.fd, trouble);
	if (status == 0)
		status = loop_open(&gateway->loop, sweep, gateway);
	if (status == 0) {
		status = serve(gateway, trouble);
		clients_close(&gateway->clients);
		pool_close(&gateway->pool);
		loop_close(&gateway->loop);
	}
	if (status < 0 && trouble->text[0] == '\0')
		(void)trouble_set(trouble, status, "cannot listen on %s port %u: %s",
				  gateway->options.listen, (unsigned int)gateway->options.port,
				  strerror(-status));
	if (gateway->listener.fd >= 0)
		(void)close(gateway->listener.fd);
	(void)close(gateway->signals.fd);
	return status;
}

int main(int count, char **arguments)
{
	static struct gateway gateway = {.listener = {-1, listener_ready},
					 .signals = {-1, signals_ready}};
	struct trouble trouble = {.text = ""};
	int exit_status = EXIT_WRONG_USAGE;
	rlim_t limit;

	limit = prepare_descriptors();
	if (options_parse(&gateway.options, count, arguments, &trouble) == 0) {
		if (gateway.options.wants_help) {
			(void)fputs(options_help, stdout);
			return 0;
		}
		bound_queue(&gateway.options, limit);
		if (functions_load(&gateway.functions, gateway.options.functions, &trouble) == 0)
			exit_status = run(&gateway, &trouble) == 0 ? 0 : 1;
	}
	if (exit_status != 0)
		tell(trouble.text);
	return exit_status;
}
