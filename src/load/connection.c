#include "load/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "load/h2.h"
#include "load/tls.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "wire/cookie.h"

void connection_init(struct connection *connection, uint32_t index)
{
	*connection = (struct connection){.fd = -1, .index = index, .state = CONNECTION_DOWN};
	strbuf_init(&connection->out, STRBUF_MAX_DEFAULT);
}

void connection_release(struct connection *connection)
{
	connection_close(connection);
	strbuf_release(&connection->out);
	cookie_jar_free(connection->jar);
	if (connection->copy != NULL) {
		strbuf_release(&connection->copy->headers);
		strbuf_release(&connection->copy->body);
		free(connection->copy);
	}
}

static bool fail_open(struct connection *connection, enum failure_cause cause, int64_t detail)
{
	connection->failure =
		(struct failure){.error = LOAD_ERROR_CONNECT, .cause = cause, .detail = detail};
	return false;
}

static int set_up_socket(int fd, const struct address *address, const struct address *source)
{
	const int on = 1;

	if (address->storage.ss_family == AF_UNIX)
		return 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (source == NULL)
		return 0;
	/* the port is chosen at connect(), by the whole of both addresses: more of them fit */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, (const struct sockaddr *)&source->storage, source->length);
}

bool connection_open(struct connection *connection, const struct address *address,
		     const struct address *source)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	int fd = socket(sockaddr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool is_bound;

	if (fd < 0)
		return fail_open(connection, FAILURE_SOCKET, errno);
	is_bound = set_up_socket(fd, address, source) == 0;
	if (!is_bound || (connect(fd, sockaddr, address->length) < 0 && errno != EINPROGRESS)) {
		int error = errno;

		fd_close(fd);
		/* of bind() it says that the source is no address of this machine */
		return fail_open(connection,
				 error == EADDRNOTAVAIL && is_bound ? FAILURE_PORTS
								    : FAILURE_CONNECT,
				 error);
	}
	connection->fd = fd;
	connection->generation++;
	connection->has_answered = false;
	connection->state = CONNECTION_CONNECTING;
	return true;
}

bool connection_finish_open(struct connection *connection, struct tls_context *tls)
{
	socklen_t length = sizeof(int);
	int error = 0;

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		error = errno;
	if (error != 0)
		return fail_open(connection, FAILURE_CONNECT, error);
	connection->state = CONNECTION_OPEN;
	if (tls == NULL)
		return true;
	connection->tls = tls_stream_new(tls);
	if (connection->tls == NULL)
		return fail_open(connection, FAILURE_TLS, 0);
	connection->state = CONNECTION_SHAKING;
	return connection_shake(connection) >= 0;
}

int connection_shake(struct connection *connection)
{
	int r = tls_stream_shake(connection->tls);
	int flushed;

	if (r < 0) {
		connection_flush(connection); /* the alert that says why */
		fail_open(connection, FAILURE_TLS, (int64_t)tls_stream_get_error(connection->tls));
		return -1;
	}
	flushed = connection_flush(connection);
	if (flushed < 0) {
		fail_open(connection, FAILURE_CONNECT, -flushed);
		return -1;
	}
	if (r > 0)
		connection->state = CONNECTION_OPEN;
	return r;
}

void connection_adopt(struct connection *connection, int fd)
{
	connection->fd = fd;
	connection->generation++;
	connection->state = CONNECTION_OPEN;
}

void connection_close(struct connection *connection)
{
	tls_stream_free(connection->tls);
	connection->tls = NULL;
	h2_session_free(connection->h2);
	connection->h2 = NULL;
	fd_close(connection->fd);
	connection->fd = -1;
	connection->state = CONNECTION_DOWN;
	connection->is_watched_for_write = false;
	connection->is_write_broken = false;
	connection->borrowed = NULL;
	connection->borrowed_length = 0;
	connection->out_sent = 0;
	strbuf_clear(&connection->out);
}

void connection_push(struct connection *connection, struct exchange *exchange)
{
	exchange->behind = NULL;
	exchange->connection = connection;
	*(connection->last != NULL ? &connection->last->behind : &connection->first) = exchange;
	connection->last = exchange;
	connection->in_flight_count++;
}

void connection_remove(struct connection *connection, struct exchange *exchange)
{
	struct exchange *before = NULL;

	if (connection->first != exchange)
		for (before = connection->first; before->behind != exchange;)
			before = before->behind;
	*(before != NULL ? &before->behind : &connection->first) = exchange->behind;
	if (connection->last == exchange)
		connection->last = before;
	connection->in_flight_count--;
}

/* ---- output ---- */

/* How much of it went out, or -errno. */
static ssize_t send_some(int fd, const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t sent = send(fd, bytes + done, length - done, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (sent < 0)
			return -errno;
		done += (size_t)sent;
	}
	return (ssize_t)done;
}

static int flush_tls(struct connection *connection)
{
	size_t length;
	const char *bytes;

	while ((bytes = tls_stream_get_output(connection->tls, &length)) != NULL && length > 0) {
		ssize_t sent = send_some(connection->fd, bytes, length);

		if (sent < 0)
			return (int)sent;
		tls_stream_drop_output(connection->tls, (size_t)sent);
		if ((size_t)sent < length)
			return 0;
	}
	return 1;
}

int connection_flush(struct connection *connection)
{
	ssize_t sent;

	if (connection->tls != NULL)
		return flush_tls(connection);
	if (connection->borrowed_length > 0) {
		sent = send_some(connection->fd, connection->borrowed, connection->borrowed_length);
		if (sent < 0)
			return (int)sent;
		connection->borrowed += sent;
		connection->borrowed_length -= (size_t)sent;
		if (connection->borrowed_length > 0)
			return 0;
	}
	if (connection->out.length == 0)
		return 1;
	sent = send_some(connection->fd, connection->out.data + connection->out_sent,
			 connection->out.length - connection->out_sent);
	if (sent < 0)
		return (int)sent;
	connection->out_sent += (size_t)sent;
	if (connection->out_sent < connection->out.length)
		return 0;
	strbuf_clear(&connection->out);
	connection->out_sent = 0;
	return 1;
}

bool connection_has_output(const struct connection *connection)
{
	size_t length = 0;

	if (connection->tls != NULL)
		return tls_stream_get_output(connection->tls, &length) != NULL && length > 0;
	return connection->borrowed_length > 0 || connection->out.length > 0;
}

int connection_send(struct connection *connection, const char *bytes, size_t length,
		    bool is_lasting)
{
	ssize_t sent = 0;

	if (connection->tls != NULL) {
		if (tls_stream_write(connection->tls, bytes, length) < 0)
			return -EPIPE;
		return flush_tls(connection);
	}
	if (connection->borrowed_length == 0 && connection->out.length == 0) {
		sent = send_some(connection->fd, bytes, length);
		if (sent < 0)
			return (int)sent;
		if ((size_t)sent == length)
			return 1;
		if (is_lasting) {
			connection->borrowed = bytes + sent;
			connection->borrowed_length = length - (size_t)sent;
			return 0;
		}
	}
	strbuf_add(&connection->out, bytes + sent, length - (size_t)sent);
	return connection->out.is_full ? -EMSGSIZE : 0;
}

ssize_t connection_receive(struct connection *connection, char *buffer, size_t size,
			   uint64_t *ret_now_ns)
{
	ssize_t got = recv(connection->fd, buffer, size, 0);
	int error = errno;

	*ret_now_ns = clock_now_ns();
	return got < 0 ? -error : got;
}
