#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link.h"
#include "worker.h"

#define STABLE_NS NS_PER_S
#define END_MS 1000 /* for a worker to end by itself */

struct pool_worker {
	struct link link;
	struct pool *pool;
	pid_t pid; /* 0: there is none, one is due */
	uint64_t started_ns;
	size_t queue_count;
	struct client **callers; /* by call id; NULL: free, or the caller is gone */
	uint32_t *free_ids;	 /* a stack of options->queue - queue_count ids; proxy only */
};

static void worker_ready(struct watch *watch, uint32_t events);

static void close_pair(int fds[2])
{
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* Returns 0 or a negative errno; then the worker is due still. */
static int start_worker(struct pool_worker *worker)
{
	struct pool *pool = worker->pool;
	size_t queue = pool->options->queue;
	pid_t gateway = getpid();
	int fds[2];
	int status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	status = link_open(&worker->link, pool->loop, fds[0], worker_ready);
	if (status < 0) {
		worker->link = (struct link){.watch = {.fd = -1}};
		close_pair(fds);
		return status;
	}
	worker->pid = fork();
	if (worker->pid == 0)
		worker_run(fds[1], gateway, pool->options, pool->functions);
	status = -errno;
	(void)close(fds[1]);
	if (worker->pid < 0) {
		worker->pid = 0;
		link_close(&worker->link);
		return status;
	}
	worker->started_ns = pool->loop->now_ns;
	worker->queue_count = 0;
	worker->callers = buffer_zalloc(queue, sizeof(struct client *));
	worker->free_ids = buffer_zalloc(queue, sizeof(uint32_t));
	for (size_t i = 0; i < queue; i++)
		worker->free_ids[i] = (uint32_t)(queue - 1 - i);
	return 0;
}

/* Kills (when it is not gone already) and reaps. Returns the wait status. */
static int reap_worker(struct pool_worker *worker)
{
	int status = 0;

	(void)kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
	return status;
}

static void tell_death(struct pool *pool, pid_t pid, int status, pid_t heir)
{
	char sentence[160];
	char after[64] = "to be replaced";

	if (heir > 0)
		(void)snprintf(after, sizeof(after), "replaced by %d", (int)heir);
	(void)snprintf(sentence, sizeof(sentence), "worker %d ended (%s %d), %s", (int)pid,
		       WIFSIGNALED(status) ? "signal" : "status",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), after);
	pool->tell(sentence);
}

static void lose_worker(struct pool_worker *worker)
{
	struct pool *pool = worker->pool;
	struct client **callers = worker->callers;
	struct answer answer = answer_status(502);
	pid_t pid = worker->pid;
	int status;

	link_close(&worker->link);
	status = reap_worker(worker);
	free(worker->free_ids);
	worker->free_ids = NULL;
	worker->callers = NULL;
	/* First the heir, then the 502s: what those clients ask next may go to it. */
	if (pool->loop->now_ns - worker->started_ns >= STABLE_NS)
		(void)start_worker(worker);
	tell_death(pool, pid, status, worker->pid);
	for (size_t id = 0; id < pool->options->queue; id++) {
		struct client *client = callers[id];

		if (client == NULL)
			continue;
		callers[id] = NULL;
		client->call = NULL;
		client_answer(client, &answer);
	}
	free(callers);
}

/* Returns 0, or -EBADMSG for what no worker of ours says. */
static int take_answer(struct pool_worker *worker, const struct link_frame *frame)
{
	char type[ANSWER_TYPE_MAX_BYTES];
	struct answer answer = {.status = frame->status,
				.type = type,
				.body = frame->body,
				.size = frame->body_size};
	struct client *client;

	if (frame->id >= worker->pool->options->queue || worker->queue_count == 0 ||
	    frame->text_size >= sizeof(type))
		return -EBADMSG;
	memcpy(type, frame->text, frame->text_size);
	type[frame->text_size] = '\0';
	client = worker->callers[frame->id];
	worker->callers[frame->id] = NULL;
	worker->queue_count--;
	worker->free_ids[worker->pool->options->queue - worker->queue_count - 1] = frame->id;
	if (client != NULL) {
		client->call = NULL;
		client_answer(client, &answer);
	}
	return 0;
}

static void worker_ready(struct watch *watch, uint32_t events)
{
	struct pool_worker *worker = container_of(watch, struct pool_worker, link.watch);
	struct link_frame frame;
	int status = link_exchange(&worker->link, events);

	while (status == 0 && (status = link_next(&worker->link, &frame)) > 0) {
		if (frame.kind == LINK_ANSWER) {
			status = take_answer(worker, &frame);
		} else if (frame.kind == LINK_CLOSED && worker->queue_count > 0) {
			worker->queue_count--;
			status = 0;
		} else {
			status = -EBADMSG;
		}
	}
	if (status < 0)
		lose_worker(worker);
}

/* Sends to the first worker from the next on that has room and is alive; returns it, or NULL. */
static struct pool_worker *send_to_next(struct pool *pool, struct link_frame *frame)
{
	for (size_t i = 0; i < pool->count; i++) {
		size_t at = (pool->next + i) % pool->count;
		struct pool_worker *worker = &pool->workers[at];

		if (worker->pid == 0 || worker->queue_count >= pool->options->queue)
			continue;
		frame->id = worker->free_ids[pool->options->queue - worker->queue_count - 1];
		if (link_send(&worker->link, frame) < 0)
			continue; /* dying; its link will say so */
		worker->queue_count++;
		pool->next = (at + 1) % pool->count;
		return worker;
	}
	return NULL;
}

int pool_call(struct pool *pool, struct client *client, const struct function *function,
	      const char *body, size_t size)
{
	struct link_frame frame = {
		.kind = LINK_CALL,
		.text = function->target,
		.text_size = function->target_size,
		.body = body,
		.body_size = size,
		.fd = -1,
	};
	struct pool_worker *worker = send_to_next(pool, &frame);

	if (worker == NULL)
		return -EAGAIN;
	worker->callers[frame.id] = client;
	client->call = &worker->callers[frame.id];
	return 0;
}

void pool_forget(struct client *client)
{
	struct client **caller = client->call;

	if (caller != NULL)
		*caller = NULL;
}

int pool_give(struct pool *pool, const struct client *client)
{
	struct link_frame frame = {
		.kind = LINK_CLIENT,
		.deadline_ns = client_request_deadline_ns(client),
		.body = buffer_bytes(&client->in),
		.body_size = client->in.size,
		.fd = client->watch.fd,
	};

	return send_to_next(pool, &frame) != NULL ? 0 : -EAGAIN;
}

int pool_open(struct pool *pool, struct trouble *trouble)
{
	pool->count = pool->options->workers;
	pool->workers = buffer_zalloc(pool->count, sizeof(*pool->workers));
	for (size_t i = 0; i < pool->count; i++) {
		int status;

		pool->workers[i].pool = pool;
		pool->workers[i].link.watch.fd = -1;
		status = start_worker(&pool->workers[i]);
		if (status < 0)
			return trouble_set(trouble, status, "cannot start a worker: %s",
					   strerror(-status));
	}
	return 0;
}

/* Waits until the worker has ended, for END_MS at most. */
static void await_end(const struct pool_worker *worker)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, worker->pid, 0), .events = POLLIN};

	if (end.fd < 0)
		return;
	(void)poll(&end, 1, END_MS);
	(void)close(end.fd);
}

void pool_close(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		link_close(&pool->workers[i].link);
	for (size_t i = 0; i < pool->count; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->pid > 0) {
			await_end(worker);
			(void)reap_worker(worker);
		}
		free(worker->callers);
		free(worker->free_ids);
	}
	free(pool->workers);
	pool->workers = NULL;
	pool->count = 0;
}

void pool_sweep(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->workers[i].pid == 0)
			(void)start_worker(&pool->workers[i]);
}
