/*
 * One connection: a non-blocking stream socket, TLS on it when there is a context, and the requests
 * that are in flight on it. No clock but the one read after recv(), no event loop and no
 * accounting: those are the worker's. What came in is handed out as plaintext; what goes out is
 * sent at once as far as the socket takes it, and the rest is kept.
 *
 * Memory of an idle plain HTTP/1.1 connection is this struct and one struct exchange: about 700
 * bytes.
 */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/address.h"
#include "load/exchange.h"
#include "load/failure.h"
#include "util/strbuf.h"
#include "wire/http1.h"

struct cookie_jar;
struct h2_session;
struct tls_context;
struct tls_stream;

enum connection_state {
	CONNECTION_DOWN,
	CONNECTION_CONNECTING,
	CONNECTION_SHAKING, /* TLS handshake */
	CONNECTION_OPEN,
};

/* What a script, or a regular expression, wants to see of an answer. */
struct connection_copy {
	struct strbuf headers, body; /* "name\0value\0" pairs */
	uint32_t header_count;
	char scratch[HTTP1_SCRATCH_BYTES];
};

struct connection {
	struct connection *next, *previous; /* among those with room; the worker's */
	int fd;
	uint32_t index;
	uint32_t generation; /* of fd: tells a late event of a closed socket */
	enum connection_state state;
	bool has_answered; /* since it was opened */
	bool is_listed;	   /* among those with room */
	bool is_watched_for_write;
	bool is_write_broken;	/* nothing more can be sent; what comes is still read */
	bool is_flush_due;	/* HTTP/2: frames wait to be sent at the end of this pass */
	bool is_active;		/* users: has been spawned and not been sent home */
	bool is_feeding;	/* HTTP/2: its session is calling back and must stay */
	struct failure failure; /* of the last attempt to open */

	/* in flight, in the order in which they were sent */
	struct exchange *first, *last;
	uint32_t in_flight_count;
	struct http1_response response; /* of `first` */

	struct tls_stream *tls; /* NULL = plain */
	struct h2_session *h2;	/* NULL = HTTP/1.1 */
	struct cookie_jar *jar; /* NULL = none is kept */
	struct connection_copy *copy;

	/* still to be sent: a borrowed message first, then what is kept here */
	const char *borrowed;
	size_t borrowed_length;
	struct strbuf out;
	size_t out_sent;

	uint64_t open_begin_ns, connected_ns, deadline_ns; /* of opening */
	uint64_t retry_ns, backoff_ns;			   /* while DOWN */
	uint64_t wake_ns;
	uint32_t sleep_place; /* load/sleepers.h */
	struct connection *next_flush;
};

void connection_init(struct connection *connection, uint32_t index);
void connection_release(struct connection *connection);

/*
 * Opens a socket and begins to connect, from `source` unless that is NULL. True: wait until it is
 * writable, then connection_finish_open(). False: `failure` says why not.
 */
bool connection_open(struct connection *connection, const struct address *address,
		     const struct address *source);

/*
 * The socket is connected; with TLS the handshake has begun (SHAKING, connection_shake()), else it
 * is OPEN. False: `failure` says why not; the caller closes.
 */
bool connection_finish_open(struct connection *connection, struct tls_context *tls);

/* Goes on with the handshake: 1 OPEN, 0 waits for bytes, -1 failed as `failure` says. */
int connection_shake(struct connection *connection);

/* Takes over an open socket, as a connection that is open. */
void connection_adopt(struct connection *connection, int fd);

/* What was in flight is the caller's to look after first. */
void connection_close(struct connection *connection);

void connection_push(struct connection *connection, struct exchange *exchange);
void connection_remove(struct connection *connection, struct exchange *exchange);

/*
 * Sends bytes (through TLS): 1 all of it, 0 the rest when writable (connection_flush()), -errno.
 * is_lasting: they stay valid until sent, and need not be copied.
 */
int connection_send(struct connection *connection, const char *bytes, size_t length,
		    bool is_lasting);
int connection_flush(struct connection *connection);
bool connection_has_output(const struct connection *connection);

/*
 * recv() into `buffer`: bytes, 0 = the peer closed, -errno. *ret_now_ns is CLOCK_MONOTONIC right
 * after it, written whatever happens. With TLS they are ciphertext: give them to the stream.
 */
ssize_t connection_receive(struct connection *connection, char *buffer, size_t size,
			   uint64_t *ret_now_ns);

#endif
