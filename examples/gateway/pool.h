/*
 * pool: the gateway's workers, round-robin, each with a bounded queue.
 *
 * What a worker has in its queue counts until the worker is done with it: a call until its answer
 * is there (proxy), a connection until it is closed (zero-copy). When no worker has room the caller
 * is told at once; nothing waits in the gateway.
 *
 * A worker that dies is noticed by the end of its link. Its unanswered calls get a 502; its
 * connections ended with it. The next one takes its place at once, or, when it lived for less than
 * a second, at the next sweep: a worker that cannot start must not become a fork bomb.
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include <stddef.h>

#include "client.h"
#include "functions.h"
#include "loop.h"
#include "options.h"
#include "trouble.h"

struct pool_worker;

struct pool {
	struct loop *loop;
	const struct options *options;
	const struct functions *functions;
	void (*tell)(const char *sentence); /* what the operator should know */
	struct pool_worker *workers;
	size_t count;
	size_t next; /* whose turn it is */
};

/* Starts the workers. The pool must not move from here on. Returns 0 or a negative errno. */
int pool_open(struct pool *pool, struct trouble *trouble);

/* Ends all workers; returns when none is left. Does not answer anybody. */
void pool_close(struct pool *pool);

/* Sends a call to a worker; client_answer() follows. -EAGAIN: no worker has room. */
int pool_call(struct pool *pool, struct client *client, const struct function *function,
	      const char *body, size_t size);

/* The client that called is going: its answer will be dropped. */
void pool_forget(struct client *client);

/*
 * Hands the client's descriptor, bytes and deadline to a worker; the descriptor is taken. -EAGAIN:
 * no worker has room.
 */
int pool_give(struct pool *pool, const struct client *client);

/* Replaces the workers that are due. To be called from the loop's sweep. */
void pool_sweep(struct pool *pool);

#endif
