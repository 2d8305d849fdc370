#include "load/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

void connection_init(struct connection *connection, uint32_t index, size_t render_bytes)
{
	*connection = (struct connection){.fd = -1, .index = index, .state = CONNECTION_DOWN};
	if (render_bytes > 0)
		connection->rendered = alloc_array(render_bytes, 1);
}

void connection_release(struct connection *connection)
{
	connection_close(connection);
	free(connection->rendered);
	connection->rendered = NULL;
}

static bool fail_open(struct connection *connection, enum failure_cause cause, int error)
{
	connection->failure =
		(struct failure){.error = LOAD_ERROR_CONNECT, .cause = cause, .detail = error};
	return false;
}

bool connection_open(struct connection *connection, const struct address *address)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	int on = 1, fd = socket(sockaddr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_open(connection, FAILURE_SOCKET, errno);
	/* what is not TCP refuses it, and needs none */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, sockaddr, address->length) < 0 && errno != EINPROGRESS) {
		fail_open(connection, FAILURE_CONNECT, errno);
		fd_close(fd);
		return false;
	}
	connection->fd = fd;
	connection->generation++;
	connection->has_answered = false;
	connection->state = CONNECTION_CONNECTING;
	return true;
}

bool connection_finish_open(struct connection *connection)
{
	socklen_t length = sizeof(int);
	int error = 0;

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		error = errno;
	if (error != 0)
		return fail_open(connection, FAILURE_CONNECT, error);
	connection->state = CONNECTION_FREE;
	return true;
}

void connection_adopt(struct connection *connection, int fd)
{
	connection->fd = fd;
	connection->generation++;
	connection->state = CONNECTION_FREE;
}

void connection_close(struct connection *connection)
{
	fd_close(connection->fd);
	connection->fd = -1;
	connection->state = CONNECTION_DOWN;
	connection->message = NULL;
}

int connection_go_on(struct connection *connection)
{
	while (connection->out_sent < connection->out_length) {
		ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
				    connection->out_length - connection->out_sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (sent < 0)
			return -errno;
		connection->out_sent += (size_t)sent;
	}
	return 1;
}

int connection_send(struct connection *connection, const struct message *message, const char *bytes,
		    size_t length)
{
	connection->state = CONNECTION_BUSY;
	connection->message = message;
	connection->out = bytes;
	connection->out_length = length;
	connection->out_sent = 0;
	connection->bytes_in = 0;
	connection->matched = 0;
	http1_response_begin(&connection->response, message->is_head_method);
	return connection_go_on(connection);
}

static void search_body(void *context, const char *bytes, size_t length)
{
	struct connection *connection = context;
	uint64_t before = connection->response.body_bytes - length;

	if (before >= MESSAGE_SEARCHED_BYTES)
		return;
	if (length > MESSAGE_SEARCHED_BYTES - before)
		length = (size_t)(MESSAGE_SEARCHED_BYTES - before);
	connection->matched =
		message_search_body(connection->message, connection->matched, bytes, length);
}

static enum connection_event fail(struct connection *connection, enum failure_cause cause,
				  int64_t detail)
{
	connection->failure =
		(struct failure){.error = LOAD_ERROR_PROTOCOL, .cause = cause, .detail = detail};
	return CONNECTION_FAILED;
}

static enum connection_event take_bytes(struct connection *connection, const char *bytes,
					size_t length)
{
	struct http1_response *response = &connection->response;
	bool is_searched = connection->message->needle_length > 0;
	ssize_t used;

	connection->bytes_in += length;
	used = http1_response_feed(response, bytes, length, is_searched ? search_body : NULL,
				   connection);
	if (used < 0)
		return fail(connection, FAILURE_HTTP, response->error);
	if ((size_t)used < length)
		return fail(connection, FAILURE_EXTRA_BYTES, 0);
	return response->is_complete ? CONNECTION_ANSWERED : CONNECTION_NOTHING;
}

enum connection_event connection_receive(struct connection *connection, char *buffer, size_t size,
					 uint64_t *ret_now_ns)
{
	ssize_t got = recv(connection->fd, buffer, size, 0);
	int error = errno;

	*ret_now_ns = clock_now_ns();
	if (got < 0 && (error == EAGAIN || error == EWOULDBLOCK || error == EINTR))
		return CONNECTION_NOTHING;
	if (connection->state != CONNECTION_BUSY)
		return CONNECTION_LOST;
	if (got < 0)
		return fail(connection, FAILURE_READ, error);
	if (got > 0)
		return take_bytes(connection, buffer, (size_t)got);
	if (http1_response_end(&connection->response) < 0)
		return fail(connection, FAILURE_HTTP, connection->response.error);
	return CONNECTION_ANSWERED;
}
