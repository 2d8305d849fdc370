/*
 * The floor under a client's CPU per request where HTTP/1.1 in the clear is not all: TLS (OpenSSL)
 * and HTTP/2. The loop of floor_epoll; of HTTP/2 only the frames' heads are read, to count streams
 * that end, and a request is the same block of header fields every time. No clocks: the latency
 * that it prints is 0.
 *
 *	floor_protocol [-c CONNECTIONS] [-d SECONDS] [-t] [-2] [-m STREAMS] PORT
 *
 * -t: TLS, nothing is verified
 * -2: HTTP/2 (by ALPN in TLS, else with prior knowledge)
 * -m: requests in flight on a connection; those that can go out together take one send
 */
#include <getopt.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor.h"

enum {
	FRAME_HEAD = 9,
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_GOAWAY = 7,
	END_STREAM = 1,
	STREAMS_MAX = 256,
	REQUEST_MAX = 256,
};

struct peer {
	struct floor_connection *connection;
	SSL *tls;
	uint32_t next_stream;
	/*
	 * the frame under way: its head as far as it has come, then how much of it is still to come
	 */
	uint8_t head[FRAME_HEAD];
	uint32_t head_length, payload_left;
};

static bool is_tls, is_http2;
static uint32_t depth = 1;

static void take_option(int letter)
{
	is_tls |= letter == 't';
	is_http2 |= letter == '2';
	if (letter == 'm')
		depth = (uint32_t)strtoul(optarg, NULL, 10);
	if (depth < 1 || depth > STREAMS_MAX)
		depth = STREAMS_MAX;
}

static _Noreturn void fail(const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
	exit(1);
}

static void write_peer(struct peer *peer, const void *bytes, size_t length)
{
	if (peer->tls != NULL
		    ? SSL_write(peer->tls, bytes, (int)length) != (int)length
		    : send(peer->connection->fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
		floor_die("send");
}

/* 0 = nothing there now */
static size_t read_peer(struct peer *peer, uint8_t *buffer, size_t size)
{
	ssize_t n;

	if (peer->tls != NULL) {
		int r = SSL_read(peer->tls, buffer, (int)size);

		if (r <= 0 && SSL_get_error(peer->tls, r) != SSL_ERROR_WANT_READ)
			fail("the server ended TLS");
		return r > 0 ? (size_t)r : 0;
	}
	n = recv(peer->connection->fd, buffer, size, 0);
	if (n <= 0)
		floor_die("recv");
	return (size_t)n;
}

static size_t add_frame_head(uint8_t *at, size_t length, uint8_t type, uint8_t flags,
			     uint32_t stream)
{
	const uint8_t head[FRAME_HEAD] = {(uint8_t)(length >> 16),
					  (uint8_t)(length >> 8),
					  (uint8_t)length,
					  type,
					  flags,
					  (uint8_t)(stream >> 24),
					  (uint8_t)(stream >> 16),
					  (uint8_t)(stream >> 8),
					  (uint8_t)stream};

	memcpy(at, head, FRAME_HEAD);
	return FRAME_HEAD;
}

/* RFC 7541: indexed fields of the static table, and :authority as a literal without indexing. */
static size_t add_http2_request(uint8_t *at, const struct floor *floor, uint32_t stream)
{
	uint8_t block[64] = {0x82, 0x84, 0x86, 0x01}; /* GET, "/", http, :authority */
	size_t length = 5 + (size_t)snprintf((char *)block + 5, sizeof(block) - 5, "127.0.0.1:%u",
					     floor->port);

	if (is_tls)
		block[2] = 0x87; /* https */
	block[4] = (uint8_t)(length - 5);
	/* END_STREAM | END_HEADERS */
	memcpy(at + add_frame_head(at, length, FRAME_HEADERS, 0x5, stream), block, length);
	return FRAME_HEAD + length;
}

static void send_requests(const struct floor *floor, struct peer *peer, uint32_t count)
{
	static uint8_t out[STREAMS_MAX * REQUEST_MAX];
	size_t length = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (is_http2) {
			length += add_http2_request(out + length, floor, peer->next_stream);
			peer->next_stream += 2;
		} else {
			memcpy(out + length, floor->request, floor->request_length);
			length += floor->request_length;
		}
	}
	write_peer(peer, out, length);
}

/* The streams that end in these bytes. */
static uint32_t count_http2(struct peer *peer, const uint8_t *bytes, size_t length)
{
	uint32_t ended = 0;

	while (length > 0) {
		size_t step = peer->payload_left < length ? peer->payload_left : length;

		bytes += step;
		length -= step;
		peer->payload_left -= (uint32_t)step;
		if (length == 0)
			break;
		peer->head[peer->head_length++] = *bytes++;
		length--;
		if (peer->head_length < FRAME_HEAD)
			continue;
		peer->head_length = 0;
		peer->payload_left = (uint32_t)peer->head[0] << 16 | (uint32_t)peer->head[1] << 8 |
				     peer->head[2];
		if (peer->head[3] == FRAME_GOAWAY)
			fail("the server ended HTTP/2");
		ended += peer->head[3] <= FRAME_HEADERS && (peer->head[4] & END_STREAM) != 0;
	}
	return ended;
}

static uint32_t count_answers(const struct floor *floor, struct peer *peer, const uint8_t *bytes,
			      size_t length)
{
	uint32_t count;

	if (is_http2)
		return count_http2(peer, bytes, length);
	peer->connection->received += (uint32_t)length;
	count = peer->connection->received / (uint32_t)floor->answer_length;
	peer->connection->received %= (uint32_t)floor->answer_length;
	return count;
}

static void read_answers(struct floor *floor, struct peer *peer)
{
	static uint8_t buffer[65536];
	uint32_t count = 0;
	size_t n;

	do {
		n = read_peer(peer, buffer, sizeof(buffer));
		count += count_answers(floor, peer, buffer, n);
	} while (peer->tls != NULL && n > 0 && SSL_has_pending(peer->tls) != 0);
	if (count == 0)
		return;
	floor->requests += count;
	send_requests(floor, peer, count);
}

static void start_tls(struct peer *peer, SSL_CTX *context)
{
	static const uint8_t h1[] = "\x08http/1.1", h2[] = "\x02h2";

	peer->tls = SSL_new(context);
	SSL_set_fd(peer->tls, peer->connection->fd);
	SSL_set_alpn_protos(peer->tls, is_http2 ? h2 : h1, is_http2 ? 3 : 9);
	if (SSL_connect(peer->tls) != 1)
		fail("no TLS handshake");
}

/*
 * Preface, empty SETTINGS, a window of the connection that the run does not use up, and an answer
 * to the server's SETTINGS.
 */
static void start_http2(struct peer *peer)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	uint8_t out[128];
	size_t length = sizeof(preface) - 1;

	memcpy(out, preface, length);
	length += add_frame_head(out + length, 0, 4, 0, 0);
	length += add_frame_head(out + length, 4, 8, 0, 0);
	memcpy(out + length, "\x7f\xfe\xff\xff", 4);
	length += 4;
	length += add_frame_head(out + length, 0, 4, 1, 0);
	write_peer(peer, out, length);
	peer->next_stream = 1;
}

/* A server without HTTP/2 frames in between answers as long as the first time. */
static void learn_answer(struct floor *floor, struct peer *peer)
{
	uint8_t buffer[65536];

	if (is_tls) {
		write_peer(peer, floor->request, floor->request_length);
		usleep(200000);
		floor->answer_length = read_peer(peer, buffer, sizeof(buffer));
	} else {
		floor_learn_answer(floor);
	}
}

static struct peer *start_peers(struct floor *floor, int epoll)
{
	struct peer *peers = calloc(floor->connection_count, sizeof(*peers));
	SSL_CTX *context = is_tls ? SSL_CTX_new(TLS_client_method()) : NULL;

	if (peers == NULL || (is_tls && context == NULL))
		floor_die("calloc");
	if (is_tls)
		/* else a receive for a record's head, one for the rest */
		SSL_CTX_set_read_ahead(context, 1);
	for (uint32_t i = 0; i < floor->connection_count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peers[i]};

		peers[i].connection = &floor->connections[i];
		if (is_tls)
			start_tls(&peers[i], context);
		if (is_http2)
			start_http2(&peers[i]);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].connection->fd, &event) < 0)
			floor_die("epoll_ctl");
	}
	if (!is_http2)
		learn_answer(floor, &peers[0]);
	SSL_CTX_free(context);
	floor_set_nonblocking(floor);
	return peers;
}

int main(int argc, char **argv)
{
	struct floor floor;
	struct epoll_event events[128];
	struct peer *peers;
	char variant[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	floor_open(&floor, argc, argv, "t2m:", take_option);
	peers = start_peers(&floor, epoll);
	floor_begin(&floor);
	for (uint32_t i = 0; i < floor.connection_count; i++)
		send_requests(&floor, &peers[i], depth);
	while (floor_now() < floor.end_ns) {
		int count = epoll_wait(epoll, events, 128, 1000);

		for (int i = 0; i < count; i++)
			read_answers(&floor, events[i].data.ptr);
	}
	snprintf(variant, sizeof(variant), "epoll, HTTP/%s%s, %u in flight", is_http2 ? "2" : "1.1",
		 is_tls ? " in TLS" : "", depth);
	for (uint32_t i = 0; i < floor.connection_count; i++)
		SSL_free(peers[i].tls);
	floor_report(&floor, variant);
	free(peers);
	return 0;
}
