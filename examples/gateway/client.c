#include "client.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ_MIN_BYTES 4096
#define READ_MAX_BYTES 65536 /* also bounds what a hand-over carries */
#define KEEP_BYTES 65536     /* an idle client's buffers are cut down to this */
#define IDLE_NS (60 * NS_PER_S)
#define LINGER_NS (2 * NS_PER_S)
#define STEPS_MAX 64 /* then it is the others' turn */

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

enum next { NEXT_STEP, NEXT_EVENT, NEXT_NONE };

static void client_free(struct client *client)
{
	struct clients *home = client->home;

	home->forget(client);
	if (client->previous != NULL)
		client->previous->next = client->next;
	else
		home->first = client->next;
	if (client->next != NULL)
		client->next->previous = client->previous;
	loop_remove(home->loop, &client->watch);
	buffer_release(&client->in);
	buffer_release(&client->out);
	free(client);
}

static enum next client_close(struct client *client)
{
	int fd = client->watch.fd;

	client_free(client);
	(void)close(fd);
	return NEXT_NONE;
}

uint64_t client_request_deadline_ns(const struct client *client)
{
	return client->is_begun ? client->deadline_ns
				: client->home->loop->now_ns + client->home->request_time_ns;
}

/* One read. Sets what it learned; true when bytes came. */
static bool read_some(struct client *client)
{
	char *room = buffer_reserve(&client->in, READ_MIN_BYTES);
	size_t room_size = buffer_room(&client->in);
	ssize_t size;

	if (room_size > READ_MAX_BYTES)
		room_size = READ_MAX_BYTES;
	do
		size = recv(client->watch.fd, room, room_size, 0);
	while (size < 0 && errno == EINTR);
	if (size > 0) {
		buffer_commit(&client->in, (size_t)size);
		/*
		 * A short read used the edge up; the end of the stream, though, must be read
		 * itself.
		 */
		client->can_read = (size_t)size == room_size || client->is_hung;
		return true;
	}
	client->can_read = false;
	client->is_ended = size == 0;
	client->is_broken = size < 0 && errno != EAGAIN;
	return false;
}

static enum next read_request(struct client *client)
{
	uint64_t now_ns = client->home->loop->now_ns;

	if (client->can_read) {
		(void)read_some(client);
		return NEXT_STEP;
	}
	if (client->is_ended)
		return client_close(client);
	if (client->in.size == 0) {
		buffer_trim(&client->in, KEEP_BYTES);
		buffer_trim(&client->out, KEEP_BYTES);
		client->deadline_ns = now_ns + IDLE_NS;
	} else if (!client->is_begun) {
		client->is_begun = true;
		client->deadline_ns = now_ns + client->home->request_time_ns;
	}
	return NEXT_EVENT;
}

static void answer_plainly(struct client *client, int status, const char *text, const char *allow)
{
	struct answer answer = text != NULL ? answer_text(status, text) : answer_status(status);

	answer.allow = allow;
	client_answer(client, &answer);
}

/* For what leaves the stream in no state to go on. */
static void refuse_request(struct client *client, int status, const char *text)
{
	client->request.error_status = status;
	client->request.wants_close = true;
	answer_plainly(client, status, text, NULL);
}

/*
 * Offers the connection to the `take` hook. It is unwatched before: closing our descriptor would
 * not do that while another process has the connection open.
 */
static bool give_away(struct client *client)
{
	struct clients *home = client->home;
	const struct function *function = NULL;
	const char *allow;

	if (home->take == NULL ||
	    functions_route(home->functions, &client->request, buffer_bytes(&client->in), &function,
			    &allow) != ROUTE_FUNCTION)
		return false;
	loop_remove(home->loop, &client->watch);
	if (home->take(client)) {
		client->watch.fd = -1;
		client_free(client);
		return true;
	}
	client->is_broken |= loop_add(home->loop, &client->watch, EVENTS) < 0;
	return false;
}

static enum next begin_body(struct client *client)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (give_away(client))
		return NEXT_NONE;
	if (client->request.expects_continue && send(client->watch.fd, text, sizeof(text) - 1,
						     MSG_NOSIGNAL) != (ssize_t)sizeof(text) - 1)
		client->is_broken = true; /* who has not taken 25 bytes is not waiting for them */
	return NEXT_STEP;
}

static void serve_request(struct client *client)
{
	struct clients *home = client->home;
	const struct http_request *request = &client->request;
	const char *bytes = buffer_bytes(&client->in);
	const struct function *function = NULL;
	const char *allow = NULL;

	client->state = CLIENT_WAITING;
	client->deadline_ns = 0;
	switch (functions_route(home->functions, request, bytes, &function, &allow)) {
	case ROUTE_FUNCTION:
		home->call(client, function, bytes + request->header_size, request->body_size);
		break;
	case ROUTE_HEALTH:
		answer_plainly(client, 200, NULL, NULL);
		break;
	case ROUTE_METHOD:
		answer_plainly(client, 405, NULL, allow);
		break;
	case ROUTE_UNKNOWN:
		answer_plainly(client, 404, NULL, NULL);
		break;
	}
}

static enum next step_reading(struct client *client)
{
	switch (http_request_parse(&client->request, buffer_bytes(&client->in), client->in.size)) {
	case HTTP_MORE:
		return read_request(client);
	case HTTP_HEADER:
		return begin_body(client);
	case HTTP_WHOLE:
		serve_request(client);
		return NEXT_STEP;
	case HTTP_BAD:
		refuse_request(client, client->request.error_status, client->request.error_text);
		return NEXT_STEP;
	}
	return NEXT_EVENT;
}

/* The answer is out: the next request, or the end. */
static enum next finish_answer(struct client *client)
{
	if (client->keeps_alive) {
		client->state = CLIENT_READING;
		client->is_begun = false;
		return NEXT_STEP;
	}
	if (client->is_ended)
		return client_close(client);
	client->state = CLIENT_LINGERING;
	client->deadline_ns = client->home->loop->now_ns + LINGER_NS;
	client->can_read = true;
	(void)shutdown(client->watch.fd, SHUT_WR);
	return NEXT_STEP;
}

static enum next step_writing(struct client *client)
{
	while (client->out.size > 0) {
		ssize_t sent = send(client->watch.fd, buffer_bytes(&client->out), client->out.size,
				    MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return NEXT_EVENT;
		if (sent < 0)
			return client_close(client);
		buffer_consume(&client->out, (size_t)sent);
		client->deadline_ns = client->home->loop->now_ns + client->home->request_time_ns;
	}
	return finish_answer(client);
}

static enum next step_lingering(struct client *client)
{
	if (client->is_ended)
		return client_close(client);
	if (!client->can_read)
		return NEXT_EVENT;
	(void)read_some(client);
	buffer_consume(&client->in, client->in.size);
	return NEXT_STEP;
}

static enum next client_step(struct client *client)
{
	if (client->is_broken)
		return client_close(client);
	switch (client->state) {
	case CLIENT_READING:
		return step_reading(client);
	case CLIENT_WAITING:
		return NEXT_EVENT;
	case CLIENT_WRITING:
		return step_writing(client);
	case CLIENT_LINGERING:
		return step_lingering(client);
	}
	return NEXT_EVENT;
}

static void client_progress(struct client *client)
{
	client->is_progressing = true;
	for (int i = 0; i < STEPS_MAX; i++) {
		switch (client_step(client)) {
		case NEXT_NONE:
			return;
		case NEXT_EVENT:
			client->is_progressing = false;
			return;
		case NEXT_STEP:
			break;
		}
	}
	client->is_progressing = false;
	/*
	 * Watching it anew makes a new edge: it comes back in the next round, being writable if not
	 * readable.
	 */
	loop_change(client->home->loop, &client->watch, EVENTS);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);

	client->can_read |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
	client->is_hung |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
	client->is_broken |= (events & EPOLLERR) != 0;
	client_progress(client);
}

void client_open(struct clients *clients, int fd, uint64_t deadline_ns, const char *bytes,
		 size_t size)
{
	struct client *client = buffer_zalloc(1, sizeof(*client));

	*client = (struct client){
		.watch = {fd, client_ready},
		.home = clients,
		.next = clients->first,
		.is_begun = deadline_ns > 0,
		.deadline_ns = deadline_ns > 0 ? deadline_ns : clients->loop->now_ns + IDLE_NS,
	};
	http_request_init(&client->request);
	if (clients->first != NULL)
		clients->first->previous = client;
	clients->first = client;
	if (loop_add(clients->loop, &client->watch, EVENTS) < 0) {
		(void)client_close(client);
		return;
	}
	buffer_append(&client->in, bytes, size);
	if (size > 0)
		client_progress(client);
}

void client_answer(struct client *client, const struct answer *answer)
{
	char head[ANSWER_HEAD_MAX_BYTES];
	struct http_request *request = &client->request;
	bool is_bad = request->error_status != 0;
	size_t body_size = request->method == HTTP_HEAD ? 0 : answer->size;
	size_t head_size;
	struct iovec pieces[2] = {{head, 0}, {buffer_unconst(answer->body), body_size}};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	ssize_t sent;

	client->keeps_alive = !request->wants_close;
	head_size = answer_format_head(head, answer, client->keeps_alive, request->is_http10);
	pieces[0].iov_len = head_size;
	do
		sent = sendmsg(client->watch.fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN)
		client->is_broken = true;
	if (sent < 0)
		sent = 0;
	if ((size_t)sent < head_size) {
		buffer_append(&client->out, head + sent, head_size - (size_t)sent);
		sent = (ssize_t)head_size;
	}
	buffer_append(&client->out, answer->body + ((size_t)sent - head_size),
		      body_size - ((size_t)sent - head_size));
	buffer_consume(&client->in, is_bad ? client->in.size : http_request_size(request));
	http_request_init(request);
	client->state = CLIENT_WRITING;
	client->deadline_ns = client->home->loop->now_ns + client->home->request_time_ns;
	if (!client->is_progressing)
		client_progress(client);
}

void clients_sweep(struct clients *clients)
{
	uint64_t now_ns = clients->loop->now_ns;
	struct client *next;

	for (struct client *client = clients->first; client != NULL; client = next) {
		next = client->next;
		if (client->deadline_ns == 0 || now_ns < client->deadline_ns)
			continue;
		if (client->state == CLIENT_READING && client->is_begun)
			refuse_request(client, 408, NULL);
		else
			(void)client_close(client);
	}
}

void clients_close(struct clients *clients)
{
	struct client *next;

	for (struct client *client = clients->first; client != NULL; client = next) {
		next = client->next;
		(void)client_close(client);
	}
}
