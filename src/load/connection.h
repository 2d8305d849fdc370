/*
 * One connection and the request on it: non-blocking calls on a stream socket, no clock but the one
 * read after recv(), no event loop and no accounting: those are load/worker.c. One request at a
 * time; its bytes and its message are borrowed until it is answered or the connection is closed.
 */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/address.h"
#include "load/failure.h"
#include "load/message.h"
#include "wire/http1.h"

enum connection_state {
	CONNECTION_DOWN,
	CONNECTION_CONNECTING,
	CONNECTION_FREE,
	CONNECTION_BUSY, /* a request is on it */
};

enum connection_event {
	CONNECTION_NOTHING,  /* go on waiting */
	CONNECTION_ANSWERED, /* the answer in `response` is complete; the state is still BUSY */
	CONNECTION_LOST,     /* closed, or spoiled, while no request was on it */
	CONNECTION_FAILED,   /* `failure` says how */
};

struct connection {
	struct connection *next, *previous; /* in the list of its state; the worker's */
	int fd;
	uint32_t index;
	uint32_t generation; /* of fd: tells a late event of a closed socket */
	enum connection_state state;

	const struct message *message;
	const char *out;
	size_t out_length, out_sent;
	size_t bytes_in; /* of this answer */
	size_t matched;	 /* message_search_body() */
	uint32_t name;
	struct failure failure; /* of CONNECTION_FAILED, or of the last attempt to connect */
	/* of the request; deadline_ns also of an attempt to connect */
	uint64_t intended_ns, sent_ns, deadline_ns;
	bool has_answered; /* since it was opened */
	/* while DOWN; backoff 0 after a connection that answered */
	uint64_t retry_ns, backoff_ns;
	/* room for requests that differ from row to row, or NULL */
	char *rendered;
	struct http1_response response;
};

void connection_init(struct connection *connection, uint32_t index, size_t render_bytes);
void connection_release(struct connection *connection);

/*
 * Opens a socket and begins to connect. True: wait until it is writable, then
 * connection_finish_open(). False: `failure` says why not.
 */
bool connection_open(struct connection *connection, const struct address *address);

/* True: open and free. False: `failure` says why not; the caller closes. */
bool connection_finish_open(struct connection *connection);

/* Takes over an open socket, as a connection that is free. */
void connection_adopt(struct connection *connection, int fd);

void connection_close(struct connection *connection);

/*
 * Sends a request (as much as goes): 1 all of it, 0 the rest when writable (connection_go_on),
 * -errno.
 */
int connection_send(struct connection *connection, const struct message *message, const char *bytes,
		    size_t length);
int connection_go_on(struct connection *connection);

/*
 * Reads what is there into `buffer` and parses it. ret_now_ns is CLOCK_MONOTONIC right after recv()
 * returned; it is written whatever happens.
 */
enum connection_event connection_receive(struct connection *connection, char *buffer, size_t size,
					 uint64_t *ret_now_ns);

#endif
