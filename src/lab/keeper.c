#include "lab/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/keeper_process.h"
#include "lab/program.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"
#include "util/vec.h"

/*
 * What a keeper that is well never needs: on top of what a call waits for anyway, and for killing
 * what is left.
 */
static const uint64_t ANSWER_NS = 10ull * NS_PER_S;
static const uint64_t KILL_NS = 20ull * NS_PER_S;

/* The longest that a caller may wait; keeps sums of times far from overflow. */
static const uint64_t LONGEST_NS = 366ull * 86400 * NS_PER_S;

/* Spawned, not released: for the sentence when its exec fails. */
struct held {
	pid_t pid;
	char *name;
};

struct keeper {
	pid_t pid;
	int socket;
	uint32_t sequence;
	VEC(struct held) held;
};

static uint64_t at_most(uint64_t value, uint64_t limit)
{
	return value < limit ? value : limit;
}

/* 0, -ETIMEDOUT, or -ECONNRESET when the keeper is gone. */
static int await_reply(struct keeper *keeper, uint32_t sequence, uint64_t timeout_ns,
		       struct keeper_reply *ret_reply)
{
	uint64_t deadline_ns = clock_now_ns() + timeout_ns;

	for (;;) {
		struct pollfd poll_fd = {.fd = keeper->socket, .events = POLLIN};
		uint64_t now_ns = clock_now_ns();
		struct keeper_reply reply;
		ssize_t got;

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1,
			 (int)at_most((deadline_ns - now_ns) / NS_PER_MS + 1, 60000)) <= 0)
			continue;
		got = recv(keeper->socket, &reply, sizeof(reply), MSG_WAITALL);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != sizeof(reply))
			return -ECONNRESET;
		if (reply.sequence != sequence)
			continue;
		*ret_reply = reply;
		return 0;
	}
}

static int send_all(int socket, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -ECONNRESET;
		at += sent;
		length -= (size_t)sent;
	}
	return 0;
}

/* Sends the request with its blob and waits for its reply: 0, -ETIMEDOUT, -ECONNRESET. */
static int ask(struct keeper *keeper, struct keeper_request *request, const struct strbuf *blob,
	       uint64_t timeout_ns, struct keeper_reply *ret_reply)
{
	int r;

	request->sequence = ++keeper->sequence;
	request->blob_bytes = blob != NULL ? blob->length : 0;
	r = send_all(keeper->socket, request, sizeof(*request));
	if (r == 0 && blob != NULL)
		r = send_all(keeper->socket, blob->data, blob->length);
	return r < 0 ? r : await_reply(keeper, request->sequence, timeout_ns, ret_reply);
}

static int explain_silence(const struct keeper *keeper, int code, struct err *err)
{
	if (code == -ETIMEDOUT)
		return err_set(err, code, "sonde-keeper (pid %d) does not answer: is it stopped?",
			       (int)keeper->pid);
	return err_set(err, code, "sonde-keeper (pid %d) has ended: was it killed?",
		       (int)keeper->pid);
}

int keeper_start(struct keeper **ret_keeper, struct err *err)
{
	struct keeper *keeper;
	struct keeper_reply reply;
	struct timeval patience = {.tv_sec = (time_t)(ANSWER_NS / NS_PER_S)};
	int sockets[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_set(err, -errno, "cannot make a socket for sonde-keeper: %s",
			       strerror(errno));
	pid = fork();
	if (pid < 0) {
		r = err_set(err, -errno, "cannot fork sonde-keeper: %s", strerror(errno));
		fd_close(sockets[0]);
		fd_close(sockets[1]);
		return r;
	}
	if (pid == 0)
		keeper_process_run(sockets[1]);
	fd_close(sockets[1]);
	setsockopt(sockets[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	keeper = alloc_new(struct keeper);
	keeper->pid = pid;
	keeper->socket = sockets[0];
	r = await_reply(keeper, 0, ANSWER_NS, &reply);
	if (r == 0 && reply.code < 0)
		r = err_set(err, reply.code, "sonde-keeper cannot start: %s",
			    strerror(-reply.code));
	else if (r < 0)
		r = explain_silence(keeper, r, err);
	if (r < 0) {
		keeper_free(keeper);
		return r;
	}
	*ret_keeper = keeper;
	return 0;
}

void keeper_free(struct keeper *keeper)
{
	struct keeper_reply reply;

	if (keeper == NULL)
		return;
	shutdown(keeper->socket, SHUT_WR);
	/*
	 * No reply has this number: it waits for the other end to close, which is the keeper's last
	 * act.
	 */
	if (await_reply(keeper, UINT32_MAX, KILL_NS, &reply) == -ECONNRESET) {
		while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	fd_close(keeper->socket);
	for (size_t i = 0; i < keeper->held.count; i++)
		free(keeper->held.items[i].name);
	vec_release(&keeper->held);
	free(keeper);
}

pid_t keeper_get_pid(const struct keeper *keeper)
{
	return keeper->pid;
}

static void add_text(struct strbuf *blob, const char *text)
{
	strbuf_add(blob, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

static uint32_t add_texts(struct strbuf *blob, const char *const *texts)
{
	uint32_t count = 0;

	for (; texts[count] != NULL; count++)
		add_text(blob, texts[count]);
	return count;
}

static int explain_spawn(const struct keeper_command *command, const struct keeper_reply *reply,
			 struct err *err)
{
	const char *name = command->argv[0], *why = strerror(-reply->code);

	switch ((enum keeper_step)reply->step) {
	case KEEPER_STEP_CPUS:
		return err_set(err, reply->code,
			       "cannot pin '%s': none of its CPUs is there and allowed (%s)", name,
			       why);
	case KEEPER_STEP_OUTPUT:
		return err_set(
			err, reply->code, "cannot start '%s': its output cannot go to %s: %s", name,
			command->output_path != NULL ? command->output_path : "/dev/null", why);
	case KEEPER_STEP_DIRECTORY:
		return err_set(err, reply->code, "cannot start '%s' in directory %s: %s", name,
			       command->directory != NULL ? command->directory : ".", why);
	case KEEPER_STEP_NONE:
	case KEEPER_STEP_READY:
	case KEEPER_STEP_FORK:
	case KEEPER_STEP_EXEC:
		break;
	}
	return err_set(err, reply->code, "cannot start '%s': %s", name, why);
}

int keeper_spawn(struct keeper *keeper, const struct keeper_command *command, pid_t *ret_pid,
		 struct err *err)
{
	const char *const *env = command->env != NULL ? command->env : (const char *const *)environ;
	struct keeper_request request = {.op = KEEPER_OP_SPAWN,
					 .is_stdin_kept = command->is_stdin_kept};
	scoped(strbuf_release) struct strbuf blob;
	scoped_free char *program = NULL;
	struct keeper_reply reply;
	int r;

	strbuf_init(&blob, KEEPER_BLOB_MAX_BYTES);
	if (command->argv == NULL || command->argv[0] == NULL)
		return err_set(err, -EINVAL, "cannot start a command without words");
	r = program_find(command->argv[0], env, command->directory, &program, err);
	if (r < 0)
		return r;
	request.cpu_count = command->cpu_count;
	strbuf_add(&blob, command->cpus, command->cpu_count * sizeof(*command->cpus));
	add_text(&blob, program);
	add_text(&blob, command->directory);
	add_text(&blob, command->output_path);
	request.argc = add_texts(&blob, command->argv);
	request.envc = add_texts(&blob, env);
	if (blob.is_full)
		return err_set(err, -E2BIG,
			       "cannot start '%s': arguments and environment exceed %d MB",
			       command->argv[0], KEEPER_BLOB_MAX_BYTES >> 20);
	r = ask(keeper, &request, &blob, ANSWER_NS, &reply);
	if (r < 0)
		return explain_silence(keeper, r, err);
	if (reply.code < 0)
		return explain_spawn(command, &reply, err);
	vec_push(&keeper->held,
		 (struct held){.pid = reply.pid, .name = alloc_strdup(command->argv[0])});
	*ret_pid = reply.pid;
	return 0;
}

/*
 * The name under which it was spawned, which is then forgotten; caller frees. NULL when it is not
 * held.
 */
static char *take_held_name(struct keeper *keeper, pid_t pid)
{
	for (size_t i = keeper->held.count; i-- > 0;) {
		char *name = keeper->held.items[i].name;

		if (keeper->held.items[i].pid != pid)
			continue;
		keeper->held.items[i] = keeper->held.items[--keeper->held.count];
		return name;
	}
	return NULL;
}

int keeper_release(struct keeper *keeper, pid_t pid, struct err *err)
{
	struct keeper_request request = {.op = KEEPER_OP_RELEASE, .pid = pid};
	scoped_free char *name = take_held_name(keeper, pid);
	struct keeper_reply reply;
	int r;

	if (name == NULL)
		return err_set(err, -ESRCH, "process %d is not held", (int)pid);
	r = ask(keeper, &request, NULL, ANSWER_NS, &reply);
	if (r < 0)
		return explain_silence(keeper, r, err);
	if (reply.code == -ENOEXEC)
		return err_set(err, reply.code,
			       "cannot start '%s': no program of this machine's kind, and no "
			       "script that begins with #!",
			       name);
	if (reply.code == -ENOENT)
		return err_set(
			err, reply.code,
			"cannot start '%s': the interpreter or loader that it names is missing",
			name);
	if (reply.code < 0)
		return err_set(err, reply.code, "cannot start '%s': %s", name,
			       strerror(-reply.code));
	return 0;
}

int keeper_signal(struct keeper *keeper, pid_t pid, int signal)
{
	struct keeper_request request = {.op = KEEPER_OP_SIGNAL, .pid = pid, .signal = signal};
	struct keeper_reply reply;
	int r = ask(keeper, &request, NULL, ANSWER_NS, &reply);

	return r < 0 ? r : reply.code;
}

int keeper_stop(struct keeper *keeper, pid_t pid, int signal, uint64_t grace_ns,
		bool *ret_was_killed)
{
	uint64_t time_ns = at_most(grace_ns, LONGEST_NS);
	struct keeper_request request = {
		.op = KEEPER_OP_STOP, .pid = pid, .signal = signal, .time_ns = time_ns};
	struct keeper_reply reply;
	int r = ask(keeper, &request, NULL, time_ns + KILL_NS, &reply);

	if (r < 0 || reply.code < 0)
		return r < 0 ? r : reply.code;
	if (ret_was_killed != NULL)
		*ret_was_killed = reply.was_killed != 0;
	return 0;
}

int keeper_wait(struct keeper *keeper, pid_t pid, uint64_t timeout_ns, int *ret_status)
{
	uint64_t time_ns = at_most(timeout_ns, LONGEST_NS);
	struct keeper_request request = {.op = KEEPER_OP_WAIT, .pid = pid, .time_ns = time_ns};
	struct keeper_reply reply;
	int r = ask(keeper, &request, NULL, time_ns + ANSWER_NS, &reply);

	if (r < 0 || reply.code <= 0)
		return r < 0 ? r : reply.code;
	if (ret_status != NULL)
		*ret_status = reply.status;
	return 1;
}
