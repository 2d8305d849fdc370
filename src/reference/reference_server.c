#include "reference/reference_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reference/reference_loop.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

/* Enough for the connections that pile up while it is frozen; the kernel may hold fewer. */
enum { BACKLOG = 4096 };

/* How long an orderly end may take, before it is killed. */
static const uint64_t STOP_NS = 5ull * NS_PER_S;

struct reference_server {
	struct reference_config config;
	pid_t pid; /* 0 = not running */
	int control_fd;
	uint16_t port;
	struct reference_log *log;
	size_t log_bytes;
};

static int listen_somewhere(int *ret_fd, uint16_t *ret_port, struct err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	scoped(fd_cleanup) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    listen(fd, BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return err_set(err, -errno, "the reference server cannot listen on 127.0.0.1: %s",
			       strerror(errno));
	*ret_port = ntohs(address.sin_port);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Everything else that sonde holds is none of its business: the store, the keeper's socket. */
static void close_others(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0u, 0);
}

static void run_child(const struct reference_server *server, int listen_fd, int control_fd,
		      pid_t parent)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it went before the line above */
		_exit(1);
	prctl(PR_SET_NAME, "sonde-reference");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN); /* Ctrl-C is for sonde, which then ends this */
	close_others(listen_fd, control_fd);
	r = reference_loop_run(&server->config, listen_fd, control_fd, server->log);
	_exit(r == 0 ? 0 : 1);
}

static int start_process(struct reference_server *server, struct err *err)
{
	scoped(fd_cleanup) int listen_fd = -1;
	pid_t parent = getpid();
	int pipe_fds[2], r;

	r = listen_somewhere(&listen_fd, &server->port, err);
	if (r < 0)
		return r;
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, -errno, "cannot make a pipe for the reference server: %s",
			       strerror(errno));
	server->pid = fork();
	if (server->pid == 0)
		run_child(server, listen_fd, pipe_fds[0], parent);
	r = -errno;
	fd_close(pipe_fds[0]);
	server->control_fd = pipe_fds[1];
	if (server->pid > 0)
		return 0;
	server->pid = 0;
	return err_set(err, r, "cannot start the reference server: %s", strerror(-r));
}

int reference_server_start(struct reference_server **ret_server,
			   const struct reference_config *config, struct err *err)
{
	scoped(reference_server_cleanup) struct reference_server *server =
		alloc_new(struct reference_server);
	void *log;
	int r;

	server->config = *config;
	server->control_fd = -1;
	server->log_bytes = sizeof(struct reference_log) +
			    (size_t)config->capacity * sizeof(struct reference_stamp);
	log = mmap(NULL, server->log_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		   0);
	if (log == MAP_FAILED)
		return err_set(err, -errno, "no memory for %u stamps of the reference server: %s",
			       config->capacity, strerror(errno));
	server->log = log;
	r = start_process(server, err);
	if (r < 0)
		return r;
	*ret_server = server;
	server = NULL;
	return 0;
}

uint16_t reference_server_get_port(const struct reference_server *server)
{
	return server->port;
}

int reference_server_begin(struct reference_server *server, uint64_t begin_ns, struct err *err)
{
	int r = fd_write_all(server->control_fd, &begin_ns, sizeof(begin_ns));

	return r < 0 ? err_set(err, -EIO, "the reference server (pid %d) has ended",
			       (int)server->pid)
		     : 0;
}

/* 0 once it has ended, and its wait status. */
static int await_end(pid_t pid, uint64_t timeout_ns, int *ret_status)
{
	uint64_t deadline_ns = clock_now_ns() + timeout_ns;

	for (;;) {
		pid_t ended = waitpid(pid, ret_status, WNOHANG);

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		if (clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
		clock_sleep_until_ns(clock_now_ns() + NS_PER_MS);
	}
}

int reference_server_stop(struct reference_server *server, struct err *err)
{
	int status = 0, r;

	if (server->pid == 0)
		return 0;
	fd_close(server->control_fd);
	server->control_fd = -1;
	r = await_end(server->pid, STOP_NS, &status);
	if (r == -ETIMEDOUT) {
		kill(server->pid, SIGKILL);
		r = await_end(server->pid, STOP_NS, &status);
	}
	server->pid = 0;
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (r == 0 && WIFSIGNALED(status))
		return err_set(err, -EIO, "the reference server was ended by signal %d",
			       WTERMSIG(status));
	return err_set(err, -EIO, "the reference server failed");
}

const struct reference_log *reference_server_get_log(const struct reference_server *server)
{
	return server->log;
}

void reference_server_free(struct reference_server *server)
{
	if (server == NULL)
		return;
	reference_server_stop(server, NULL);
	fd_close(server->control_fd);
	if (server->log != NULL)
		munmap(server->log, server->log_bytes);
	free(server);
}
