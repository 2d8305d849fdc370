#include "lab/keeper_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/keeper_child.h"
#include "lab/keeper_family.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { ROUND_MS = 20 }; /* between two looks at /proc while something is being ended */

/* A process that lives this long after SIGKILL hangs in the kernel. */
static const uint64_t KILL_NS = 10ull * NS_PER_S;

/* What sonde waits for now; one at a time. */
struct pending {
	enum keeper_op op;
	uint32_t sequence;
	int child; /* index in the family */
	int signal;
	uint64_t deadline_ns;
	bool was_group_signalled, were_others_signalled, is_killing;
};

struct keeper_process {
	int signal_fd; /* SIGCHLD */
	struct keeper_family family;
	struct pending pending;
};

static void send_reply(const struct keeper_reply *reply)
{
	/* When nobody reads it any more, the next read from the socket says so. */
	(void)send(KEEPER_SOCKET_FD, reply, sizeof(*reply), MSG_NOSIGNAL);
}

static void finish(struct keeper_process *self, struct keeper_reply reply)
{
	reply.sequence = self->pending.sequence;
	self->pending.op = KEEPER_OP_NONE;
	send_reply(&reply);
}

static void begin_spawn(struct keeper_process *self, const struct keeper_request *request,
			char *blob)
{
	struct keeper_child child;
	int r;

	keeper_family_adopt(&self->family);
	r = keeper_child_fork(request, blob, &child);
	if (r < 0) {
		finish(self, (struct keeper_reply){.code = r, .step = KEEPER_STEP_FORK});
		return;
	}
	self->pending.child = (int)self->family.children.count;
	vec_push(&self->family.children, child);
}

static void begin_stop(struct pending *pending, const struct keeper_child *child)
{
	if (child->is_ended)
		return;
	/* The group holds the process itself: a session's leader cannot leave its group. */
	pending->was_group_signalled = kill(-child->pid, pending->signal) == 0;
	kill(-child->pid, SIGCONT); /* a stopped process takes no signal but this one and SIGKILL */
}

/* Starts on a request: sets self->pending for what takes time, answers the rest. */
static void begin(struct keeper_process *self, const struct keeper_request *request, char *blob)
{
	struct keeper_child *child = NULL;

	self->pending = (struct pending){
		.op = (enum keeper_op)request->op,
		.sequence = request->sequence,
		.child = keeper_family_find(&self->family, request->pid),
		.signal = request->signal,
		.deadline_ns = clock_now_ns() + request->time_ns,
	};
	if (self->pending.child >= 0)
		child = &self->family.children.items[self->pending.child];
	if (request->op == KEEPER_OP_SPAWN)
		begin_spawn(self, request, blob);
	else if (child == NULL || (request->op == KEEPER_OP_SIGNAL && child->is_ended) ||
		 (request->op == KEEPER_OP_RELEASE && child->release_fd < 0))
		finish(self, (struct keeper_reply){.code = -ESRCH});
	else if (request->op == KEEPER_OP_RELEASE)
		keeper_child_release(child);
	else if (request->op == KEEPER_OP_SIGNAL)
		finish(self, (struct keeper_reply){
				     .code = kill(-child->pid, request->signal) < 0 ? -errno : 0});
	else if (request->op == KEEPER_OP_STOP)
		begin_stop(&self->pending, child);
}

/* What a child reported: answers a pending spawn or release. */
static void advance_start(struct keeper_process *self, struct keeper_child *child)
{
	bool is_spawn = self->pending.op == KEEPER_OP_SPAWN;
	struct keeper_reply reply = {.pid = child->pid};
	struct keeper_report report;
	int r = keeper_child_read_report(child, &report);

	if (r == -EAGAIN)
		return;
	if (r > 0 && report.step == KEEPER_STEP_READY) {
		finish(self, reply);
		return;
	}
	if (r > 0) {
		reply.code = report.code;
		reply.step = (uint32_t)report.step;
	} else if (is_spawn) {
		reply.code = -ECHILD;
		reply.step = KEEPER_STEP_FORK;
	}
	keeper_child_close(child);
	if (is_spawn)
		self->family.children.count--; /* the newest; sonde never hears of it */
	finish(self, reply);
}

static bool is_nothing_left(const struct keeper_process *self)
{
	int child = self->pending.child;

	/*
	 * Twice: one whose parent ends between the two being looked at is nobody's descendant for
	 * that moment.
	 */
	return keeper_family_signal(&self->family, child, 0, 0) == 0 &&
	       keeper_family_signal(&self->family, child, 0, 0) == 0;
}

static void advance_stop(struct keeper_process *self, const struct keeper_child *child)
{
	struct pending *pending = &self->pending;
	bool is_late = clock_now_ns() >= pending->deadline_ns;

	if (!child->is_ended && !is_late)
		return;
	if (child->is_ended && is_nothing_left(self)) {
		finish(self, (struct keeper_reply){.was_killed = pending->is_killing});
		return;
	}
	if (is_late && pending->is_killing) {
		finish(self, (struct keeper_reply){.code = -ETIMEDOUT});
		return;
	}
	if (is_late) {
		pending->is_killing = true;
		pending->deadline_ns += KILL_NS;
	}
	if (pending->is_killing) {
		keeper_family_signal(&self->family, pending->child, SIGKILL, 0);
	} else if (!pending->were_others_signalled) {
		/*
		 * Daemons and workers in groups of their own: they hear of it now, and have the
		 * rest of the grace.
		 */
		pending->were_others_signalled = true;
		keeper_family_signal(&self->family, pending->child, pending->signal,
				     pending->was_group_signalled ? child->pid : 0);
	}
}

/* Whether the pending request can be answered by now. */
static void advance(struct keeper_process *self)
{
	struct keeper_child *child;

	if (self->pending.op == KEEPER_OP_NONE)
		return;
	child = &self->family.children.items[self->pending.child];
	switch (self->pending.op) {
	case KEEPER_OP_SPAWN:
	case KEEPER_OP_RELEASE:
		advance_start(self, child);
		break;
	case KEEPER_OP_STOP:
		advance_stop(self, child);
		break;
	case KEEPER_OP_WAIT:
		if (child->is_ended)
			finish(self, (struct keeper_reply){.code = 1, .status = child->status});
		else if (clock_now_ns() >= self->pending.deadline_ns)
			finish(self, (struct keeper_reply){.code = 0});
		break;
	case KEEPER_OP_NONE:
	case KEEPER_OP_SIGNAL:
		break;
	}
}

/* Until the next look when nothing happens, ms; -1 = for ever. */
static int get_timeout_ms(const struct keeper_process *self)
{
	const struct pending *pending = &self->pending;
	uint64_t now_ns = clock_now_ns(), left_ms;

	if (pending->op != KEEPER_OP_STOP && pending->op != KEEPER_OP_WAIT)
		return -1;
	if (pending->op == KEEPER_OP_STOP &&
	    (pending->is_killing || self->family.children.items[pending->child].is_ended))
		return ROUND_MS;
	left_ms =
		pending->deadline_ns > now_ns ? (pending->deadline_ns - now_ns) / NS_PER_MS + 1 : 0;
	return left_ms < 60000 ? (int)left_ms : 60000;
}

/*
 * Buries whoever has ended; false when there are no children at all, neither asked for nor
 * orphaned.
 */
static bool reap(struct keeper_process *self)
{
	struct signalfd_siginfo infos[16];
	int status;
	pid_t pid;

	while (read(self->signal_fd, infos, sizeof(infos)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		int i = keeper_family_find(&self->family, pid);
		struct keeper_child *child = i >= 0 ? &self->family.children.items[i] : NULL;

		if (child == NULL || child->is_ended)
			continue;
		child->is_ended = true;
		child->status = status;
	}
	return pid == 0;
}

static void kill_everything(struct keeper_process *self)
{
	for (size_t i = 0; i < self->family.children.count; i++) {
		if (!self->family.children.items[i].is_ended)
			kill(-self->family.children.items[i].pid, SIGKILL);
	}
	/*
	 * Who forks between the look and the kill is found, without that parent, in the next round.
	 */
	while (reap(self)) {
		struct pollfd poll_fd = {.fd = self->signal_fd, .events = POLLIN};

		keeper_family_kill(&self->family);
		poll(&poll_fd, 1, ROUND_MS);
	}
}

static bool read_exactly(void *bytes, size_t length)
{
	char *at = bytes;

	while (length > 0) {
		ssize_t got = read(KEEPER_SOCKET_FD, at, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

/* One request from the socket; false when sonde is gone. */
static bool serve_request(struct keeper_process *self)
{
	struct keeper_request request;
	scoped_free char *blob = NULL;

	if (!read_exactly(&request, sizeof(request)) || request.blob_bytes > KEEPER_BLOB_MAX_BYTES)
		return false;
	blob = alloc_array(request.blob_bytes + 1, 1);
	if (!read_exactly(blob, request.blob_bytes))
		return false;
	begin(self, &request, blob);
	return true;
}

static void serve(struct keeper_process *self)
{
	for (;;) {
		const struct pending *pending = &self->pending;
		bool is_starting =
			pending->op == KEEPER_OP_SPAWN || pending->op == KEEPER_OP_RELEASE;
		int report_fd =
			is_starting ? self->family.children.items[pending->child].report_fd : -1;
		struct pollfd poll_fds[] = {
			{.fd = KEEPER_SOCKET_FD, .events = POLLIN},
			{.fd = self->signal_fd, .events = POLLIN},
			{.fd = report_fd, .events = POLLIN},
		};

		poll(poll_fds, 3, get_timeout_ms(self));
		reap(self);
		if (poll_fds[0].revents != 0 && !serve_request(self))
			return;
		advance(self);
	}
}

static void close_from(unsigned first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
#endif
	for (long fd = first, end = sysconf(_SC_OPEN_MAX); fd < end; fd++)
		close((int)fd);
}

/*
 * Keeps the socket, sonde's stdin for who wants it, stdout and stderr; its own stdin is /dev/null.
 */
static int take_descriptors(int socket)
{
	int kept_socket = fcntl(socket, F_DUPFD_CLOEXEC, KEEPER_FIRST_FREE_FD);
	int kept_stdin = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, KEEPER_FIRST_FREE_FD);
	int null;

	if (kept_socket < 0 || dup3(kept_socket, KEEPER_SOCKET_FD, O_CLOEXEC) < 0)
		return -errno;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup3(kept_stdin >= 0 ? kept_stdin : null, KEEPER_STDIN_FD, O_CLOEXEC) < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		bool is_open = fcntl(fd, F_GETFD) >= 0;

		if ((fd == STDIN_FILENO || !is_open) && dup2(null, fd) < 0)
			return -errno;
	}
	close_from(KEEPER_FIRST_FREE_FD);
	return 0;
}

/* Makes a fork of sonde the keeper. */
static int take_over(struct keeper_process *self, int socket)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	sigset_t ended;
	int r;

	setsid();
	keeper_child_reset_signals();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_SETMASK, &ended, NULL);
	prctl(PR_SET_NAME, "sonde-keeper");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	r = take_descriptors(socket);
	if (r < 0)
		return r;
	self->signal_fd = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	return self->signal_fd < 0 ? -errno : 0;
}

_Noreturn void keeper_process_run(int socket)
{
	struct keeper_process self = {0};
	struct keeper_reply reply = {.code = take_over(&self, socket)};

	if (reply.code < 0) {
		(void)send(socket, &reply, sizeof(reply), MSG_NOSIGNAL);
		_exit(1);
	}
	send_reply(&reply);
	serve(&self);
	kill_everything(&self);
	_exit(0);
}
