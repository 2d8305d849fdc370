/*
 * What the servers of this folder share, so that each of them is its flaw and little else: HTTP/1.1
 * on 127.0.0.1 as far as GET goes, over connections that stay. The main thread accepts, worker
 * threads take the connections in turn and answer one request after the other.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

struct serve {
	/* Makes one answer and returns its status. Called by all workers at once. */
	int (*answer)(void);
	int thread_count;    /* workers of a process; 0 = 2 */
	int process_count;   /* each with a listener and workers of its own; 0 = 1 */
	int backlog;	     /* of connections that nobody has accepted; 0 = 512 */
	int accept_pause_ms; /* before each accept() */
	bool is_spinning;    /* workers ask for work without waiting for it */
	/* What else is done to the listener before it listens; NULL = nothing. -1 and errno. */
	int (*prepare)(int listener);
};

/* The whole of a server's main(): serves on the port that stands in argv[1]. Returns on errors. */
int serve_main(const struct serve *serve, int argc, char **argv);

/* Keeps a CPU busy, about so long at 3 GHz with -O2: a fixed number of steps. */
void serve_work(unsigned microseconds);

void serve_sleep(unsigned microseconds);

#endif
