#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "buffer.h"
#include "client.h"
#include "link.h"
#include "loop.h"
#include "runtime.h"

struct worker {
	struct loop loop;
	struct link link;
	const struct functions *functions;
	struct runtime_exec exec;
	char *native_room;	/* where native functions write their answers */
	struct clients clients; /* zero-copy only */
};

static struct exec_job *call_function(struct worker *worker, const struct runtime_call *call)
{
	if (call->function->runtime == FUNCTION_EXEC)
		return runtime_exec_call(&worker->exec, call);
	runtime_native_call(call, worker->native_room);
	return NULL;
}

/* ---- proxy: calls come and answers go over the link ---- */

static void send_answer(void *owner, uint32_t id, const struct answer *answer)
{
	struct worker *worker = owner;
	struct link_frame frame = {
		.kind = LINK_ANSWER,
		.id = id,
		.status = answer->status,
		.text = answer->type,
		.text_size = strlen(answer->type),
		.body = answer->body,
		.body_size = answer->size,
		.fd = -1,
	};

	/* a gateway that is gone is noticed by link_ready() */
	(void)link_send(&worker->link, &frame);
}

static void take_call(struct worker *worker, const struct link_frame *frame)
{
	struct runtime_call call = {
		.function = functions_find_target(worker->functions, frame->text, frame->text_size),
		.body = frame->body,
		.size = frame->body_size,
		.done = send_answer,
		.owner = worker,
		.id = frame->id,
	};
	struct answer failure = answer_status(500);

	if (call.function != NULL)
		(void)call_function(worker, &call);
	else
		send_answer(worker, frame->id, &failure);
}

/* ---- zero-copy: the clients themselves come over the link ---- */

static void answer_client(void *owner, uint32_t id, const struct answer *answer)
{
	struct client *client = owner;

	(void)id;
	client->call = NULL;
	client_answer(client, answer);
}

static void call_for_client(struct client *client, const struct function *function,
			    const char *body, size_t size)
{
	struct runtime_call call = {.function = function,
				    .body = body,
				    .size = size,
				    .done = answer_client,
				    .owner = client};

	client->call = call_function(client->home->owner, &call);
}

static void forget_client(struct client *client)
{
	struct worker *worker = client->home->owner;
	struct link_frame frame = {.kind = LINK_CLOSED, .fd = -1};

	if (client->call != NULL)
		runtime_exec_cancel(client->call);
	(void)link_send(&worker->link, &frame);
}

/* ---- both ---- */

static void link_ready(struct watch *watch, uint32_t events)
{
	struct worker *worker = container_of(watch, struct worker, link.watch);
	struct link_frame frame;
	int status = link_exchange(&worker->link, events);

	while (status == 0 && (status = link_next(&worker->link, &frame)) > 0) {
		status = 0;
		if (frame.kind == LINK_CLIENT)
			client_open(&worker->clients, frame.fd, frame.deadline_ns, frame.body,
				    frame.body_size);
		else if (frame.kind == LINK_CALL)
			take_call(worker, &frame);
		else
			status = -EBADMSG;
	}
	worker->loop.is_ending |= status < 0;
}

static void sweep(void *owner)
{
	struct worker *worker = owner;

	runtime_exec_sweep(&worker->exec);
	clients_sweep(&worker->clients);
}

/* Ends what has begun: programs are killed, clients closed. */
static void worker_release(struct worker *worker)
{
	clients_close(&worker->clients);
	while (worker->exec.first != NULL)
		runtime_exec_cancel(worker->exec.first);
	link_close(&worker->link);
	loop_close(&worker->loop);
	free(worker->native_room);
}

/* What the gateway had and a worker must not have: its name, its signals, its descriptors. */
static void leave_gateway(int link_fd, pid_t gateway)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, "gateway-worker");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != gateway)
		_exit(0);
	/* Ctrl-C reaches the whole group; what it means for the workers is the gateway's to say. */
	(void)signal(SIGINT, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (link_fd > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned int)link_fd - 1, 0);
	(void)close_range((unsigned int)link_fd + 1, ~0U, 0);
}

_Noreturn void worker_run(int link_fd, pid_t gateway, const struct options *options,
			  const struct functions *functions)
{
	struct worker worker = {
		.functions = functions,
		.exec = {.loop = &worker.loop, .time_max_ns = options->exec_time_ns},
		.clients = {.loop = &worker.loop,
			    .functions = functions,
			    .request_time_ns = options->request_time_ns,
			    .owner = &worker,
			    .call = call_for_client,
			    .forget = forget_client},
	};

	leave_gateway(link_fd, gateway);
	worker.native_room = buffer_zalloc(1, FUNCTION_OUTPUT_MAX_BYTES);
	if (loop_open(&worker.loop, sweep, &worker) < 0 ||
	    link_open(&worker.link, &worker.loop, link_fd, link_ready) < 0 ||
	    loop_run(&worker.loop) < 0)
		_exit(1);
	worker_release(&worker);
	exit(0);
}
