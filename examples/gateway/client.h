/*
 * client: one client's connection, from its first byte to its last, in whichever process holds it.
 *
 *	READING ──request whole──► WAITING ──answer──► WRITING ──all sent──► READING (keep-alive)
 *	   │                                                 └─────────────► LINGERING ──► closed
 *	   └──header whole, zero-copy gateway: handed to a worker, gone from here
 *
 * This is the whole HTTP server but for one question: who calls the function? `struct clients`, one
 * per process, answers it with three hooks; everything a client can see is decided here, and so is
 * the same in both modes.
 *
 * One request at a time per connection; pipelined ones wait in the input. The descriptor is watched
 * edge-triggered once for all, so a request costs one epoll_wait, one read and one write;
 * `can_read` remembers an edge that is not used up. LINGERING reads what a client still sends after
 * a last answer: closing at once would reset the connection and might destroy the answer on its
 * way.
 */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "buffer.h"
#include "functions.h"
#include "http.h"
#include "loop.h"

enum client_state { CLIENT_READING, CLIENT_WAITING, CLIENT_WRITING, CLIENT_LINGERING };

struct clients;

struct client {
	struct watch watch;
	struct clients *home;
	struct client *previous, *next;
	enum client_state state;
	bool can_read; /* there may be something to read */
	/* the kernel has told that the client will send no more: read up to the end */
	bool is_hung;
	bool is_ended;	      /* ... and that has been read */
	bool is_broken;	      /* the connection failed */
	bool is_begun;	      /* a part of a request is there: its time runs */
	bool is_progressing;  /* client_progress() is at it further up the stack */
	bool keeps_alive;     /* after the answer under way */
	uint64_t deadline_ns; /* 0: none */
	struct http_request request;
	struct buffer in, out;
	void *call; /* the hooks' own: the call whose answer is awaited */
};

struct clients {
	struct loop *loop;
	const struct functions *functions;
	uint64_t request_time_ns; /* for a client to send a request, and to take an answer */
	struct client *first;
	void *owner; /* for the hooks */

	/*
	 * The header of a request for a function is whole. True: the hook has taken the descriptor
	 * (client->watch.fd, not watched) and copied the bytes (client->in); the client is freed.
	 * May be NULL.
	 */
	bool (*take)(struct client *client);
	/* The request is whole: client_answer() is to follow, within this call or later. */
	void (*call)(struct client *client, const struct function *function, const char *body,
		     size_t size);
	/* The client is about to be freed: forget `client->call`. */
	void (*forget)(struct client *client);
};

/*
 * Takes a connected, non-blocking descriptor, with bytes already read from it and until when their
 * request must be whole (0: nothing is begun). Closes it when it cannot be watched.
 */
void client_open(struct clients *clients, int fd, uint64_t deadline_ns, const char *bytes,
		 size_t size);

/*
 * Answers the request that waits. The client may be freed on return, unless this is within the
 * `call` hook.
 */
void client_answer(struct client *client, const struct answer *answer);

/* Until when the request under way must be whole; for the `take` hook. */
uint64_t client_request_deadline_ns(const struct client *client);

/* Ends what is over its time. To be called from the loop's sweep. */
void clients_sweep(struct clients *clients);
void clients_close(struct clients *clients);

#endif
