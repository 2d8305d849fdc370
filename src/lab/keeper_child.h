/*
 * One process that the keeper was asked for: forked, set up (session, CPUs, output, directory),
 * held before its exec. It reports through a pipe what it reached; end of file there means that it
 * was executed, or died.
 */
#ifndef LAB_KEEPER_CHILD_H
#define LAB_KEEPER_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lab/keeper_process.h"

/* The keeper's own descriptors, after 0, 1, 2. */
enum {
	KEEPER_SOCKET_FD = 3,
	KEEPER_STDIN_FD = 4, /* sonde's stdin, for who keeps it */
	KEEPER_FIRST_FREE_FD = 5,
};

struct keeper_child {
	pid_t pid;
	int release_fd; /* a byte lets it exec; -1 afterwards */
	int report_fd;	/* keeper_child_read_report(); -1 afterwards */
	bool is_ended;
	int status; /* wait status, once it has ended */
};

struct keeper_report {
	int32_t step; /* enum keeper_step */
	int32_t code; /* negative errno of a step that failed */
};

/*
 * Forks what a spawn request and its blob describe. 0, or a negative errno when that was not
 * possible; failures after the fork are reported. The caller closes the child.
 */
int keeper_child_fork(const struct keeper_request *request, char *blob,
		      struct keeper_child *ret_child);

/* Lets it exec. */
void keeper_child_release(struct keeper_child *child);

/* 1 with a report, 0 at the end of file, -EAGAIN when nothing has come yet. */
int keeper_child_read_report(const struct keeper_child *child, struct keeper_report *ret_report);

void keeper_child_close(struct keeper_child *child);

/* Every signal as a fresh program expects it: default, not blocked. */
void keeper_child_reset_signals(void);

#endif
